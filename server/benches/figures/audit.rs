//! The log's figures: what an event adds to an act, how quickly a log is
//! verified beside the bare SHA-256 of its bytes, a page of a timeline in a
//! short and a long log, and the size of a proof.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use server::{
    audit::{
        Sequencer, TileCache,
        check::Checker,
        keys::{AuditKeys, PublicKeys},
        leaf::{Leaf, LeafHasher},
        tree::Frontier,
        verify::{Options, verify},
    },
    pki::{CertificateAuthority, TrustAnchors},
    storage::{EventRecord, TimelineCursor, TimelineOf, TimelineQuery},
};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use zeroize::Zeroizing;

use crate::{
    data::{Register, now},
    freeze,
    report::{Report, Times},
};

/// Events of the short and the long log, unless `--events` says another
/// length. Ten million are what the goal names; they take some minutes and
/// gigabytes.
const SHORT: u32 = 10_000;
const LONG: u32 = 1_000_000;

/// Timed pages.
const PAGES: u32 = 300;

/// Acts with and without their event, in turns.
const TURNS: u32 = 200;

/// All of it.
pub(crate) async fn measure(report: &mut Report) {
    let long = std::env::args()
        .skip_while(|argument| argument != "--events")
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(LONG);
    let mut medians = Vec::new();
    for events in [SHORT, long] {
        let register = Register::fill(1000).await;
        let keys = keys();
        fill(&register, events, &keys).await;
        report.heading(format!("The log, {events} events"));
        medians.push(timeline(&register, &keys, report).await);
        // Beyond a million it takes minutes and says the same.
        if events <= LONG {
            verification(&register, &keys, report).await;
        }
        if events == long {
            share(&register, report).await;
        }
        register.close().await;
    }
    if let [short, long] = medians.as_slice() {
        let ratio = |page: usize| long[page].as_secs_f64() / short[page].as_secs_f64();
        report.heading(format!(
            "A page of the timeline, the long log against the short one: the newest {:.2} ×, \
             anywhere {:.2} × (goal: 1.5)",
            ratio(0),
            ratio(1)
        ));
    }
}

fn keys() -> Arc<AuditKeys> {
    let seed = |byte| Zeroizing::new(vec![byte; 32]);
    Arc::new(AuditKeys::from_seeds(&seed(1), &seed(2)).unwrap())
}

fn later() -> Timestamp {
    now() + jiff::SignedDuration::from_hours(1)
}

/// So many events, as big as real ones, with their places.
async fn fill(register: &Register, events: u32, keys: &Arc<AuditKeys>) {
    let started = Instant::now();
    let mut connection = register.connection().await;
    connection
        .execute("PRAGMA synchronous = OFF")
        .await
        .unwrap();
    let sample = freeze::event(register, 7);
    let signed = sample.statement.unwrap();
    let enterprise = register.enterprise.0.simple();
    let mut done = 0;
    while done < events {
        let part = (events - done).min(100_000);
        let sql = format!(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, \
             statement, structured, signature, certificate, client_address, user_agent, \
             request_id, nonce, origin, facts) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {part}) \
             SELECT {} + {done} + i, x'{enterprise}', c.id, 'freeze', c.id, 'done', '{}' || i, \
             '{}', zeroblob(64), zeroblob(600), '192.0.2.7', '{}', printf('%032d', i), '{}', '{}', '{}' \
             FROM n, (SELECT id FROM cards LIMIT 1) c",
            now().as_microsecond(),
            signed.text,
            signed.structured,
            sample.client.user_agent,
            signed.nonce.clone().unwrap_or_default(),
            signed.origin.clone().unwrap_or_default(),
            sample.facts.clone().unwrap_or_default(),
        );
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        done += part;
    }
    connection.close().await.unwrap();
    let filled = started.elapsed();
    let started = Instant::now();
    let mut sequencer = Sequencer::new(None);
    let count = sequencer.run(register.store.as_ref(), keys, later()).await;
    assert_eq!(count.unwrap(), u64::from(events));
    eprintln!(
        "  {events} events in {:.1} s, sequenced in {:.1} s",
        filled.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
}

/// The newest page of the enterprise's timeline, and pages anywhere in it, each
/// event with its place and proof verified; the floor is the same page from
/// the store alone. Gives the medians of the proven ones.
async fn timeline(
    register: &Register,
    keys: &Arc<AuditKeys>,
    report: &mut Report,
) -> [Duration; 2] {
    let store = register.store.as_ref();
    let public = keys.public();
    let anchors = anchors();
    let cache = TileCache::default();
    let head = store.log_head().await.unwrap().size;
    let (mut medians, mut bytes) = ([Duration::ZERO; 2], 0);
    for (median, (what, anywhere)) in medians
        .iter_mut()
        .zip([("the newest page", false), ("a page anywhere", true)])
    {
        let (mut pages, mut rows) = (Vec::new(), Vec::new());
        for number in 0..PAGES {
            let seq = i64::try_from(head / u64::from(PAGES) * u64::from(number)).unwrap() + 30;
            let query = TimelineQuery {
                of: TimelineOf::Everything,
                act: None,
                outcome: None,
                from: None,
                to: None,
                cursor: anywhere.then_some(TimelineCursor::Older(seq)),
                page_size: 20,
            };
            let started = Instant::now();
            let page = store.timeline(register.enterprise, &query).await.unwrap();
            rows.push(started.elapsed());
            assert_eq!(page.rows.len(), 20);
            let started = Instant::now();
            let page = store.timeline(register.enterprise, &query).await.unwrap();
            let checker = Checker::new(store, &public.log, &anchors, later()).await;
            let mut checker = checker.unwrap().with(&cache);
            for event in &page.rows {
                let place = checker.place(event).await.unwrap().unwrap();
                bytes = bytes.max(place.proof.len());
            }
            pages.push(started.elapsed());
        }
        let (rows, pages) = (Times::new(rows), Times::new(pages));
        report.times(&format!("{what}, from the store (floor)"), &rows, None);
        report.times(&format!("{what}, each event proven"), &pages, Some(&rows));
        *median = pages.percentile(50);
    }
    report.heading(format!("  a proof: {bytes} bytes at most (goal: 1024)"));
    medians
}

fn anchors() -> TrustAnchors {
    let authority = CertificateAuthority::create("bench", now()).unwrap();
    TrustAnchors::from_pem(authority.certificate_pem().unwrap().as_bytes()).unwrap()
}

/// The whole verification of the log, signatures left out; and its work alone
/// on events in memory, beside the bare SHA-256 of the same bytes.
async fn verification(register: &Register, keys: &Arc<AuditKeys>, report: &mut Report) {
    let options = Options {
        keys: PublicKeys {
            witness: None,
            ..keys.public()
        },
        anchors: None,
        witnesses: Vec::new(),
        archives: Vec::new(),
        signatures: false,
        now: later(),
    };
    let started = Instant::now();
    let found = verify(register.store.as_ref(), &options, &mut |_| {})
        .await
        .unwrap();
    let taken = started.elapsed().as_secs_f64();
    assert!(found.is_good(), "{:?}", found.findings.first());
    let all = count(found.events) / taken;

    report.rate("verified from SQLite, read included", all, None);

    // A part of the log in memory, gone through again and again: events with
    // a signed statement, and as small as those without one.
    let last = i64::try_from(found.events.min(50_000)).unwrap();
    let mut events = register
        .store
        .events_between(1, last, u32::MAX)
        .await
        .unwrap();
    in_memory("of signed acts", &events, report);
    for event in &mut events {
        event.statement = None;
        event.facts = None;
    }
    in_memory("of logins", &events, report);
}

/// Leaves and tree without the reading, beside the bare SHA-256.
fn in_memory(what: &str, events: &[EventRecord], report: &mut Report) {
    let rounds = 20;
    let (mut hasher, mut frontier) = (LeafHasher::default(), Frontier::default());
    let started = Instant::now();
    for _ in 0..rounds {
        for event in events {
            frontier.append(hasher.hash(&Leaf::from(event)), |_, _, _| {});
        }
    }
    let work = count(frontier.size()) / started.elapsed().as_secs_f64();
    std::hint::black_box(frontier.root());
    let bare = bare(events, rounds, &mut hasher);
    report.rate(&format!("bare SHA-256 {what} (floor)"), bare, None);
    report.rate(
        &format!("log verified in memory, one core, {what}"),
        work,
        Some(work / bare),
    );
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn count(number: u64) -> f64 {
    number as f64
}

/// Leaves a second by SHA-256 alone: of each leaf's bytes, and of the 65 bytes
/// of one node.
fn bare(events: &[EventRecord], rounds: u32, hasher: &mut LeafHasher) -> f64 {
    let leaves: Vec<Vec<u8>> = events
        .iter()
        .map(|event| hasher.encode(&Leaf::from(event)).to_vec())
        .collect();
    let mut last = [0_u8; 65];
    let started = Instant::now();
    for _ in 0..rounds {
        for leaf in &leaves {
            let digest = Sha256::digest(leaf);
            last[..32].copy_from_slice(&digest);
            let node = Sha256::digest(last);
            last[32..64].copy_from_slice(&node);
        }
    }
    let each = count(leaves.len() as u64) * f64::from(rounds);
    std::hint::black_box(last);
    each / started.elapsed().as_secs_f64()
}

/// An act with its event and the same without it, bare and in turns: what the
/// event adds to the statements, and what it adds with the commit.
async fn share(register: &Register, report: &mut Report) {
    let mut connection = register.connection().await;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let (mut with_commit, mut without_commit) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        for has_event in [turn % 2 == 0, turn % 2 == 1] {
            let started = Instant::now();
            let statements = freeze_bare(&mut connection, register, turn + 1, has_event).await;
            let whole = started.elapsed();
            if has_event {
                with.push(statements);
                with_commit.push(whole);
            } else {
                without.push(statements);
                without_commit.push(whole);
            }
        }
    }
    connection.close().await.unwrap();
    let (without, with) = (Times::new(without), Times::new(with));
    let (without_commit, with_commit) = (Times::new(without_commit), Times::new(with_commit));
    report.times("an act without its event (floor)", &without_commit, None);
    report.times(
        "the same with its event",
        &with_commit,
        Some(&without_commit),
    );
    // What an act of the service costs at the very least besides: the check of
    // the statement's signature and that of the certificate.
    let each = signatures_a_second();
    report.rate("P-256 signatures verified by the service", each, None);
    let seconds = |times: &Times| times.percentile(50).as_secs_f64();
    let event = seconds(&with) - seconds(&without);
    let committed = seconds(&with_commit);
    report.heading(format!(
        "  an event's share: {:.1} % of the statements, {:.1} % with the commit, {:.1} % of an act \
         with its two signature checks (goal: 5)",
        100.0 * event / seconds(&with),
        100.0 * event / committed,
        100.0 * event / (committed + 2.0 / each),
    ));
}

/// One freeze in a transaction of its own; gives the time of its statements.
async fn freeze_bare(
    connection: &mut sqlx::SqliteConnection,
    register: &Register,
    number: u32,
    has_event: bool,
) -> Duration {
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    let started = Instant::now();
    let update = sqlx::query(
        "UPDATE cards SET state = iif(state = 'frozen', 'normal', 'frozen'), \
         state_since = iif(state = 'frozen', NULL, $2), version = version + 1 WHERE id = $1",
    )
    .bind(crate::data::card_id(number).0)
    .bind(now().as_microsecond());
    connection.execute(update).await.unwrap();
    if has_event {
        let event = freeze::event(register, number);
        let signed = event.statement.unwrap();
        let insert = sqlx::query(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, \
             statement, structured, signature, certificate, client_address, user_agent, \
             request_id, nonce, origin, facts) \
             VALUES ($1, $2, $3, 'freeze', $4, 'done', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(event.at.as_microsecond())
        .bind(register.enterprise.0)
        .bind(event.actor.map(|card| card.0))
        .bind(event.target.map(|card| card.0))
        .bind(signed.text)
        .bind(signed.structured)
        .bind(signed.signature)
        .bind(signed.certificate)
        .bind(event.client.address)
        .bind(event.client.user_agent)
        .bind(event.client.request_id)
        .bind(signed.nonce)
        .bind(signed.origin)
        .bind(event.facts);
        connection.execute(insert).await.unwrap();
    }
    let statements = started.elapsed();
    connection.execute("COMMIT").await.unwrap();
    statements
}

/// Verifications a second by what the service checks a signature with.
fn signatures_a_second() -> f64 {
    use p256::ecdsa::{Signature, SigningKey, signature::Signer as _, signature::Verifier as _};
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let signature: Signature = key.sign(b"statement");
    let rounds = 1000_u32;
    let started = Instant::now();
    for _ in 0..rounds {
        key.verifying_key()
            .verify(b"statement", &signature)
            .unwrap();
    }
    f64::from(rounds) / started.elapsed().as_secs_f64()
}
