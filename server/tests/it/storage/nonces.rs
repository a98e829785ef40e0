//! Nonces: single use.

use card_domain::EventAct;
use server::storage::{Constraint, Nonce, NonceHash, NonceKind, StoreError};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        EnterpriseFixture,
        samples::{at, event, unique},
    },
};

on_both!(
    taken_once_even_when_late,
    spent_with_its_event,
    never_given_out_twice,
);

fn challenge() -> Nonce {
    Nonce {
        hash: NonceHash(unique()),
        kind: NonceKind::Login,
        session: None,
        card: None,
        payload: None,
        expires_at: at(-100),
    }
}

async fn taken_once_even_when_late(database: TestDatabase) {
    let nonce = challenge();
    database.store.put_nonce(nonce.clone()).await.unwrap();
    let looked = database.store.nonce(nonce.hash).await.unwrap();
    assert_eq!(looked.as_ref(), Some(&nonce));
    let taken = database.store.take_nonce(nonce.hash).await.unwrap();
    assert_eq!(taken.as_ref(), Some(&nonce));
    let again = database.store.take_nonce(nonce.hash).await.unwrap();
    assert_eq!(again, None);
    assert_eq!(database.store.nonce(nonce.hash).await.unwrap(), None);
}

async fn spent_with_its_event(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let nonce = challenge();
    database.store.put_nonce(nonce.clone()).await.unwrap();
    let refusal = || event(Some(enterprise.id), EventAct::Act);
    let spent = database.store.spend_nonce(nonce.hash, refusal()).await;
    let first = spent.unwrap();
    assert_eq!(database.store.nonce(nonce.hash).await.unwrap(), None);
    // Whoever comes second is recorded as well.
    let again = database.store.spend_nonce(nonce.hash, refusal()).await;
    assert!(again.unwrap() > first);
    assert_eq!(enterprise.count_events(EventAct::Act).await, 2);
}

async fn never_given_out_twice(database: TestDatabase) {
    let nonce = challenge();
    database.store.put_nonce(nonce.clone()).await.unwrap();
    let again = database.store.put_nonce(nonce).await;
    assert!(
        matches!(again, Err(StoreError::Conflict(Constraint::Other))),
        "{again:?}"
    );
}
