//! Acts: the change and its event, or neither.

use card_domain::{Action, BeforeLoss, CardState, EventAct, StateName};
use server::storage::{ActOutcome, NonceHash, TokenHash};
use test_support::{
    database::{TestDatabase, on_both, on_pooler},
    service::{
        EnterpriseFixture,
        samples::{at, event, signed, unique},
    },
};

on_both!(
    the_whole_round,
    a_nonce_serves_once_and_only_its_own,
    a_session_that_ended_does_nothing,
    another_version_is_a_conflict,
);
on_pooler!(
    the_whole_round,
    a_nonce_serves_once_and_only_its_own,
    a_session_that_ended_does_nothing,
    another_version_is_a_conflict,
);

async fn the_whole_round(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    enterprise.act(card, Action::Freeze, at(10)).await;
    assert_eq!(
        enterprise.state(card).await,
        CardState::Frozen {
            since: at(10),
            until: None
        }
    );
    enterprise.act(card, Action::ReportLoss, at(20)).await;
    let lost = CardState::Lost {
        from: BeforeLoss::Frozen {
            since: at(10),
            until: None,
        },
        since: at(20),
    };
    assert_eq!(enterprise.state(card).await, lost);
    enterprise.act(card, Action::CancelLoss, at(30)).await;
    assert_eq!(
        enterprise.state(card).await,
        CardState::Frozen {
            since: at(10),
            until: None
        }
    );
    enterprise.act(card, Action::Unfreeze, at(40)).await;
    assert_eq!(enterprise.state(card).await, CardState::Normal);
    enterprise.act(card, Action::ReportLoss, at(50)).await;
    enterprise.act(card, Action::Cancel, at(60)).await;
    let now = enterprise.card(card).await;
    assert_eq!(now.state, CardState::Cancelled { since: at(60) });
    assert_eq!(now.version, 7);

    let events = database.store.events(enterprise.id, Some(card), None, 100);
    let acts: Vec<_> = events.await.unwrap().into_iter().map(|e| e.act).collect();
    let newest_first = [
        "cancel",
        "report_loss",
        "unfreeze",
        "cancel_loss",
        "report_loss",
        "freeze",
        "issue",
        "add_card",
    ];
    assert_eq!(acts, newest_first);
}

async fn a_nonce_serves_once_and_only_its_own(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    let (other, _) = enterprise.operator("002").await;
    let good = enterprise.prepare(card, Action::Freeze, at(10)).await;

    let mut unknown = good.clone();
    unknown.signed = signed(NonceHash(unique()));
    let mut of_other_card = good.clone();
    of_other_card.signed = signed(enterprise.nonce(other).await);
    let mut of_other_session = good.clone();
    of_other_session.session = TokenHash(unique());
    let mut late = good.clone();
    late.at = at(10_000_001);
    for act in [unknown, of_other_card, of_other_session, late] {
        let outcome = database.store.apply_act(act).await.unwrap();
        assert_eq!(outcome, ActOutcome::NonceVoid);
    }
    assert_eq!(enterprise.count_events(EventAct::Freeze).await, 0);
    assert_eq!(enterprise.state(card).await, CardState::Normal);

    let outcome = database.store.apply_act(good.clone()).await.unwrap();
    assert!(matches!(outcome, ActOutcome::Done { .. }), "{outcome:?}");
    let outcome = database.store.apply_act(good).await.unwrap();
    assert_eq!(outcome, ActOutcome::NonceVoid);
    assert_eq!(enterprise.count_events(EventAct::Freeze).await, 1);
}

async fn a_session_that_ended_does_nothing(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    let act = enterprise.prepare(card, Action::Freeze, at(10)).await;
    let closed = database.store.close_session(
        enterprise.session,
        at(11),
        event(Some(enterprise.id), EventAct::Logout),
    );
    assert!(closed.await.unwrap());
    let outcome = database.store.apply_act(act).await.unwrap();
    assert_eq!(outcome, ActOutcome::SessionEnded);
    assert_eq!(enterprise.state(card).await, CardState::Normal);
    assert_eq!(enterprise.count_events(EventAct::Freeze).await, 0);
}

async fn another_version_is_a_conflict(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    let stale = enterprise.card(card).await;
    enterprise.act(card, Action::Freeze, at(10)).await;
    enterprise.act(card, Action::Unfreeze, at(20)).await;
    // The state is what it was, but it was another one in between.
    let act = enterprise.act_on(&stale, Action::ReportLoss, at(30)).await;
    let outcome = database.store.apply_act(act).await.unwrap();
    let now = CardState::Normal;
    assert_eq!(outcome, ActOutcome::Conflict { now });
    assert_eq!(enterprise.state_name(card).await, StateName::Normal);
    assert_eq!(enterprise.count_events(EventAct::ReportLoss).await, 0);
}
