//! Somebody with the whole database in their hands changes the past: every
//! column of every event, every deletion, swaps, copies, truncation, another
//! log under a stolen key, an older copy of the database, and the register beside
//! the log. All of it is found,
//! and each by its name.
//!
//! `IC_CARD_EXHAUSTIVE=1` (`cargo xtask test audit-attacks`) has 100 000
//! events; otherwise it is a sample.

mod events;
mod log;
mod register;
mod signatures;
mod signed;
mod signers;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use event_log::{
    keys::AuditKeys,
    verify::{Finding, Options, Report},
};
use server::audit::Sequencer;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};
use test_support::database::{TestDatabase, on_sqlite};
use zeroize::Zeroizing;

use super::{
    edits::Edit,
    log_fixture::{LogFixture, later, sentences},
};

/// What somebody does who wants to change an event.
const UNBOUND: &str = "PRAGMA foreign_keys = OFF; DROP TRIGGER events_are_never_changed; \
     DROP TRIGGER events_are_never_deleted; PRAGMA ignore_check_constraints = ON;";

/// The columns of an event that is copied.
const COLUMNS: &str = "at, enterprise_id, actor_card, act, target_card, outcome, body";

fn size() -> u32 {
    if std::env::var("IC_CARD_EXHAUSTIVE").is_ok_and(|value| value == "1") {
        100_000
    } else {
        2_000
    }
}

/// The log, and a place for copies of it.
struct Attacks {
    fixture: LogFixture,
    original: PathBuf,
    events: u64,
}

impl Attacks {
    async fn new(database: &TestDatabase, size: u32) -> Self {
        let fixture = LogFixture::new(database, size).await;
        let original = fixture.folder.path().join("original.db");
        let into = format!("VACUUM INTO '{}'", original.display());
        database.raw(&into).await.unwrap();
        let good = fixture.verify_at(&url(&original), &fixture.options()).await;
        assert_eq!(sentences(&good), Vec::<String>::new());
        assert!(good.events >= u64::from(size), "{good:?}");
        assert_eq!((good.events, good.waiting), (good.size, 0));
        assert_eq!(good.signatures, 12);
        Self {
            fixture,
            original,
            events: good.events,
        }
    }

    /// How many events of the original are so.
    async fn count(&self, clause: &str) -> u64 {
        let mut connection = SqliteConnection::connect(&url(&self.original))
            .await
            .unwrap();
        let sql = format!("SELECT count(*) FROM events WHERE {clause}");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        u64::try_from(count).unwrap()
    }

    /// A copy on which `sql` was run.
    async fn copy(&self, sql: &str) -> PathBuf {
        let copy = self.fixture.folder.path().join("copy.db");
        for suffix in ["", "-wal", "-shm"] {
            let _not_there = fs::remove_file(format!("{}{suffix}", copy.display()));
        }
        fs::copy(&self.original, &copy).unwrap();
        let mut connection = SqliteConnection::connect(&url(&copy)).await.unwrap();
        let script = format!("{UNBOUND} {sql}");
        connection.execute(AssertSqlSafe(script)).await.unwrap();
        connection.close().await.unwrap();
        copy
    }

    /// The body of an event of the original.
    fn body(&self, seq: &str) -> Vec<u8> {
        let connection = rusqlite::Connection::open(&self.original).unwrap();
        let sql = format!("SELECT body FROM events WHERE seq = {seq}");
        connection.query_row(&sql, (), |row| row.get(0)).unwrap()
    }

    /// A copy in which bodies were changed, of one event or of all; and of how
    /// many.
    async fn copy_with(&self, edit: Edit, only: Option<u64>) -> (PathBuf, u64) {
        let copy = self.copy("").await;
        // Its statements need no thread of their own each.
        let mut connection = rusqlite::Connection::open(&copy).unwrap();
        let transaction = connection.transaction().unwrap();
        let mut count = 0;
        {
            let of = only.map_or_else(String::new, |seq| format!(" WHERE seq = {seq}"));
            let mut select = transaction
                .prepare(&format!("SELECT seq, body FROM events{of}"))
                .unwrap();
            let rows: Vec<(i64, Vec<u8>)> = select
                .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let mut update = transaction
                .prepare("UPDATE events SET body = ?2 WHERE seq = ?1")
                .unwrap();
            for (seq, body) in rows {
                if let Some(changed) = edit(&body) {
                    assert_ne!(changed, body);
                    count += update.execute((seq, changed)).unwrap() as u64;
                }
            }
        }
        transaction.commit().unwrap();
        (copy, count)
    }

    /// What is found after `sql`.
    async fn after(&self, sql: &str, options: &Options) -> Report {
        let copy = self.copy(sql).await;
        self.fixture.verify_at(&url(&copy), options).await
    }

    /// The log alone: its signatures are another pass.
    fn log_only(&self) -> Options {
        Options {
            signatures: false,
            ..self.fixture.options()
        }
    }

    /// Has the copy's log made anew with these keys, whatever it was.
    async fn rewrite(&self, copy: &Path, keys: &Arc<AuditKeys>) {
        let mut connection = SqliteConnection::connect(&url(copy)).await.unwrap();
        let wiped = "DELETE FROM log_leaves; DELETE FROM log_tiles; DELETE FROM log_checkpoints; \
             UPDATE log_head SET size = 0, settled = 0";
        connection.execute(wiped).await.unwrap();
        connection.close().await.unwrap();
        let store = test_support::database::open(&url(copy)).await;
        let mut sequencer = Sequencer::new(None);
        sequencer.run(store.as_ref(), keys, later()).await.unwrap();
        store.close().await;
    }
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// A body as a statement sets it.
fn bytes(body: &[u8]) -> String {
    format!("body = x'{}'", card_protocol::hex::encode(body))
}

/// The keys of somebody else.
fn stranger() -> Arc<AuditKeys> {
    let seed = |byte| Zeroizing::new(vec![byte; 32]);
    Arc::new(AuditKeys::from_seeds(&seed(8), &seed(9)).unwrap())
}

/// Whether a finding is there, or the findings.
#[track_caller]
fn found(report: &Report, what: &str, is: impl Fn(&Finding) -> bool) {
    assert!(
        report.findings.iter().any(is),
        "{what} was not found: {:?}",
        sentences(report)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_of_the_past_is_found() {
    on_sqlite(async |database| {
        let attacks = Attacks::new(&database, size()).await;
        let mut count = events::edits(&attacks).await;
        count += events::deletions(&attacks).await;
        count += events::swaps(&attacks).await;
        count += signatures::copies(&attacks).await;
        count += register::register(&attacks).await;
        count += signed::signed(&attacks, &database).await;
        count += log::log_tables(&attacks).await;
        count += log::stolen_keys(&attacks).await;
        count += log::older_copies(&attacks, &database).await;
        // Past the test's own capture: the count is wanted every time.
        let _closed = writeln!(
            std::io::stderr(),
            "audit attacks: {count} on a log of {} events, all found",
            attacks.events
        );
    })
    .await;
}
