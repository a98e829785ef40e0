//! 冻结 with its event through the store, from many clients at once. Each
//! act is what the service does: the nonce of the signed proposal is taken,
//! the session checked, the card changed, its sessions ended, the event
//! written, all of it synced before it is acknowledged.

use std::time::{Duration, Instant};

use app::text::statement::{self, StatementFields};
use card_domain::{Action, CardState, ClientInfo, EnterpriseId, EventAct, EventOutcome};
use event_log::body::Body;
use server::{
    signed_statement::{SignedParts, SignedStatement},
    storage::{
        Act, ActOutcome, CertificateDigest, NewEvent, NonceHash, SharedStore, StatementRecord,
        TokenHash,
    },
};
use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinSet;

use crate::{
    data::{Register, card_id, explained, now},
    floor,
    report::{Report, Times},
    rounds::Rounds,
};

/// Clients at once, and the floor's acts in a commit.
const CLIENTS: u32 = 128;

/// Times that floor and store take turns.
const ROUNDS: u32 = 7;

/// Acts for the figure of one act at a time.
const ALONE: u32 = 200;

/// The event of an act, as big as a real one.
pub(crate) fn event(enterprise: EnterpriseId, number: u32) -> NewEvent {
    NewEvent {
        at: now(),
        enterprise: Some(enterprise),
        actor: Some(card_id(0)),
        act: EventAct::Freeze,
        target: Some(card_id(number)),
        outcome: EventOutcome::Done,
        statement: Some(StatementRecord {
            text: statement::text(&StatementFields {
                action: Action::Freeze,
                cause: None,
                until: None,
                card_no: &format!("893{number:010}"),
                operator_no: &format!("{number:08}"),
                holder_name: "操作员",
                enterprise_name: "示例企业",
                enterprise_code: "91110000MA0000001X",
                at: now(),
            }),
            structured: format!(
                "{{\"version\":2,\"act\":\"freeze\",\"cards\":[{{\"card\":\"{card}\",\
                 \"card_no\":\"893{number:010}\",\"operator_no\":\"{number:08}\",\
                 \"state_before\":{{\"name\":\"normal\"}},\"state_version\":0}}],\
                 \"enterprise\":{{\"id\":\"{enterprise}\",\"code\":\"91110000MA0000001X\"}},\
                 \"signer\":{{\"card\":\"{signer}\",\"card_no\":\"8930000000000\",\
                 \"role\":\"legal_person\",\"certificate_sha256\":\"{digest}\"}},\
                 \"instance\":\"{digest}\",\
                 \"nonce\":\"bm9uY2Ugb2YgdGhpcnR5LXR3byBieXRlcyBpbiBiYXNl\",\
                 \"origin\":\"https://ic.example.cn\",\"time\":\"{now}\",\"algorithm\":\"ES256\"}}",
                card = card_id(number).0,
                enterprise = enterprise.0,
                signer = card_id(0).0,
                digest = "30".repeat(32),
                now = now(),
            ),
            signature: vec![7; 64],
            certificate: CertificateDigest([0x30; 32]),
            nonce: Some(String::from("bm9uY2Ugb2YgdGhpcnR5LXR3byBieXRlcyBpbiBiYXNl")),
            origin: Some(String::from("https://ic.example.cn")),
        }),
        client: ClientInfo {
            address: String::from("192.0.2.7"),
            terminal: None,
            user_agent: String::from(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/146.0.0.0 Safari/537.36",
            ),
            request_id: format!("{number:032}"),
        },
        detail: None,
        facts: Some(String::from(
            r#"{"before":{"name":"normal"},"after":{"name":"frozen"}}"#,
        )),
    }
}

/// The body of that event, as the store would write it.
pub(crate) fn body(event: &NewEvent) -> Vec<u8> {
    let signed = event.statement.as_ref();
    Body {
        statement: signed.map(|signed| signed.text.as_str()),
        structured: signed.map(|signed| signed.structured.as_str()),
        signature: signed.map(|signed| signed.signature.as_slice()),
        certificate: signed.map(|signed| signed.certificate.0),
        address: &event.client.address,
        terminal: event.client.terminal.as_deref(),
        user_agent: &event.client.user_agent,
        request_id: &event.client.request_id,
        detail: event.detail.as_deref(),
        nonce: signed.and_then(|signed| signed.nonce.as_deref()),
        origin: signed.and_then(|signed| signed.origin.as_deref()),
        facts: event.facts.as_deref(),
    }
    .encode()
}

/// The act that freezes a card, in a session of the enterprise's.
pub(crate) fn act(enterprise: EnterpriseId, session: TokenHash, number: u32) -> Act {
    let mut event = event(enterprise, number);
    let statement = event.statement.take().unwrap();
    let parts = SignedParts {
        text: statement.text,
        structured: statement.structured,
        signature: statement.signature,
        certificate: statement.certificate.0,
        nonce: statement.nonce.unwrap(),
        origin: statement.origin.unwrap(),
    };
    let signed = SignedStatement::unproven(parts, nonce(number).0);
    Act {
        enterprise,
        card: card_id(number),
        before: CardState::Normal,
        version: 0,
        explained: explained(number),
        after: CardState::Frozen {
            since: now(),
            until: None,
        },
        session,
        signed,
        at: now(),
        event,
    }
}

/// The nonce of that act's proposal.
pub(crate) fn nonce(number: u32) -> NonceHash {
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

/// Measures the acts: the floor and the store in turn, so that whatever else
/// the machine does meets both.
pub(crate) async fn measure(register: &Register, report: &mut Report) {
    report.heading(format!("Freeze with its event, {} cards", register.cards));
    let acts = (register.cards - 1).min(10_000);
    let (mut alone, mut together) = (Rounds::default(), Rounds::default());
    let mut commits = Vec::new();
    for round in 1..=ROUNDS {
        eprintln!(
            "  freeze, {} cards: round {round} of {ROUNDS}",
            register.cards
        );
        let (floor, _times) = floor::acts_a_second(register, 1, ALONE, 1).await;
        register.reset().await;
        propose(register, 1, ALONE).await;
        alone.add(floor, clients(register, 1, ALONE, 1).await);
        register.reset().await;

        let (floor, times) = floor::acts_a_second(register, 1, acts, CLIENTS).await;
        commits.extend(times);
        register.reset().await;
        propose(register, 1, acts).await;
        together.add(floor, clients(register, 1, acts, CLIENTS).await);
        register.reset().await;
    }
    report.rate("bare, one act in a commit (floor)", alone.floor(), None);
    report.rate("store, one client", alone.rate(), Some(alone.ratio()));
    report.times("store, one client", &Times::new(alone.into_times()), None);
    let bare = "bare, 128 acts in a commit (floor)";
    report.rate(bare, together.floor(), None);
    let commits = Times::new(commits);
    report.times(bare, &commits, None);
    report.rate(
        "store, 128 clients",
        together.rate(),
        Some(together.ratio()),
    );
    report.group_commit(register.cards, together.ratio());
    let waited = Times::new(together.into_times());
    report.times("store, 128 clients", &waited, Some(&commits));
    report.longest_waits(register.cards, &waited, &commits);
}

/// Acts a second, and how long each waited, with so many clients at once.
async fn clients(register: &Register, first: u32, acts: u32, clients: u32) -> (f64, Vec<Duration>) {
    let before = register.count("events").await;
    let (enterprise, session) = (register.enterprise, register.session);
    let mut work: Vec<Vec<Act>> = (0..clients).map(|_client| Vec::new()).collect();
    for number in first..first + acts {
        let client = usize::try_from(number % clients).unwrap();
        work[client].push(act(enterprise, session, number));
    }
    let (took, times) = at_once(&register.store, work).await;
    let rate = f64::from(acts) / took.as_secs_f64();
    let after = register.count("events").await;
    assert_eq!(after - before, i64::from(acts), "every act has its event");
    (rate, times)
}

/// Does what each client has to do, all at once: how long it took, and each act.
pub(crate) async fn at_once(store: &SharedStore, work: Vec<Vec<Act>>) -> (Duration, Vec<Duration>) {
    let mut running = JoinSet::new();
    let started = Instant::now();
    for acts in work {
        let store = store.clone();
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
    let times = running.join_all().await.concat();
    (started.elapsed(), times)
}
