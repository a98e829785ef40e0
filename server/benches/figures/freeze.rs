//! 冻结 with its event through the store, from many clients at once. Each
//! act is what the service does: the nonce of the signed proposal is taken,
//! the session checked, the card changed, its sessions ended, the event
//! written, all of it synced before it is acknowledged.

use std::time::{Duration, Instant};

use card_domain::CardState;
use server::storage::{Act, ActOutcome, ClientInfo, NewEvent, NonceHash, Outcome, SignedStatement};
use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinSet;

use crate::{
    data::{Register, card_id, now},
    floor,
    report::{Report, Times},
};

/// Clients at once, and the floor's acts in a commit.
const CLIENTS: u32 = 128;

/// Acts for the figure of one act at a time.
const ALONE: u32 = 300;

/// The event of an act, as big as a real one.
pub(crate) fn event(register: &Register, number: u32) -> NewEvent {
    NewEvent {
        at: now(),
        enterprise: Some(register.enterprise),
        actor: Some(card_id(0)),
        act: "freeze",
        target: Some(card_id(number)),
        outcome: Outcome::Done,
        statement: Some(SignedStatement {
            text: format!("冻结 操作员{number} 的操作员卡，示例企业，2027年1月15日16时00分"),
            structured: "x".repeat(420),
            signature: vec![7; 64],
            certificate: vec![0x30; 600],
        }),
        client: ClientInfo {
            address: String::from("192.0.2.7"),
            terminal: None,
            user_agent: String::from("Mozilla/5.0 (X11; Linux x86_64) benchmark"),
            request_id: format!("{number:032}"),
        },
        detail: None,
    }
}

fn act(register: &Register, number: u32) -> Act {
    Act {
        enterprise: register.enterprise,
        card: card_id(number),
        before: CardState::Normal,
        version: 0,
        after: CardState::Frozen { since: now() },
        session: register.session,
        nonce: nonce(number),
        at: now(),
        event: event(register, number),
    }
}

fn nonce(number: u32) -> NonceHash {
    let mut hash = [0; 32];
    // Spread over the table, as hashes are.
    hash[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    hash[28..].copy_from_slice(&number.to_be_bytes());
    NonceHash(hash)
}

/// The proposals of the cards from `first` on.
async fn propose(register: &Register, first: u32, acts: u32) {
    let mut connection = register.connection().await;
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    for number in first..first + acts {
        let insert = sqlx::query("INSERT INTO nonces VALUES ($1, 'act', $2, $3, NULL, $4)")
            .bind(nonce(number).0.to_vec())
            .bind(register.session.0.to_vec())
            .bind(card_id(number).0)
            .bind(i64::MAX);
        connection.execute(insert).await.unwrap();
    }
    connection.execute("COMMIT").await.unwrap();
    connection.close().await.unwrap();
}

/// Measures the acts.
pub(crate) async fn measure(register: &Register, report: &mut Report) {
    report.heading(format!("Freeze with its event, {} cards", register.cards));
    let acts = (register.cards - 1).min(40_000) / 2;

    let one_by_one = floor::acts_a_second(register, 1, ALONE, 1).await;
    report.rate("bare, one act in a commit (floor)", one_by_one, None);
    register.reset().await;
    let grouped = floor::acts_a_second(register, 1, acts, CLIENTS).await;
    report.rate("bare, 128 acts in a commit (floor)", grouped, None);
    register.reset().await;

    propose(register, 1, ALONE).await;
    let (rate, times) = clients(register, 1, ALONE, 1).await;
    report.rate("store, one client", rate, Some(one_by_one));
    report.times("store, one client", &times, None);
    register.reset().await;

    propose(register, 1, acts).await;
    let (rate, times) = clients(register, 1, acts, CLIENTS).await;
    report.rate("store, 128 clients", rate, Some(grouped));
    report.times("store, 128 clients", &times, None);
    report.rate(
        "store, 128 clients, to one act in a commit",
        rate,
        Some(one_by_one),
    );
    report.group_commit(register.cards, rate / grouped);
    register.reset().await;
}

/// Acts a second, and how long each waited, with so many clients at once.
async fn clients(register: &Register, first: u32, acts: u32, clients: u32) -> (f64, Times) {
    let before = register.count_events().await;
    let mut work: Vec<Vec<Act>> = (0..clients).map(|_client| Vec::new()).collect();
    for number in first..first + acts {
        let client = usize::try_from(number % clients).unwrap();
        work[client].push(act(register, number));
    }
    let mut running = JoinSet::new();
    let started = Instant::now();
    for acts in work {
        let store = register.store.clone();
        running.spawn(async move {
            let mut times: Vec<Duration> = Vec::with_capacity(acts.len());
            for act in acts {
                let started = Instant::now();
                let outcome = store.apply_act(act).await.unwrap();
                times.push(started.elapsed());
                assert!(matches!(outcome, ActOutcome::Done { .. }), "{outcome:?}");
            }
            times
        });
    }
    let times: Vec<Duration> = running.join_all().await.concat();
    let rate = f64::from(acts) / started.elapsed().as_secs_f64();
    let after = register.count_events().await;
    assert_eq!(after - before, i64::from(acts), "every act has its event");
    (rate, Times::new(times))
}
