//! Two things at once: one wins, and nobody gets past a freeze.

use std::time::Duration;

use card_domain::{Action, CardState, EventAct, StateName};
use server::storage::{ActOutcome, ActsOutcome, EachOutcome, NonceHash, SessionOpening};
use test_support::{
    database::{TestDatabase, all_at_once, on_both, on_pooler},
    service::{
        EnterpriseFixture,
        samples::{at, event, unique},
    },
};

on_both!(
    of_racing_acts_one_wins,
    one_nonce_is_taken_by_one,
    each_taker_gets_its_own_nonce,
    a_batch_is_wholly_before_or_after_a_logout,
    no_act_follows_its_logout,
    a_first_login_and_a_freeze_are_one_after_the_other,
    no_session_is_alive_after_a_freeze,
);
on_pooler!(
    of_racing_acts_one_wins,
    one_nonce_is_taken_by_one,
    each_taker_gets_its_own_nonce,
    a_batch_is_wholly_before_or_after_a_logout,
    a_first_login_and_a_freeze_are_one_after_the_other,
    no_session_is_alive_after_a_freeze,
);

async fn of_racing_acts_one_wins(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let other_instance = database.another().await;
    for round in 0..30 {
        let (card, _) = enterprise.operator(&format!("{round:03}")).await;
        let mut acts = Vec::new();
        for number in 0..8 {
            let action = [Action::Freeze, Action::ReportLoss][number % 2];
            let act = enterprise.prepare(card, action, at(10)).await;
            // PostgreSQL is shared by instances; SQLite has one writer each.
            let store = if number % 4 < 2 || database.is_sqlite() {
                database.store.clone()
            } else {
                other_instance.clone()
            };
            acts.push(async move { store.apply_act(act).await.unwrap() });
        }
        let outcomes = all_at_once(acts).await;
        let won = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, ActOutcome::Done { .. }))
            .count();
        assert_eq!(won, 1, "{outcomes:?}");
        let state = enterprise.state(card).await;
        for outcome in outcomes {
            match outcome {
                ActOutcome::Done { .. } => {}
                ActOutcome::Conflict { now } => assert_eq!(now, state),
                other => panic!("{other:?}"),
            }
        }
    }
    let events = enterprise.count_events(EventAct::Freeze).await
        + enterprise.count_events(EventAct::ReportLoss).await;
    assert_eq!(events, 30);
    other_instance.close().await;
}

async fn one_nonce_is_taken_by_one(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for _ in 0..50 {
        let hash = enterprise.nonce(enterprise.legal).await;
        let takers = (0..8).map(|_| {
            let store = database.store.clone();
            async move { store.take_nonce(hash).await.unwrap().is_some() }
        });
        let got = all_at_once(takers).await;
        assert_eq!(got.into_iter().filter(|got| *got).count(), 1);
    }
}

/// Those that wait together are taken together, each for whom it is.
async fn each_taker_gets_its_own_nonce(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let mut wanted = Vec::new();
    for number in 0..100 {
        let there = enterprise.nonce(enterprise.legal).await;
        // Every seventh was never given out.
        wanted.push(if number % 7 == 6 {
            NonceHash(unique())
        } else {
            there
        });
    }
    let takers = wanted.iter().map(|hash| {
        let (store, hash) = (database.store.clone(), *hash);
        async move { store.take_nonce(hash).await.unwrap() }
    });
    let got = all_at_once(takers).await;
    for (number, (hash, taken)) in wanted.iter().zip(got).enumerate() {
        let taken = taken.map(|nonce| nonce.hash);
        let is_there = number % 7 != 6;
        assert_eq!(taken, is_there.then_some(*hash), "{number}");
    }
}

/// Who logs out amid acts on several cards ends them all or none: no record says that a
/// card changed when it was the session that ended.
async fn a_batch_is_wholly_before_or_after_a_logout(database: TestDatabase) {
    let mut enterprise = EnterpriseFixture::new(&database.store).await;
    let mut cards = Vec::new();
    for number in 0..20 {
        cards.push(enterprise.operator(&format!("{number:03}")).await.0);
    }
    let (mut done, mut ended) = (0_i64, 0_i64);
    for round in 1..40 {
        let now = at(round);
        let action = [Action::Freeze, Action::Unfreeze][usize::try_from(done % 2).unwrap()];
        let acts = enterprise.prepare_many(&cards, action, now).await;
        let (actor, leaver, token) = (
            database.store.clone(),
            database.store.clone(),
            enterprise.session,
        );
        let acting = tokio::spawn(async move { actor.apply_acts(acts).await.unwrap() });
        // From before its beginning to after its end.
        let amid = Duration::from_micros(u64::try_from(round * 150).unwrap());
        let leaving = tokio::spawn(async move {
            tokio::time::sleep(amid).await;
            let event = event(None, EventAct::Logout);
            leaver.close_session(token, now, event).await.unwrap()
        });
        match acting.await.unwrap() {
            ActsOutcome::Each(each) => {
                let is_done = |one: &EachOutcome| matches!(one, EachOutcome::Done { .. });
                assert!(each.iter().all(is_done), "round {round}: {each:?}");
                done += 1;
            }
            ActsOutcome::SessionEnded => ended += 1,
            ActsOutcome::NonceVoid => panic!("round {round}: the nonce was given"),
        }
        assert!(leaving.await.unwrap());
        let certificate = enterprise.legal_certificate;
        enterprise.session = enterprise.log_in(enterprise.legal, certificate, now).await;
    }
    let frozen = enterprise.count_events(EventAct::Freeze).await;
    let unfrozen = enterprise.count_events(EventAct::Unfreeze).await;
    assert_eq!(
        frozen + unfrozen,
        cards.len() * usize::try_from(done).unwrap()
    );
    assert!(done > 0, "{done} were done, {ended} were too late");
}

/// Nobody acts who is out: where the log has 退出登录, no act of that session follows.
async fn no_act_follows_its_logout(database: TestDatabase) {
    let mut enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, certificate) = enterprise.operator("001").await;
    enterprise.log_in(card, certificate, at(0)).await;
    let mut done = 0;
    for round in 1..200 {
        let now = at(round);
        let frozen = enterprise.state_name(card).await == StateName::Frozen;
        let action = if frozen {
            Action::Unfreeze
        } else {
            Action::Freeze
        };
        let act = enterprise.prepare(card, action, now).await;
        let (actor, leaver, token) = (
            database.store.clone(),
            database.store.clone(),
            enterprise.session,
        );
        let acting = async move { actor.apply_act(act).await.unwrap() };
        let leaving = async move {
            let event = event(Some(enterprise.id), EventAct::Logout);
            leaver.close_session(token, now, event).await.unwrap()
        };
        // Somebody uses the card meanwhile, for whom the act waits.
        let using = async { enterprise.try_log_in(card, certificate, now).await };
        let (outcome, left, _used) = tokio::join!(acting, leaving, using);
        assert!(left);
        let events = database.store.events(enterprise.id, None, None, 10).await;
        let events = events.unwrap();
        let seq = |act: EventAct| {
            let mut those = events.iter().filter(|event| event.act == act.name());
            those.next().map(|event| event.seq)
        };
        if let ActOutcome::Done { event } = outcome {
            assert!(Some(event) < seq(EventAct::Logout), "round {round}");
            done += 1;
        }
        let certificate = enterprise.legal_certificate;
        enterprise.session = enterprise.log_in(enterprise.legal, certificate, now).await;
    }
    assert!(done > 0);
}

/// A first login beside a freeze, of many cards: the key is confirmed in the same
/// moment, so the act may find another card than it saw, and says so; it is never
/// lost, and acknowledged, no session is alive.
async fn a_first_login_and_a_freeze_are_one_after_the_other(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for round in 0..60 {
        let (card, certificate) = enterprise.operator(&format!("{round:03}")).await;
        let now = at(round);
        let freeze = enterprise.prepare(card, Action::Freeze, now).await;
        let (freezer, user) = (database.store.clone(), enterprise.clone());
        let freezing = tokio::spawn(async move { freezer.apply_act(freeze).await.unwrap() });
        let (token, opening) = user.try_log_in(card, certificate, now).await;
        match freezing.await.unwrap() {
            ActOutcome::Done { .. } => {}
            ActOutcome::Conflict { now: state } => {
                assert_eq!(state, CardState::Normal);
                assert!(
                    matches!(opening, SessionOpening::Opened { .. }),
                    "{opening:?}"
                );
                enterprise.act(card, Action::Freeze, now).await;
            }
            other => panic!("{other:?}"),
        }
        let session = database.store.session(token).await.unwrap();
        assert!(
            session.is_none_or(|session| session.ended.is_some()),
            "{round}"
        );
        let explained = database.store.explain(card).await.unwrap().unwrap();
        assert_eq!(
            explained.facts.state,
            CardState::Frozen {
                since: now,
                until: None
            }
        );
    }
}

/// A thousand rounds of a login beside a freeze. Whatever the order, once
/// the freeze is acknowledged the session is dead, and stays so after 解冻.
async fn no_session_is_alive_after_a_freeze(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, certificate) = enterprise.operator("001").await;
    // A first login confirms the key, and whoever acts on the card at that moment is
    // told that it changed: see the next test.
    enterprise.log_in(card, certificate, at(0)).await;
    let mut opened = 0;
    for round in 0..1000 {
        let now = at(round);
        let freeze = enterprise.prepare(card, Action::Freeze, now).await;
        let (freezer, user) = (database.store.clone(), enterprise.clone());
        let freezing = async move { freezer.apply_act(freeze).await.unwrap() };
        let logging_in = async move { user.try_log_in(card, certificate, now).await };
        // Each is first to start in half of the rounds.
        let (freezing, logging_in) = if round % 2 == 0 {
            (tokio::spawn(freezing), tokio::spawn(logging_in))
        } else {
            let logging_in = tokio::spawn(logging_in);
            (tokio::spawn(freezing), logging_in)
        };
        let frozen = freezing.await.unwrap();
        assert!(matches!(frozen, ActOutcome::Done { .. }), "{frozen:?}");
        let (token, opening) = logging_in.await.unwrap();
        match opening {
            SessionOpening::Opened { .. } => {
                opened += 1;
                let session = database.store.session(token).await.unwrap().unwrap();
                assert!(session.ended.is_some(), "round {round}: {session:?}");
                assert_eq!(
                    session.card_state,
                    CardState::Frozen {
                        since: now,
                        until: None
                    }
                );
            }
            SessionOpening::CardIs(state) => {
                assert_eq!(
                    state,
                    CardState::Frozen {
                        since: now,
                        until: None
                    }
                );
                assert_eq!(database.store.session(token).await.unwrap(), None);
            }
            other => panic!("{other:?}"),
        }
        enterprise.act(card, Action::Unfreeze, now).await;
    }
    // Or it was no race.
    assert!((1..1000).contains(&opened), "{opened} logins came first");
}
