//! A register of invented cards in a temporary folder. The rows are written
//! behind the store's back, by one statement; the store opens the file as it
//! opens any other.

use std::time::Instant;

use card_domain::{CardId, EnterpriseId};
use jiff::Timestamp;
use server::storage::{SharedStore, TokenHash, open};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tempfile::TempDir;
use uuid::Uuid;

/// The register.
pub(crate) struct Register {
    pub(crate) store: SharedStore,
    pub(crate) cards: u32,
    pub(crate) enterprise: EnterpriseId,
    pub(crate) session: TokenHash,
    path: std::path::PathBuf,
    _folder: TempDir,
}

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

impl Register {
    /// Makes a register with so many operator cards in one enterprise.
    pub(crate) async fn fill(cards: u32) -> Self {
        let started = Instant::now();
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = folder.path().join("register.db");
        let url = format!("sqlite:{}", path.display());
        // Makes the tables.
        open(&url).await.unwrap().close().await;

        let enterprise = EnterpriseId(Uuid::from_bytes([1; 16]));
        let session = TokenHash([3; 32]);
        let mut connection = SqliteConnectOptions::new()
            .filename(&path)
            .foreign_keys(false)
            .pragma("synchronous", "OFF")
            .pragma("cache_size", "-400000")
            .connect()
            .await
            .unwrap();
        // Number 0 is the legal person's card.
        let fill = format!(
            "INSERT INTO enterprises VALUES (x'{enterprise}', 'BENCH', '示例企业');
             CREATE TEMP TABLE number AS
                 WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT {cards} + 1)
                 SELECT i, unhex(printf('019000000000700080000000%08x', i)) AS id,
                     unhex(printf('019000000000700090000000%08x', i)) AS certificate FROM n;
             INSERT INTO certificates
                 SELECT certificate, id, unhex(printf('%032x', i)), zeroblob(600),
                     unhex(printf('%064x', i)), 'good', 0 FROM number;
             INSERT INTO cards (id, enterprise_id, role, operator_no, holder_name,
                     id_number_cipher, id_number_index, card_no, chip_id, state,
                     certificate_id, issued_at, last_login_at, created_at)
                 SELECT id, x'{enterprise}', iif(i = 0, 'legal_person', 'operator'),
                     iif(i = 0, NULL, printf('%08d', i)), '操作员' || i, zeroblob(46),
                     randomblob(32), printf('893%010d', i), certificate, 'normal', certificate,
                     0, iif(i % 3 = 0, NULL, 1000000 + i), 0 FROM number;
             INSERT INTO sessions VALUES (x'{session}', (SELECT id FROM number WHERE i = 0),
                 x'{enterprise}', 'legal_person', 0, 0, 9000000000000000, NULL, NULL);
             DROP TABLE number;",
            enterprise = "01".repeat(16),
            session = "03".repeat(32),
        );
        connection.execute(AssertSqlSafe(fill)).await.unwrap();
        connection.close().await.unwrap();
        eprintln!("{cards} cards in {:.1} s", started.elapsed().as_secs_f64());
        Self {
            store: open(&url).await.unwrap(),
            cards,
            enterprise,
            session,
            path,
            _folder: folder,
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
                "UPDATE cards SET state = 'normal', state_since = NULL, version = 0 \
                 WHERE state <> 'normal'; \
                 DELETE FROM nonces; \
                 PRAGMA wal_checkpoint(TRUNCATE)",
            )
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    /// How many events there are: what was acknowledged has to be there.
    pub(crate) async fn count_events(&self) -> i64 {
        let mut connection = self.connection().await;
        let row = connection
            .fetch_one("SELECT count(*) FROM events")
            .await
            .unwrap();
        connection.close().await.unwrap();
        row.get(0)
    }

    /// Closes the store and removes the files.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }
}
