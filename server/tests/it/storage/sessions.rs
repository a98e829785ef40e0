//! Sessions and the cards behind them.

use card_domain::{Action, CardState, EventAct, Role, StateName};
use server::storage::{EndedBy, SessionOpening, Standing, TokenHash};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        EnterpriseFixture,
        samples::{at, event, unique},
    },
};

on_both!(
    a_session_is_read_with_its_card,
    a_freeze_ends_sessions_at_once_on_every_instance,
    who_may_not_log_in_is_told_why,
    logout_happens_once,
    touching_never_goes_back,
);

async fn a_session_is_read_with_its_card(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let session = database
        .store
        .session(enterprise.session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.card, enterprise.legal);
    assert_eq!(session.enterprise, enterprise.id);
    assert_eq!(session.role, Role::LegalPerson);
    assert_eq!(session.created_at, at(1));
    assert_eq!(session.ended, None);
    assert_eq!(session.card_state, CardState::Normal);
    assert_eq!(session.enterprise_code, enterprise.code);
    assert_eq!(session.enterprise_name, "示例进出口有限公司");
    assert_eq!(session.holder_name, "法定代表人");
    let card = enterprise.card(enterprise.legal).await;
    assert_eq!(card.last_login_at, Some(at(1)));
    assert_eq!(card.chip.unwrap().card_no, session.card_no);
    let unknown = database.store.session(TokenHash(unique())).await.unwrap();
    assert_eq!(unknown, None);
}

async fn a_freeze_ends_sessions_at_once_on_every_instance(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let other_instance = database.another().await;
    let (card, certificate) = enterprise.operator("001").await;
    let first = enterprise.log_in(card, certificate, at(5)).await;
    let second = enterprise.log_in(card, certificate, at(6)).await;
    let bystander = enterprise.session;

    enterprise.act(card, Action::Freeze, at(10)).await;
    for token in [first, second] {
        let session = other_instance.session(token).await.unwrap().unwrap();
        let frozen = EndedBy::Card(StateName::Frozen);
        assert_eq!(session.ended, Some((at(10), frozen)));
        assert_eq!(
            session.card_state,
            CardState::Frozen {
                since: at(10),
                until: None
            }
        );
    }
    enterprise.act(card, Action::Unfreeze, at(20)).await;
    let session = other_instance.session(first).await.unwrap().unwrap();
    assert!(session.ended.is_some(), "解冻 wakes no session");
    assert_eq!(session.card_state, CardState::Normal);
    let session = other_instance.session(bystander).await.unwrap().unwrap();
    assert_eq!(session.ended, None);
    other_instance.close().await;
}

async fn who_may_not_log_in_is_told_why(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, certificate) = enterprise.operator("001").await;
    let (other, of_other) = enterprise.operator("002").await;
    let before = enterprise.count_events(EventAct::Login).await;

    let (_, opening) = enterprise.try_log_in(card, of_other, at(5)).await;
    assert_eq!(opening, SessionOpening::Unknown);
    let (_, opening) = enterprise.try_log_in(other, certificate, at(5)).await;
    assert_eq!(opening, SessionOpening::Unknown);
    enterprise.act(card, Action::ReportLoss, at(10)).await;
    let (token, opening) = enterprise.try_log_in(card, certificate, at(11)).await;
    let state = enterprise.state(card).await;
    assert_eq!(opening, SessionOpening::CardIs(state));
    assert_eq!(database.store.session(token).await.unwrap(), None);
    assert_eq!(enterprise.count_events(EventAct::Login).await, before);

    let hit = database.store.certificate(certificate).await.unwrap();
    let hit = hit.unwrap();
    assert_eq!(hit.card.id, card);
    assert_eq!(hit.standing, Standing::Good);
}

async fn logout_happens_once(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let close = || {
        let event = event(Some(enterprise.id), EventAct::Logout);
        database
            .store
            .close_session(enterprise.session, at(9), event)
    };
    assert!(close().await.unwrap());
    assert!(!close().await.unwrap());
    assert_eq!(enterprise.count_events(EventAct::Logout).await, 1);
    let session = database
        .store
        .session(enterprise.session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.ended, Some((at(9), EndedBy::Logout)));
}

async fn touching_never_goes_back(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for (touched, seen) in [(5, 5), (3, 5), (8, 8)] {
        let touch = database
            .store
            .touch_session(enterprise.session, at(touched));
        touch.await.unwrap();
        let session = database
            .store
            .session(enterprise.session)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(session.last_seen_at, at(seen));
    }
}
