//! The log's figures: what an event adds to an act, how quickly a log is
//! verified beside the bare SHA-256 of its bytes, a page of a timeline in a
//! short and a long log, and the size of a proof.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use card_domain::TimelineOf;
use event_log::{
    certificate::TrustAnchors,
    keys::{AuditKeys, PublicKeys},
    leaf::LeafHasher,
    leaves::Leaves,
    proof::TileCache,
    tree::CompactRange,
    verify::{Options, verify},
};
use jiff::Timestamp;
use server::{
    audit::{Sequencer, StoreLog, check::Checker},
    config::Database,
    pki::CertificateAuthority,
    storage::{NewEvent, TimelineCursor, TimelineQuery, open_to_read},
};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use zeroize::Zeroizing;

use crate::{
    data::{Register, now},
    freeze,
    report::{Report, Times},
    share, signed,
};

/// Events of the short and the long log, unless `--events` says another
/// length. Ten million are what the goal names; they take some minutes and
/// gigabytes.
const SHORT: u32 = 10_000;
const LONG: u32 = 1_000_000;

/// Timed pages.
const PAGES: u32 = 300;

/// Events of the long log.
pub(crate) fn long() -> u32 {
    std::env::args()
        .skip_while(|argument| argument != "--events")
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(LONG)
}

/// Measures the log: what it adds to an act, its verification, its pages, its proofs.
pub(crate) async fn measure(report: &mut Report) {
    let long = long();
    let mut medians = Vec::new();
    for events in [SHORT, long] {
        let register = Register::fill(1000).await;
        let keys = keys();
        fill(&register, events, Mix::Acts, &keys).await;
        report.heading(format!("The log, {events} events"));
        medians.push(timeline(&register, &keys, report).await);
        // Beyond a million it takes minutes and says the same.
        if events <= LONG {
            verification(&register, &keys, "acts only", report).await;
        }
        if events == long {
            share::measure(&register, report).await;
        }
        register.close().await;
    }
    let register = Register::fill(1000).await;
    let keys = keys();
    fill(&register, LONG, Mix::NineLoginsToAnAct, &keys).await;
    report.heading(format!("The log, {LONG} events, nine logins to an act"));
    verification(&register, &keys, "as in life", report).await;
    register.close().await;
    signed::measure(long, report).await;
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

/// What a log is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mix {
    /// Acts only, each with a signed statement: the largest events there are.
    Acts,
    /// As in life: people log in every day, and cards are frozen now and then.
    NineLoginsToAnAct,
}

/// So many events, as big as real ones, with their places.
async fn fill(register: &Register, events: u32, mix: Mix, keys: &Arc<AuditKeys>) {
    let started = Instant::now();
    let mut connection = register.connection().await;
    connection
        .execute("PRAGMA synchronous = OFF")
        .await
        .unwrap();
    let act = freeze::event(register.enterprise, 7);
    let login = NewEvent {
        statement: None,
        facts: None,
        ..act.clone()
    };
    let hex = |event| card_protocol::hex::encode(&freeze::body(event));
    let (act, login) = (hex(&act), hex(&login));
    let is_act = match mix {
        Mix::Acts => "TRUE",
        Mix::NineLoginsToAnAct => "i % 10 = 0",
    };
    let enterprise = register.enterprise.0.simple();
    let mut done = 0;
    while done < events {
        let part = (events - done).min(100_000);
        let sql = format!(
            "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {part}) \
             SELECT {} + {done} + i, x'{enterprise}', c.id, iif({is_act}, 'freeze', 'login'), \
             c.id, 'done', iif({is_act}, x'{act}', x'{login}') \
             FROM n, (SELECT id FROM cards LIMIT 1) c",
            now().as_microsecond(),
        );
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
        done += part;
    }
    connection.close().await.unwrap();
    let filled = started.elapsed();
    let started = Instant::now();
    let mut sequencer = Sequencer::new(None);
    let count = sequencer.run(register.store.as_ref(), keys, later()).await;
    // Those that vouch for the cards too.
    let all = register.count("events").await;
    assert_eq!(i64::try_from(count.unwrap()).unwrap(), all);
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
            // Behind the events that vouch for the cards, which are in no timeline.
            let vouched = u64::from(register.cards) + 2;
            let place = vouched + (head - vouched) / u64::from(PAGES) * u64::from(number);
            let seq = i64::try_from(place).unwrap() + 30;
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
                let position = checker.position(event).await.unwrap().unwrap();
                bytes = bytes.max(position.proof.len());
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
async fn verification(register: &Register, keys: &Arc<AuditKeys>, what: &str, report: &mut Report) {
    let options = Options {
        signatures: false,
        ..Options::of(PublicKeys {
            witness: None,
            ..keys.public()
        })
    };
    // As `server audit verify` opens it.
    let store = open_to_read(&Database::at(register.url())).await.unwrap();
    let (started, busy) = (Instant::now(), processor_time());
    let found = verify(&StoreLog(store.as_ref()), &options, &mut |_| {})
        .await
        .unwrap();
    let taken = started.elapsed().as_secs_f64();
    let busy = processor_time() - busy;
    store.close().await;
    assert!(found.is_good(), "{:?}", found.findings.first());
    let all = count(found.events) / taken;

    // A part of the log in memory, gone through again and again.
    let leaves = register.store.leaves(1, i64::MAX, 50_000).await.unwrap();
    let bare = bare(&leaves);
    report.rate(&format!("bare SHA-256 {what} (floor)"), bare, None);
    let work = in_memory(&leaves);
    let memory = format!("verified in memory, one core, {what}");
    report.rate(&memory, work, Some(work / bare));
    let read = format!("verified from SQLite, {what}");
    report.rate(&read, all, Some(all / bare));
    report.heading(format!(
        "  on one core that would be {:.0} a second (goal: 1000000): it kept {:.2} busy",
        count(found.events) / busy,
        busy / taken
    ));
}

/// The seconds for which this process kept a core busy (proc(5), `stat`; a
/// hundredth is the least that Linux tells).
pub(crate) fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which may have spaces: utime is the 12th field, stime the 13th.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let times = fields.split(' ').skip(11).take(2);
    times
        .map(|ticks| ticks.parse::<f64>().unwrap() / 100.0)
        .sum()
}

/// Rounds through the events in memory.
const ROUNDS: u32 = 20;

/// Leaves and tree without the reading.
fn in_memory(leaves: &Leaves) -> f64 {
    let (mut hasher, mut frontier) = (LeafHasher::default(), CompactRange::default());
    let started = Instant::now();
    for _ in 0..ROUNDS {
        for leaf in leaves.iter() {
            frontier.append(hasher.hash(&leaf), |_, _, _| {});
        }
    }
    let work = count(frontier.size()) / started.elapsed().as_secs_f64();
    std::hint::black_box(frontier.root());
    work
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn count(number: u64) -> f64 {
    number as f64
}

/// Leaves a second by SHA-256 alone: of each leaf's bytes, and of the 65 bytes
/// of one node.
pub(crate) fn bare(leaves: &Leaves) -> f64 {
    let mut hasher = LeafHasher::default();
    let leaves: Vec<Vec<u8>> = leaves
        .iter()
        .map(|leaf| hasher.encode(&leaf).to_vec())
        .collect();
    let mut last = [0_u8; 65];
    let started = Instant::now();
    for _ in 0..ROUNDS {
        for leaf in &leaves {
            let digest = Sha256::digest(leaf);
            last[..32].copy_from_slice(&digest);
            let node = Sha256::digest(last);
            last[32..64].copy_from_slice(&node);
        }
    }
    let each = count(leaves.len() as u64) * f64::from(ROUNDS);
    std::hint::black_box(last);
    each / started.elapsed().as_secs_f64()
}
