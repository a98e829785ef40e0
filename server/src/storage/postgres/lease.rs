//! A connection of the pool while it is in use. Each call has an end. One that was
//! given up amid a call or a transaction is closed and never given back; and whoever
//! waits for the pool to take one back waits with a limit, which sqlx has none for: it
//! asks every connection for a sign of life first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{PgConnection, Postgres, pool::PoolConnection, postgres::PgQueryResult};
use tokio::time::{error::Elapsed, timeout};

use super::{
    sqlstate,
    terms::{LONG_CALL_LIMIT, Terms},
};
use crate::storage::StoreError;

/// How long the sign of life of a connection may take.
pub(super) const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// What the server is told besides, of a call that no person waits for.
const WAIT_LONGER: &str = "SET statement_timeout = '10min'";

/// How long a COMMIT is waited for: as long as a person's request lives.
const COMMIT_LIMIT: Duration = Duration::from_secs(30);

/// A connection of the pool.
pub(in crate::storage) struct Lease {
    /// `None` only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    silence: Arc<Silence>,
    terms: Terms,
    limit: Duration,
    /// Whether a call was begun and has not ended.
    is_out: bool,
    transaction: Transaction,
    /// Whether calls may take as long as going through everything does.
    waits_longer: bool,
    /// Whether it leads to where nothing can be written.
    is_misled: bool,
}

/// What a connection is amid of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    None,
    /// One around reads, since a pooler lends a connection for no less. Nothing is lost
    /// with it.
    OfReads,
    /// One that somebody began.
    Begun,
}

impl Lease {
    /// One on these terms.
    pub(super) const fn new(
        connection: PoolConnection<Postgres>,
        silence: Arc<Silence>,
        terms: Terms,
    ) -> Self {
        Self {
            connection: Some(connection),
            silence,
            terms,
            limit: terms.limit(),
            is_out: false,
            transaction: Transaction::None,
            waits_longer: false,
            is_misled: false,
        }
    }

    /// From now on calls may take as long as going through everything does.
    pub(in crate::storage) async fn wait_longer(&mut self) -> Result<(), StoreError> {
        self.waits_longer = true;
        self.limit = LONG_CALL_LIMIT;
        // Where it is lent, the transaction says so that begins now.
        if self.terms.is_lent {
            return Ok(());
        }
        self.say(WAIT_LONGER).await
    }

    /// How long a call may take.
    pub(in crate::storage) const fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether a statement that was prepared is there at the next call, too.
    pub(in crate::storage) const fn keeps_statements(&self) -> bool {
        !self.terms.is_lent
    }

    /// Before each call: where a connection is lent, several messages of one call, and
    /// several calls, belong into one transaction, or the next of them reaches another
    /// connection.
    pub(in crate::storage) async fn ready(&mut self) -> Result<(), StoreError> {
        if self.terms.is_lent && self.transaction == Transaction::None {
            self.transaction = Transaction::OfReads;
            self.say(self.terms.begin(self.waits_longer)).await?;
        }
        Ok(())
    }

    /// The connection for one call, whose outcome goes to [`Self::back`].
    pub(in crate::storage) fn out(&mut self) -> &mut PgConnection {
        self.is_out = true;
        // It is there for as long as the lease is.
        #[expect(clippy::expect_used, reason = "taken by `drop` alone")]
        self.connection.as_mut().expect("a lease is dropped once")
    }

    /// What came of a call within its limit.
    pub(in crate::storage) fn back<T, E: Into<StoreError>>(
        &mut self,
        outcome: Result<Result<T, E>, Elapsed>,
    ) -> Result<T, StoreError> {
        match outcome {
            Ok(result) => {
                self.is_out = false;
                result.map_err(|error| self.look_at(error.into()))
            }
            Err(_elapsed) => {
                self.silence.noticed();
                tracing::warn!(limit = ?self.limit, "the database is silent: a connection is closed");
                Err(StoreError::Silent)
            }
        }
    }

    /// Where nothing can be written, a standby may answer now: what is open is not used
    /// again, and the address may lead elsewhere next time.
    fn look_at(&mut self, error: StoreError) -> StoreError {
        if is_of_a_standby(&error) {
            self.is_misled = true;
            self.silence.noticed();
        }
        error
    }

    /// Begins a transaction, or takes that of its reads for it.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.transaction, Transaction::Begun) == Transaction::None {
            self.say(self.terms.begin(self.waits_longer)).await?;
        }
        Ok(())
    }

    /// Begins one that reads what was committed at the exported snapshot. It ends with
    /// the connection.
    pub(super) async fn show(&mut self, snapshot: &str) -> Result<(), StoreError> {
        self.transaction = Transaction::Begun;
        self.say("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        // No value may stand there, so the name is quoted; it is the server's own.
        let quoted = snapshot.replace('\'', "''");
        let set = sqlx::AssertSqlSafe(format!("SET TRANSACTION SNAPSHOT '{quoted}'"));
        let limit = self.limit;
        let said = timeout(limit, sqlx::raw_sql(set).execute(self.out())).await;
        self.back::<PgQueryResult, _>(said).map(drop)
    }

    /// Ends it, durably. That may wait for a disk or a standby, and no limit of the
    /// server's is over it: a slow one is not taken for a silent connection.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        let call = sqlx::raw_sql("COMMIT").execute(self.out());
        let Ok(said) = timeout(COMMIT_LIMIT, call).await else {
            tracing::warn!(limit = ?COMMIT_LIMIT, "a COMMIT is not waited for any more");
            return Err(StoreError::Silent);
        };
        self.is_out = false;
        said?;
        self.transaction = Transaction::None;
        Ok(())
    }

    /// Undoes it. Where that can't be said, closing does it.
    pub(super) async fn roll_back(&mut self) {
        if !self.is_out && self.say("ROLLBACK").await.is_ok() {
            self.transaction = Transaction::None;
        }
    }

    /// A statement without values.
    pub(super) async fn say(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let limit = self.limit;
        let said = timeout(limit, sqlx::raw_sql(sql).execute(self.out())).await;
        self.back::<PgQueryResult, _>(said).map(drop)
    }

    /// Whether nobody may use it any more.
    fn is_spent(&self) -> bool {
        self.is_out
            || self.is_misled
            || self.transaction == Transaction::Begun
            // Nobody else gets one whose server was told to wait longer.
            || (self.waits_longer && !self.terms.is_lent)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if self.is_spent() {
            connection.close_on_drop();
            return;
        }
        let silence = Arc::clone(&self.silence);
        let ends_reads = self.transaction == Transaction::OfReads;
        // Without a runtime nothing is left that would use it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if !ends_reads {
            let returned = connection.return_to_pool();
            runtime.spawn(async move {
                // Given up, it is closed and its place is free.
                if timeout(SIGN_OF_LIFE, returned).await.is_err() {
                    silence.noticed();
                }
            });
            return;
        }
        // Only once its transaction has ended it is another's to use.
        connection.close_on_drop();
        runtime.spawn(async move {
            let returned = timeout(SIGN_OF_LIFE, async {
                let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
                if ended.is_ok() {
                    connection.return_to_pool().await;
                }
            });
            if returned.await.is_err() {
                silence.noticed();
            }
        });
    }
}

/// Of a standby, or where an administrator said that nothing is to be written.
fn is_of_a_standby(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(error) if sqlstate::is(error, sqlstate::READ_ONLY))
}

/// When a connection was last found silent. What goes silent is mostly the way to the
/// database, and with it all connections that were open then.
#[derive(Debug)]
pub(super) struct Silence {
    began: Instant,
    /// Milliseconds after `began`; negative is never.
    last: AtomicI64,
}

impl Silence {
    pub(super) fn none() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            last: AtomicI64::new(-1),
        })
    }

    /// A connection was silent at this moment.
    pub(super) fn noticed(&self) {
        self.last.fetch_max(self.now(), Ordering::Relaxed);
    }

    /// Whether a connection of this age was there already when one was silent.
    pub(super) fn was_within(&self, age: Duration) -> bool {
        let opened = self.now() - i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let last = self.last.load(Ordering::Relaxed);
        last >= 0 && opened <= last
    }

    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_open_at_a_silence_is_not_trusted() {
        let silence = Silence::none();
        assert!(!silence.was_within(Duration::ZERO));
        silence.noticed();
        assert!(silence.was_within(Duration::from_secs(1)));
        // One that is opened from the next millisecond on is none of those.
        let silenced = silence.now();
        while silence.now() == silenced {}
        assert!(!silence.was_within(Duration::ZERO));
    }
}
