//! How PostgreSQL is reached: what of its address counts, and the first connection,
//! which says what is wrong. A pool would try for some seconds and then say that it had
//! none to give.

use std::time::{Duration, Instant};

use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions, query_as, query_scalar};
use tokio::time::{sleep, timeout};
use tracing::subscriber::{NoSubscriber, with_default};

use crate::{
    config,
    storage::{
        OpenError,
        migrations::{self, APPLIED, Applied},
    },
};

/// How long the first connection is waited for.
const FIRST_CONNECTION: Duration = Duration::from_secs(5);

/// After this it is tried again, where PostgreSQL may be about to start.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// What may follow the `?`, of what sqlx reads: how statements are kept is ours.
const PARAMETERS: [&str; 17] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// The way to a database.
pub(super) struct Reach {
    options: PgConnectOptions,
}

impl Reach {
    /// The way that the configuration names, the environment (`PGHOST` …) included.
    pub(super) fn of(database: &config::Database) -> Result<Self, OpenError> {
        if let Some(place) = unknown_parameter(&database.url) {
            return Err(OpenError::UnknownParameter { place });
        }
        // sqlx logs what it does not know, values and all.
        let options = with_default(NoSubscriber::default(), || database.url.parse());
        let options = options.map_err(OpenError::BadAddress)?;
        Ok(Self { options })
    }

    /// How its connections are made, each with these settings.
    pub(super) fn options(&self, settings: &[(&str, &str)]) -> PgConnectOptions {
        let options = self.options.clone();
        options.options(settings.iter().copied())
    }

    /// One connection with these settings. Where PostgreSQL is just starting it is
    /// waited for.
    pub(super) async fn connect(
        &self,
        settings: &[(&str, &str)],
    ) -> Result<PgConnection, OpenError> {
        let (began, options) = (Instant::now(), self.options(settings));
        loop {
            let left = FIRST_CONNECTION.saturating_sub(began.elapsed());
            match timeout(left, options.connect()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) if may_be_starting(&error) && TRY_AGAIN < left => {
                    sleep(TRY_AGAIN).await;
                }
                Ok(Err(error)) => return Err(self.refused(error)),
                Err(_elapsed) => {
                    return Err(OpenError::NoAnswer {
                        place: self.place(),
                        limit: FIRST_CONNECTION,
                    });
                }
            }
        }
    }

    /// The steps that were run on the database.
    pub(super) async fn applied(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Vec<Applied>, OpenError> {
        let table = query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL");
        let is_there = self.ask(table.fetch_one(&mut *connection)).await?;
        if is_there {
            self.ask(query_as(APPLIED).fetch_all(connection)).await
        } else {
            Ok(Vec::new())
        }
    }

    /// Refuses a database whose tables are not those of this program.
    pub(super) async fn expect(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        let applied = self.applied(connection).await?;
        migrations::expect(&migrations::postgres(), &applied)
    }

    /// An answer of the first connection.
    async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, OpenError> {
        match timeout(FIRST_CONNECTION, asked).await {
            Ok(answer) => answer.map_err(|source| self.refused(source)),
            Err(_elapsed) => Err(OpenError::NoAnswer {
                place: self.place(),
                limit: FIRST_CONNECTION,
            }),
        }
    }

    /// What the first connection came upon.
    fn refused(&self, source: sqlx::Error) -> OpenError {
        OpenError::Refused {
            place: self.place(),
            source,
        }
    }

    /// Host and port, or the socket: what of the address is no secret.
    fn place(&self) -> String {
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
        sqlx::Error::Database(error) => error.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

/// The place of the first parameter that is none.
fn unknown_parameter(url: &str) -> Option<usize> {
    let (_address, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut keys = parameters.map(|parameter| parameter.split('=').next().unwrap_or_default());
    let unknown = |key: &str| !PARAMETERS.contains(&key) && !key.starts_with("options[");
    keys.position(unknown).map(|position| position + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_nobody_knows_is_named_by_its_place_alone() {
        let database = |url: &str| config::Database::at(url);
        for good in [
            "postgres://u:p@h/d",
            "postgres://u:p@h/d?sslmode=verify-full&sslrootcert=/ca.pem",
            "postgres:///d?host=/run/postgresql&user=u&options=-c%20a=b&options[c]=d",
        ] {
            assert_eq!(unknown_parameter(good), None, "{good}");
            Reach::of(&database(good)).unwrap();
        }
        for (url, place) in [
            ("postgres://u:p@h/d?sslmod=verify-full", 1),
            ("postgres://u:p@h/d?sslmode=require&pasword=secret", 2),
            // A password with a question mark in it.
            ("postgres://u:p?secret&more@h/d", 1),
        ] {
            assert_eq!(unknown_parameter(url), Some(place), "{url}");
            let error = Reach::of(&database(url)).map(drop).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(!said.contains("secret"), "{said}");
        }
    }
}
