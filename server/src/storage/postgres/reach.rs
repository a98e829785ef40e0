//! How PostgreSQL is reached: the first connection, which says what is wrong. A pool
//! would try for some seconds and then say that it had none to give.

use std::time::{Duration, Instant};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, error::DatabaseError,
    postgres::PgConnectOptions, query_as, query_scalar,
};
use tokio::time::{sleep, timeout};

use super::{
    address::options_of,
    terms::{Setting, Terms},
};
use crate::{
    config::{self, Pooler},
    storage::{
        OpenError,
        migrations::{self, APPLIED, Applied},
        roles,
    },
};

/// How long the first connection is waited for, and each answer of it.
const FIRST_ANSWER: Duration = Duration::from_secs(5);

/// After this it is tried again, where PostgreSQL may be about to start.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// The way to a database.
pub(super) struct Reach {
    options: PgConnectOptions,
    pooler: Option<Pooler>,
}

impl Reach {
    /// The way that the configuration names.
    pub(super) fn of(database: &config::Database) -> Result<Self, OpenError> {
        let options = options_of(database)?;
        let options = match database.pooler {
            None => options,
            // It knows few parameters, and who is given its connection next would
            // find a statement's name taken.
            Some(Pooler::Transaction) => {
                options.extra_float_digits(None).statement_cache_capacity(0)
            }
        };
        Ok(Self {
            options,
            pooler: database.pooler,
        })
    }

    /// How its connections are made, each with these settings.
    pub(super) fn options(&self, settings: &[Setting]) -> PgConnectOptions {
        let options = self.options.clone();
        if settings.is_empty() {
            options
        } else {
            options.options(settings.iter().copied())
        }
    }

    /// One connection with these settings. Where PostgreSQL is just starting it is
    /// waited for.
    pub(super) async fn connect(&self, settings: &[Setting]) -> Result<PgConnection, OpenError> {
        let (began, options) = (Instant::now(), self.options(settings));
        loop {
            let left = FIRST_ANSWER.saturating_sub(began.elapsed());
            match timeout(left, options.connect()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) if may_be_starting(&error) && TRY_AGAIN < left => {
                    sleep(TRY_AGAIN).await;
                }
                Ok(Err(error)) => return Err(self.refused(error)),
                Err(_elapsed) => return Err(self.no_answer()),
            }
        }
    }

    /// Refuses what is not as it has to be, on a connection with the settings of `terms`:
    /// something that kept them back, a standby where writes are to go, tables of another
    /// version, a role that may not use them.
    pub(super) async fn expect(
        &self,
        connection: &mut PgConnection,
        terms: Terms,
    ) -> Result<(), OpenError> {
        if self.pooler.is_some() {
            // Between two statements the connection may be another one.
            self.ask(connection.execute("BEGIN")).await?;
        }
        for (name, wanted) in terms.told() {
            let sql = "SELECT coalesce(current_setting($1, true), '')";
            let asked = query_scalar(sql).bind(name).persistent(false);
            let found: String = self.ask(asked.fetch_one(&mut *connection)).await?;
            if found != *wanted {
                return Err(OpenError::KeptBack {
                    place: self.place(),
                    setting: name,
                    wanted,
                    found,
                });
            }
        }
        let asked = query_scalar("SELECT pg_is_in_recovery()").persistent(false);
        let is_standby = self.ask(asked.fetch_one(&mut *connection)).await?;
        if is_standby && !terms.is_read_only {
            return Err(OpenError::Standby {
                place: self.place(),
            });
        }
        let applied = self.applied(connection).await?;
        migrations::expect(&migrations::postgres(), &applied)?;
        let missing = AssertSqlSafe(roles::missing(terms.is_read_only));
        let missing = query_scalar(missing).persistent(false);
        let tables: Vec<String> = self.ask(missing.fetch_all(connection)).await?;
        if tables.is_empty() {
            Ok(())
        } else {
            Err(OpenError::LacksRights { tables })
        }
    }

    /// The steps that were run on the database.
    pub(super) async fn applied(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Vec<Applied>, OpenError> {
        let table = query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
        let table = table.persistent(false).fetch_one(&mut *connection);
        if self.ask(table).await? {
            let applied = query_as(APPLIED).persistent(false);
            self.ask(applied.fetch_all(connection)).await
        } else {
            Ok(Vec::new())
        }
    }

    /// An answer of the first connection.
    async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, OpenError> {
        match timeout(FIRST_ANSWER, asked).await {
            Ok(answer) => answer.map_err(|source| self.refused(source)),
            Err(_elapsed) => Err(self.no_answer()),
        }
    }

    /// What the first connection came upon.
    fn refused(&self, source: sqlx::Error) -> OpenError {
        let place = self.place();
        if self.pooler.is_none() && does_not_know_us(&source) {
            OpenError::Pooler { place, source }
        } else {
            OpenError::Refused { place, source }
        }
    }

    fn no_answer(&self) -> OpenError {
        OpenError::NoAnswer {
            place: self.place(),
            limit: FIRST_ANSWER,
        }
    }

    /// Host and port, or the socket: what of the address is no secret.
    pub(super) fn place(&self) -> String {
        let port = self.options.get_port();
        match self.options.get_socket() {
            Some(socket) => format!("{} (port {port})", socket.display()),
            None => format!("{}:{port}", self.options.get_host()),
        }
    }
}

/// Nobody listens yet, or PostgreSQL says that it is not ready (appendix A,
/// `cannot_connect_now`).
fn may_be_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        error => code(error).as_deref() == Some("57P03"),
    }
}

/// A greeting that PostgreSQL understands was not understood (`protocol_violation`): a
/// pooler takes the parameters of a connection that it knows, and no others.
fn does_not_know_us(error: &sqlx::Error) -> bool {
    code(error).as_deref() == Some("08P01")
}

fn code(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error().and_then(DatabaseError::code)
}
