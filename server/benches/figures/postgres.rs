//! 冻结 on PostgreSQL, and what is left of it after its way fell silent. The server is
//! the one at `TEST_POSTGRES_URL`, which `cargo xtask bench` starts, on this machine's
//! disk and with `fsync`.

use std::time::{Duration, Instant};

use server::storage::{Act, SharedStore};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use test_support::{
    bad_way::BadWay,
    database::{TestDatabase, on_postgres, open},
};
use tokio::task::JoinSet;

use crate::{
    data::{ENTERPRISE, SESSION, card_id, keys, now},
    freeze,
    report::{Report, Times},
    rounds::Rounds,
};

/// Clients at once, and the floor's acts in a commit.
const CLIENTS: u32 = 128;

/// Acts of a round.
const ACTS: u32 = 2560;

/// Times that floor and store take turns.
const ROUNDS: u32 = 5;

/// Silences that are looked at.
const SILENCES: u32 = 5;

/// Throughput is looked at for so long at a time.
const WINDOW: Duration = Duration::from_millis(250);

/// Measures both.
pub(crate) async fn measure() -> Report {
    let (send, mut receive) = tokio::sync::mpsc::channel(1);
    on_postgres(async move |database: TestDatabase| {
        let mut report = Report::default();
        fill(&database).await;
        freezes(&database, &mut report).await;
        silences(&database, &mut report).await;
        send.send(report).await.unwrap();
    })
    .await;
    receive.recv().await.unwrap()
}

/// The cards of the other register, as PostgreSQL writes them.
async fn fill(database: &TestDatabase) {
    let sql = format!(
        "INSERT INTO enterprises VALUES ('{ENTERPRISE}', '91110000MA0000001X', '示例企业');
         SET session_replication_role = replica;
         CREATE TEMP TABLE number AS SELECT i,
             ('01900000000070008000' || lpad(to_hex(i), 12, '0'))::uuid AS id,
             ('01900000000070009000' || lpad(to_hex(i), 12, '0'))::uuid AS certificate
             FROM generate_series(0, {ACTS}) AS i;
         INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at)
             SELECT certificate, id, decode(lpad(to_hex(i), 32, '0'), 'hex'),
                 decode(repeat('00', 600), 'hex'), decode(lpad(to_hex(i), 64, '0'), 'hex'),
                 'good', 0 FROM number;
         INSERT INTO cards (id, enterprise_id, role, operator_no, holder_name,
                 id_number_cipher, id_number_index, card_no, chip_id, state,
                 certificate_id, issued_at, created_at)
             SELECT id, '{ENTERPRISE}',
                 CASE WHEN i = 0 THEN 'legal_person' ELSE 'operator' END,
                 CASE WHEN i = 0 THEN NULL ELSE lpad(i::text, 8, '0') END, '操作员' || i,
                 decode(repeat('00', 46), 'hex'), sha256(i::text::bytea),
                 '893' || lpad(i::text, 10, '0'), certificate, 'normal', certificate, 0, 0
             FROM number;
         INSERT INTO sessions (token_hash, card_id, enterprise_id, role, created_at,
                 last_seen_at, ends_at)
             SELECT decode('{SESSION}', 'hex'), id, '{ENTERPRISE}', 'legal_person', 0, 0,
                 9000000000000000 FROM number WHERE i = 0;
         SET session_replication_role = DEFAULT;
         ANALYZE;"
    );
    let mut admin = PgConnection::connect(&database.admin_url).await.unwrap();
    admin.execute(AssertSqlSafe(sql)).await.unwrap();
    admin.close().await.unwrap();
    let baseline = || database.store.write_baseline(now(), 100_000);
    while baseline().await.unwrap().is_some() {}
}

/// Every card 正常 again, and the proposals of all of them there.
async fn reset(database: &TestDatabase) {
    let mut admin = PgConnection::connect(&database.admin_url).await.unwrap();
    admin
        .execute(
            "UPDATE cards SET state = 'normal', state_since = NULL, version = 0, \
             state_event = (SELECT seq FROM events WHERE target_card = cards.id \
             AND act = 'register_baseline') WHERE state <> 'normal'; \
             DELETE FROM nonces; CHECKPOINT",
        )
        .await
        .unwrap();
    for number in 1..=ACTS {
        let insert = sqlx::query("INSERT INTO nonces VALUES ($1, 'act', $2, $3, NULL, $4)")
            .bind(freeze::nonce(number).0.to_vec())
            .bind(keys().1.0.to_vec())
            .bind(card_id(number).0)
            .bind(i64::MAX);
        admin.execute(insert).await.unwrap();
    }
    admin.close().await.unwrap();
}

async fn freezes(database: &TestDatabase, report: &mut Report) {
    report.heading(format!("Freeze with its event on PostgreSQL, {ACTS} cards"));
    let (mut together, mut commits) = (Rounds::default(), Vec::new());
    for round in 1..=ROUNDS {
        eprintln!("  freeze on PostgreSQL: round {round} of {ROUNDS}");
        let times = bare(database).await;
        let floor = f64::from(ACTS) / times.iter().sum::<Duration>().as_secs_f64();
        commits.extend(times);
        reset(database).await;
        let mut work: Vec<Vec<Act>> = (0..CLIENTS).map(|_client| Vec::new()).collect();
        let (enterprise, session) = keys();
        for number in 1..=ACTS {
            let client = usize::try_from(number % CLIENTS).unwrap();
            work[client].push(freeze::act(enterprise, session, number));
        }
        let (took, times) = freeze::at_once(&database.store, work).await;
        together.add(floor, (f64::from(ACTS) / took.as_secs_f64(), times));
        reset(database).await;
    }
    let bare = "bare, 128 acts in a commit (floor)";
    report.rate(bare, together.floor(), None);
    let commits = Times::new(commits);
    report.times(bare, &commits, None);
    let ratio = together.ratio();
    report.rate("store, 128 clients", together.rate(), Some(ratio));
    let waited = Times::new(together.into_times());
    report.times("store, 128 clients", &waited, Some(&commits));
    report.waits_of_postgres(&waited, &commits);
}

/// How long a bare commit of so many acts takes: one UPDATE and one INSERT for each.
async fn bare(database: &TestDatabase) -> Vec<Duration> {
    let mut connection = PgConnection::connect(&database.admin_url).await.unwrap();
    let at = now().as_microsecond();
    let (enterprise, _session) = keys();
    let mut times = Vec::new();
    for begin in (1..=ACTS).step_by(usize::try_from(CLIENTS).unwrap()) {
        let started = Instant::now();
        connection.execute("BEGIN").await.unwrap();
        for number in begin..(begin + CLIENTS).min(ACTS + 1) {
            let update = sqlx::query(
                "UPDATE cards SET state = 'frozen', state_since = $1, version = version + 1 \
                 WHERE id = $2 AND enterprise_id = $3 AND state = 'normal' AND version = 0",
            )
            .bind(at)
            .bind(card_id(number).0)
            .bind(enterprise.0);
            let done = connection.execute(update).await.unwrap();
            assert_eq!(done.rows_affected(), 1);
            let event = freeze::event(enterprise, number);
            let insert = sqlx::query(
                "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, \
                 body) VALUES ($1, $2, $3, $4, $5, 'done', $6)",
            )
            .bind(at)
            .bind(enterprise.0)
            .bind(card_id(0).0)
            .bind(event.act.name())
            .bind(card_id(number).0)
            .bind(freeze::body(&event));
            connection.execute(insert).await.unwrap();
        }
        connection.execute("COMMIT").await.unwrap();
        times.push(started.elapsed());
    }
    connection.close().await.unwrap();
    times
}

/// After a connection fell silent: how long until the next answer, and until as many
/// answers come as before. Every second silence is amid as many reads as there are
/// connections.
async fn silences(database: &TestDatabase, report: &mut Report) {
    report.heading(String::from("After PostgreSQL's connections fell silent"));
    let (_user, rest) = database.url.split_once('@').unwrap();
    let (host, _path) = rest.split_once('/').unwrap();
    let proxy = BadWay::to(host).await;
    let store = open(&proxy.url(&database.url)).await;
    let (mut answers, mut whole) = (Vec::new(), Vec::new());
    for silence in 1..=SILENCES {
        let before = answers_in_a_window(&store).await;
        eprintln!("  silence {silence} of {SILENCES}: {before} answers in {WINDOW:?} before");
        let amid = (silence % 2 == 0).then(|| {
            let store = store.clone();
            tokio::spawn(async move { answers_in_a_window(&store).await })
        });
        if amid.is_some() {
            tokio::time::sleep(WINDOW / 4).await;
        }
        proxy.silence();
        let started = Instant::now();
        store.log_head().await.unwrap();
        answers.push(started.elapsed());
        loop {
            let began = started.elapsed();
            if answers_in_a_window(&store).await * 10 >= before * 9 {
                whole.push(began);
                break;
            }
            assert!(began < Duration::from_mins(1), "it never was whole again");
        }
        if let Some(amid) = amid {
            amid.await.unwrap();
        }
    }
    store.close().await;
    let (answers, whole) = (Times::new(answers), Times::new(whole));
    report.times("the next answer", &answers, None);
    report.times("90 % of the answers of before, from", &whole, None);
    report.after_silence(&answers, &whole);
}

/// Reads that are answered in a while, by as many clients as there are.
async fn answers_in_a_window(store: &SharedStore) -> u32 {
    let mut reading = JoinSet::new();
    let until = Instant::now() + WINDOW;
    for _ in 0..CLIENTS {
        let store = store.clone();
        reading.spawn(async move {
            let mut answered = 0;
            while Instant::now() < until {
                // What was amid the silence has no answer.
                answered += u32::from(store.log_head().await.is_ok());
            }
            answered
        });
    }
    reading.join_all().await.into_iter().sum()
}
