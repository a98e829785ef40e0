//! How PostgreSQL is reached: the first connection, which says what is wrong. A pool
//! would try for some seconds and then say that it had none to give.

use std::time::{Duration, Instant};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, postgres::PgConnectOptions,
    query_as, query_scalar,
};
use tokio::time::{sleep, timeout};

use super::{
    address::options_of,
    sqlstate,
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

/// What a connection asks for that has to be a session of PostgreSQL. It is no parameter
/// of PostgreSQL's: only where what we say at the beginning gets there it is known.
const OWN_SESSION: Setting = ("ic_card.session", "own");

/// The way to a database.
pub(super) struct Reach {
    options: PgConnectOptions,
    pooler: Option<Pooler>,
    needs_session: bool,
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
            needs_session: false,
        })
    }

    /// The way past a pooler, for what needs a session of PostgreSQL from its beginning to
    /// its end: the lock of the migrations, an exported snapshot, `pg_dump`. An address
    /// that leads to a pooler all the same is refused
    /// ([`OpenError::NeedsOwnAddress`]).
    pub(super) fn at_the_database(database: &config::Database) -> Result<Self, OpenError> {
        Ok(Self {
            options: options_of(database)?,
            pooler: None,
            needs_session: true,
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
        let own = self.needs_session.then_some(OWN_SESSION);
        let settings: Vec<_> = settings.iter().copied().chain(own).collect();
        let (began, options) = (Instant::now(), self.options(&settings));
        loop {
            let left = FIRST_ANSWER.saturating_sub(began.elapsed());
            match timeout(left, options.connect()).await {
                Ok(Ok(mut connection)) => {
                    if self.needs_session && !self.is_own_session(&mut connection).await? {
                        return Err(OpenError::NeedsOwnAddress {
                            place: self.place(),
                        });
                    }
                    return Ok(connection);
                }
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
            let found = self.setting(connection, name).await?;
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

    /// Whether what was asked for at the beginning of a connection is there.
    async fn is_own_session(&self, connection: &mut PgConnection) -> Result<bool, OpenError> {
        let (name, own) = OWN_SESSION;
        Ok(self.setting(connection, name).await? == own)
    }

    /// A parameter of a connection, empty where it is not known.
    async fn setting(
        &self,
        connection: &mut PgConnection,
        name: &'static str,
    ) -> Result<String, OpenError> {
        let sql = "SELECT coalesce(current_setting($1, true), '')";
        let asked = query_scalar(sql).bind(name).persistent(false);
        self.ask(asked.fetch_one(connection)).await
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
        match (does_not_know_us(&source), self.pooler) {
            (true, None) if self.needs_session => OpenError::NeedsOwnAddress { place },
            (true, None) => OpenError::Pooler { place, source },
            _ => OpenError::Refused { place, source },
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

/// Nobody listens yet, or PostgreSQL says that it is not ready.
fn may_be_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        error => sqlstate::is(error, sqlstate::CANNOT_CONNECT_NOW),
    }
}

/// A greeting that PostgreSQL understands was not understood.
fn does_not_know_us(error: &sqlx::Error) -> bool {
    sqlstate::is(error, sqlstate::PROTOCOL_VIOLATION)
}
