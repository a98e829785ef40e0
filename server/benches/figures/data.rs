//! A register of invented cards in a temporary folder. The rows are written
//! behind the store's back, by one statement; the store opens the file as it
//! opens any other.

use std::{fs::File, path::Path, time::Instant};

use card_domain::{CardId, CardState, EnterpriseId, Role};
use event_log::{
    CardFacts,
    card_facts::{CertificateFacts, CertificateStanding},
};
use jiff::Timestamp;
use server::{
    config::Database,
    storage::{Explained, SharedStore, TokenHash, migrate, open},
};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tempfile::TempDir;
use uuid::Uuid;

/// A store with the enterprise and the cards that the figures are measured on.
pub(crate) struct Register {
    pub(crate) store: SharedStore,
    pub(crate) cards: u32,
    pub(crate) enterprise: EnterpriseId,
    pub(crate) session: TokenHash,
    path: std::path::PathBuf,
    folder: TempDir,
}

/// Cards that are written at once; each such part is told.
const BATCH: u32 = 100_000;

/// The keys of its one enterprise and of the legal person's session, as SQL has them.
pub(crate) const ENTERPRISE: &str = "01010101010101010101010101010101";
pub(crate) const SESSION: &str = "0303030303030303030303030303030303030303030303030303030303030303";

/// The time of the benchmark; nothing in it depends on the clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// The key of the card with this number.
pub(crate) fn card_id(number: u32) -> CardId {
    CardId(Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number),
    ))
}

/// The same as the store has them.
pub(crate) fn keys() -> (EnterpriseId, TokenHash) {
    (EnterpriseId(Uuid::from_bytes([1; 16])), TokenHash([3; 32]))
}

/// What decides about an operator's card of the filling, and the event that says so.
pub(crate) fn explained(number: u32) -> Explained {
    let digest = format!("{number:064x}");
    Explained {
        event: i64::from(number) + 1,
        facts: CardFacts {
            enterprise: Uuid::from_bytes([1; 16]),
            role: Role::Operator,
            operator_no: Some(format!("{number:08}")),
            state: CardState::Normal,
            card_no: Some(format!("893{number:010}")),
            chip_id: Some(certificate_id(number)),
            certificate: Some(CertificateFacts {
                sha256: digest,
                standing: CertificateStanding::Good,
                key: None,
            }),
            held: None,
            card_key: None,
            attestation: None,
            puk_generation: 0,
            puk_known: true,
            names: None,
        },
    }
}

/// The key of its certificate.
pub(crate) fn certificate_id(number: u32) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0000 + u128::from(number))
}

/// The cards of these numbers with their certificates.
fn part(begin: u32, end: u32) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "DELETE FROM number;
         INSERT INTO number
             WITH RECURSIVE n(i) AS (SELECT {begin} UNION ALL SELECT i + 1 FROM n WHERE i < {end})
             SELECT i, unhex(printf('019000000000700080000000%08x', i)),
                 unhex(printf('019000000000700090000000%08x', i)) FROM n;
         INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at)
             SELECT certificate, id, unhex(printf('%032x', i)), zeroblob(600),
                 unhex(printf('%064x', i)), 'good', 0 FROM number;
         INSERT INTO cards (id, enterprise_id, role, operator_no, holder_name,
                 id_number_cipher, id_number_index, card_no, chip_id, state,
                 certificate_id, issued_at, last_login_at, created_at)
             SELECT id, x'{ENTERPRISE}', iif(i = 0, 'legal_person', 'operator'),
                 iif(i = 0, NULL, printf('%08d', i)), '操作员' || i, zeroblob(46),
                 randomblob(32), printf('893%010d', i), certificate, 'normal', certificate,
                 0, iif(i % 3 = 0, NULL, 1000000 + i), 0 FROM number;"
    ))
}

impl Register {
    /// Makes a register with so many operator cards in one enterprise.
    pub(crate) async fn fill(cards: u32) -> Self {
        let register = Self::rows(cards).await;
        register.explain().await;
        register
    }

    /// Has the log vouch for the cards, in the order of their keys.
    pub(crate) async fn explain(&self) {
        let started = Instant::now();
        let baseline = || self.store.write_baseline(now(), BATCH);
        while baseline().await.unwrap().is_some() {}
        while self.store.write_search_keys(BATCH).await.unwrap() > 0 {}
        eprintln!("explained, {:.1} s", started.elapsed().as_secs_f64());
    }

    /// The rows alone, which no event explains yet.
    pub(crate) async fn rows(cards: u32) -> Self {
        let started = Instant::now();
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("register.db");
        let url = format!("sqlite:{}", path.display());
        let database = Database::at(url);
        migrate(&database).await.unwrap();

        let (enterprise, session) = keys();
        let mut connection = SqliteConnectOptions::new()
            .filename(&path)
            .foreign_keys(false)
            .pragma("synchronous", "OFF")
            .pragma("cache_size", "-400000")
            .connect()
            .await
            .unwrap();
        let first = format!(
            "INSERT INTO enterprises VALUES (x'{ENTERPRISE}', '91110000MA0000001X', '示例企业');
             CREATE TEMP TABLE number (i INTEGER PRIMARY KEY, id BLOB, certificate BLOB);"
        );
        connection.execute(AssertSqlSafe(first)).await.unwrap();
        // Number 0 is the legal person's.
        let mut begin = 0;
        while begin <= cards {
            let end = begin.next_multiple_of(BATCH).max(BATCH).min(cards);
            connection.execute(part(begin, end)).await.unwrap();
            eprintln!(
                "  filling: {end} of {cards} cards, {:.1} s",
                started.elapsed().as_secs_f64()
            );
            begin = end + 1;
        }
        let last = format!(
            "INSERT INTO sessions (token_hash, card_id, enterprise_id, role, created_at,
                 last_seen_at, ends_at)
             VALUES (x'{SESSION}', (SELECT id FROM cards WHERE operator_no IS NULL),
                 x'{ENTERPRISE}', 'legal_person', 0, 0, 9000000000000000);"
        );
        connection.execute(AssertSqlSafe(last)).await.unwrap();
        connection.close().await.unwrap();
        // The system must not be writing it down still while commits are measured.
        File::open(&path).unwrap().sync_all().unwrap();
        eprintln!(
            "{cards} cards on the disk, {:.1} s",
            started.elapsed().as_secs_f64()
        );
        let store = open(&database).await.unwrap();
        Self {
            store,
            cards,
            enterprise,
            session,
            path,
            folder,
        }
    }

    /// A bare connection, set as the store sets its own.
    pub(crate) async fn connection(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("cache_size", "-16384")
            .pragma("wal_autocheckpoint", "4000")
            .connect()
            .await
            .unwrap()
    }

    /// Every card 正常 again, and the journal empty, between two measurements.
    pub(crate) async fn reset(&self) {
        let mut connection = self.connection().await;
        connection
            .execute(
                "UPDATE cards SET state = 'normal', state_since = NULL, version = 0, \
                 state_event = (SELECT seq FROM events WHERE target_card = cards.id \
                 AND act = 'register_baseline') WHERE state <> 'normal'; \
                 DELETE FROM nonces; \
                 PRAGMA wal_checkpoint(TRUNCATE)",
            )
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    /// How many rows there are: what was acknowledged has to be there.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let mut connection = self.connection().await;
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let row = connection.fetch_one(count).await.unwrap();
        connection.close().await.unwrap();
        row.get(0)
    }

    /// The address of the store's database, for connections beside it.
    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }

    /// Where the files are; it goes with them.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Closes the store and removes the files.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }
}
