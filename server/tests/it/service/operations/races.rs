//! Two sessions begin an operation on the same card at once: one wins, the
//! other is told.

use std::time::{Duration, Instant};

use card_domain::{Action, CardState, EventAct, OperationState};
use server::storage::{
    BatchStart, CertificateChange, NewBatch, NewOperation, NewTicket, Nonce, NonceHash, NonceKind,
    OperationUpdate, SharedStore, SkipReason, TokenHash,
};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        EnterpriseFixture,
        legal_person::tag,
        samples::{at, event, signed, unique},
    },
};
use uuid::Uuid;

use super::exhaustive;

on_both!(
    of_two_that_begin_at_once_one_wins,
    one_of_two_over_http_wins
);

/// Rounds at most, and at least: so many say something.
const ROUNDS: u32 = 10_000;
const MIN_ROUNDS: u32 = 200;
/// The time for them; `IC_CARD_EXHAUSTIVE=1` (`cargo xtask test sweep`) takes
/// as long as all of them need.
const BOUND: Duration = Duration::from_secs(8);

async fn batch(
    enterprise: &EnterpriseFixture,
    card: card_domain::CardId,
    session: TokenHash,
    version: i64,
) -> NewBatch {
    let nonce = NonceHash(unique());
    enterprise
        .store
        .put_nonce(Nonce {
            hash: nonce,
            kind: NonceKind::Operation,
            session: Some(session),
            card: None,
            payload: None,
            expires_at: at(10_000),
        })
        .await
        .unwrap();
    NewBatch {
        id: Uuid::now_v7(),
        enterprise: enterprise.id,
        actor: enterprise.legal,
        action: Action::Renew,
        signed: signed(nonce),
        session,
        ticket: NewTicket {
            hash: TokenHash(unique()),
            ends_at: at(1000),
            lock_until: None,
        },
        at: at(10),
        operations: vec![NewOperation {
            id: Uuid::now_v7(),
            card,
            before: CardState::Normal,
            version,
            payload: String::from("{}"),
            event: event(Some(enterprise.id), EventAct::RenewBegin),
        }],
    }
}

async fn of_two_that_begin_at_once_one_wins(database: TestDatabase) {
    let enterprise = EnterpriseFixture::new(&database.store).await;
    let (card, _) = enterprise.operator("001").await;
    let second = enterprise
        .log_in(enterprise.legal, enterprise.legal_certificate, at(2))
        .await;
    let other: SharedStore = if database.is_sqlite() {
        database.store.clone()
    } else {
        database.another().await
    };
    let bound = if exhaustive() { Duration::MAX } else { BOUND };
    let started = Instant::now();
    let (mut rounds, mut first_won) = (0, 0);
    while rounds < MIN_ROUNDS || (rounds < ROUNDS && started.elapsed() < bound) {
        let version = enterprise.card(card).await.version;
        let one = batch(&enterprise, card, enterprise.session, version).await;
        let two = batch(&enterprise, card, second, version).await;
        let ids = [one.operations[0].id, two.operations[0].id];
        let (a, b) = (database.store.clone(), other.clone());
        let (a, b) = if rounds % 2 == 0 {
            let a = tokio::spawn(async move { a.begin_batch(one).await.unwrap() });
            (
                a,
                tokio::spawn(async move { b.begin_batch(two).await.unwrap() }),
            )
        } else {
            let b = tokio::spawn(async move { b.begin_batch(two).await.unwrap() });
            (
                tokio::spawn(async move { a.begin_batch(one).await.unwrap() }),
                b,
            )
        };
        let outcomes = [a.await.unwrap(), b.await.unwrap()];
        let won = outcomes
            .iter()
            .position(|outcome| *outcome == BatchStart::Begun { left_out: vec![] });
        let won = won.unwrap_or_else(|| panic!("round {rounds}: nobody won: {outcomes:?}"));
        assert_eq!(
            outcomes[1 - won],
            BatchStart::Begun {
                left_out: vec![(card, SkipReason::Open)]
            },
            "round {rounds}"
        );
        first_won += u32::from(won == 0);
        let open = database.store.unfinished_operation(card).await.unwrap();
        let open = open.unwrap();
        assert_eq!(open.id, ids[won]);
        abandon(&enterprise, &open).await;
        rounds += 1;
    }
    println!(
        "{rounds} rounds in {:.1} s, the first one won {first_won}",
        started.elapsed().as_secs_f64()
    );
    assert!((1..rounds).contains(&first_won), "it was no race");
    if !database.is_sqlite() {
        other.close().await;
    }
}

async fn abandon(enterprise: &EnterpriseFixture, open: &server::storage::OperationRecord) {
    let saved = enterprise
        .store
        .save_operation(OperationUpdate {
            id: open.id,
            card: open.card.id,
            enterprise: enterprise.id,
            version: open.version,
            state: OperationState::Abandoned,
            at: at(11),
            payload: open.payload.clone(),
            touched_at: None,
            puk: None,
            puk_tries: None,
            problem: None,
            settled_at: None,
            card_key: None,
            held: CertificateChange::Keep,
            card_puk: None,
            pin: None,
            event: None,
        })
        .await
        .unwrap();
    assert!(saved);
}

async fn one_of_two_over_http_wins(database: TestDatabase) {
    use test_support::service::{LegalPersonClient, TestServer};
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let other = client.another().await;
    for number in 0..10 {
        let card = server.operator(&format!("{number:04}")).await.card;
        let (one, two) = (
            client.propose(&[card], "renew").await.good(),
            other.propose(&[card], "renew").await.good(),
        );
        let (one, two) = tokio::join!(client.commit(&one, true), other.commit(&two, true));
        let statuses = [one.status, two.status];
        assert!(
            statuses == [200, 409] || statuses == [409, 200],
            "{statuses:?} {} {}",
            one.body,
            two.body
        );
        let lost = if one.status == 409 { one } else { two };
        assert_eq!(lost.code(), "cannot_operate");
        assert_eq!(tag(&lost.json()["detail"]), "unfinished");
    }
}
