//! Purging, tokens, health, closing and opening again.

use card_domain::{Action, EventAct};
use server::config::{AddressError, Database as Address};
use server::storage::{
    AdminToken, Nonce, NonceHash, NonceKind, OpenError, PinRecord, StoreError, TokenHash, migrate,
    open,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        EnterpriseFixture,
        samples::{at, event, unique},
    },
};

on_both!(
    purging_is_bounded_and_takes_what_is_over,
    administrators_have_tokens,
    what_was_acknowledged_is_there_after_reopening,
    a_closed_store_says_so,
    an_older_sight_of_a_pin_changes_nothing,
    a_read_that_is_given_up_harms_no_other,
);

async fn purging_is_bounded_and_takes_what_is_over(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for second in 0..10 {
        let nonce = Nonce {
            hash: NonceHash(unique()),
            kind: NonceKind::Login,
            session: None,
            card: None,
            payload: None,
            expires_at: at(second),
        };
        database.store.put_nonce(nonce).await.unwrap();
    }
    let purge = |now| database.store.purge(at(now), at(now), 3);
    assert_eq!(purge(7).await.unwrap(), 3);
    assert_eq!(purge(7).await.unwrap(), 3);
    assert_eq!(purge(7).await.unwrap(), 1);
    assert_eq!(purge(7).await.unwrap(), 0);
    assert!(
        database
            .store
            .session(enterprise.session)
            .await
            .unwrap()
            .is_some()
    );
    let a_day_later = 100_000;
    // The nonces, the session, and what is kept of the making of its card.
    assert_eq!(purge(a_day_later).await.unwrap(), 5);
    assert_eq!(
        database.store.session(enterprise.session).await.unwrap(),
        None
    );
}

async fn administrators_have_tokens(database: TestDatabase) {
    let token = AdminToken {
        hash: TokenHash(unique()),
        created_at: at(0),
        expires_at: at(60),
        note: String::from("making cards"),
        enterprise: None,
    };
    let made = event(None, EventAct::AddAdminToken);
    let kept = database.store.put_admin_token(token.clone(), made).await;
    kept.unwrap();
    let found = database.store.admin_token(token.hash).await.unwrap();
    assert_eq!(found, Some(token));
    let unknown = database.store.admin_token(TokenHash(unique())).await;
    assert_eq!(unknown.unwrap(), None);
}

async fn what_was_acknowledged_is_there_after_reopening(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    enterprise.act(card, Action::Freeze, at(10)).await;
    let before = enterprise.card(card).await;
    database.store.probe_read().await.unwrap();
    database.store.probe_write(at(11)).await.unwrap();
    database.store.close().await;
    // A clean stop leaves one file, with all of it.
    if let Some(file) = database.url.strip_prefix("sqlite:") {
        for beside in ["-wal", "-shm"] {
            let beside = format!("{file}{beside}");
            assert!(!std::fs::exists(&beside).unwrap(), "{beside}");
        }
    }
    let again = database.another().await;
    assert_eq!(again.card(enterprise.id, card).await.unwrap(), before);
    let record = again
        .record_event(event(Some(enterprise.id), EventAct::Reveal))
        .await;
    assert!(record.unwrap() > 0);
    again.close().await;
}

async fn a_closed_store_says_so(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    database.store.close().await;
    let event = event(Some(enterprise.id), EventAct::Reveal);
    let refused = database.store.record_event(event).await.unwrap_err();
    assert!(matches!(refused, StoreError::Closed), "{refused:?}");
    let refused = database
        .store
        .session(enterprise.session)
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Closed), "{refused:?}");
    let refused = database.store.probe_read().await.unwrap_err();
    assert!(matches!(refused, StoreError::Closed), "{refused:?}");
    let refused = database.store.probe_write(at(0)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Closed), "{refused:?}");
}

async fn an_older_sight_of_a_pin_changes_nothing(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    let seen = |tries_left, second| {
        let pin = PinRecord {
            tries_left,
            at: at(second),
        };
        database.store.pin_seen(enterprise.id, card, pin)
    };
    seen(0, 20).await.unwrap();
    seen(3, 10).await.unwrap();
    let pin = enterprise.card(card).await.pin.unwrap();
    assert_eq!((pin.tries_left, pin.at), (0, at(20)));
}

async fn a_read_that_is_given_up_harms_no_other(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    for _ in 0..200 {
        let noted = database
            .store
            .record_event(event(Some(enterprise.id), EventAct::Reveal));
        noted.await.unwrap();
    }
    let mut given_up = 0;
    for micros in 0..400 {
        let patience = std::time::Duration::from_micros(micros);
        let reading = database.store.events(enterprise.id, None, None, 200);
        if tokio::time::timeout(patience, reading).await.is_err() {
            given_up += 1;
        }
        let session = database.store.session(enterprise.session).await.unwrap();
        assert_eq!(session.unwrap().card, enterprise.legal);
    }
    assert!(given_up > 0);
}

#[tokio::test]
async fn addresses_that_name_no_store_are_refused() {
    for url in ["", "mysql://x", "register.db"] {
        let refused = migrate(&Address::at(url)).await.err().unwrap();
        let OpenError::Address(refused) = refused else {
            panic!("{refused:?}");
        };
        assert!(
            matches!(refused, AddressError::UnknownScheme),
            "{refused:?}"
        );
    }
    for url in ["sqlite:", "sqlite::memory:"] {
        let refused = open(&Address::at(url)).await.err().unwrap();
        assert!(
            matches!(refused, OpenError::Address(AddressError::NoFile)),
            "{url}: {refused:?}"
        );
    }
    for url in ["postgres://[", "postgres://x:y:z"] {
        let refused = open(&Address::at(url)).await.err().unwrap();
        assert!(
            matches!(refused, OpenError::Address(AddressError::Unreadable(_))),
            "{url}: {refused:?}"
        );
    }
    let nowhere = Address::at("sqlite:/nowhere/at/all.db");
    let refused = open(&nowhere).await.err().unwrap();
    assert!(matches!(refused, OpenError::NoFile { .. }), "{refused:?}");
    let refused = migrate(&nowhere).await.err().unwrap();
    assert!(matches!(refused, OpenError::File(_)), "{refused:?}");
}
