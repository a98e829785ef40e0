//! What an address of PostgreSQL has to be before anything goes there: without a word
//! that nobody knows, and over a protected way.

use std::net::IpAddr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::{
    config::{self, postgres_options},
    storage::OpenError,
};

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

/// What is really used of the configuration, the environment (`PGHOST`, `PGSSLMODE` …)
/// included.
pub(super) fn options_of(database: &config::Database) -> Result<PgConnectOptions, OpenError> {
    if let Some(place) = unknown_parameter(&database.url) {
        return Err(OpenError::UnknownParameter { place });
    }
    let options = postgres_options(&database.url)?;
    if !is_on_this_machine(&options) && !is_verified(&options) {
        if !database.insecure_network {
            return Err(OpenError::NotProtected {
                host: options.get_host().to_owned(),
            });
        }
        tracing::warn!(
            host = options.get_host(),
            "database.insecure_network: PostgreSQL is on another host and the way there is not \
             verified: whoever is on it reads and changes everything"
        );
    }
    Ok(options)
}

/// Whether nothing leaves this machine: a socket, or a loopback address.
fn is_on_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    if options.get_socket().is_some() || host.starts_with('/') {
        return true;
    }
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether the other end has to show a certificate for the name that it was asked by. One
/// of the same CA for another name (`verify-ca`) does not do: with the system's roots
/// anybody has such a one.
fn is_verified(options: &PgConnectOptions) -> bool {
    matches!(options.get_ssl_mode(), PgSslMode::VerifyFull)
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

    fn of(url: &str) -> Result<PgConnectOptions, OpenError> {
        options_of(&config::Database::at(url))
    }

    #[test]
    fn a_parameter_that_nobody_knows_is_named_by_its_place_alone() {
        for good in [
            "postgres://u:p@localhost/d",
            "postgres://u:p@h/d?sslmode=verify-full&sslrootcert=/ca.pem",
            "postgres:///d?host=/run/postgresql&user=u&options=-c%20a=b&options[c]=d",
        ] {
            assert_eq!(unknown_parameter(good), None, "{good}");
            of(good).unwrap();
        }
        for (url, place) in [
            ("postgres://u:p@h/d?sslmod=verify-full", 1),
            ("postgres://u:p@h/d?sslmode=require&pasword=secret", 2),
            // A password with a question mark in it.
            ("postgres://u:p?secret&more@h/d", 1),
        ] {
            assert_eq!(unknown_parameter(url), Some(place), "{url}");
            let error = of(url).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(!said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn another_host_is_verified_or_named_in_the_configuration() {
        for here in [
            "postgres://u@localhost/d",
            "postgres://u@127.0.0.1/d",
            "postgres://u@127.9.9.9/d?sslmode=disable",
            "postgres://u@[::1]/d",
            "postgres://u@[::ffff:127.0.0.1]/d",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://u@elsewhere/d?host=/run/postgresql",
            "postgres://u@elsewhere/d?hostaddr=127.0.0.1",
            "postgres://u@elsewhere/d?sslmode=verify-full",
        ] {
            of(here).unwrap();
        }
        for (elsewhere, host) in [
            ("postgres://u@db.example.cn/d", "db.example.cn"),
            (
                "postgres://u@db.example.cn/d?sslmode=require",
                "db.example.cn",
            ),
            (
                "postgres://u@db.example.cn/d?sslmode=verify-ca",
                "db.example.cn",
            ),
            (
                "postgres://u@db.example.cn/d?sslmode=verify-full&sslmode=prefer",
                "db.example.cn",
            ),
            (
                "postgres://u@localhost/d?host=db.example.cn",
                "db.example.cn",
            ),
            ("postgres://u@localhost/d?hostaddr=192.0.2.1", "192.0.2.1"),
            (
                "postgres://u@localhost.example.cn/d",
                "localhost.example.cn",
            ),
            ("postgres://127.0.0.1@192.0.2.1/d", "192.0.2.1"),
            ("postgres://u@[2001:db8::1]/d", "[2001:db8::1]"),
        ] {
            let refused = of(elsewhere).unwrap_err();
            let OpenError::NotProtected { host: named } = &refused else {
                panic!("{elsewhere}: {refused:?}");
            };
            assert_eq!(named, host, "{elsewhere}");
            let said = refused.to_string();
            assert!(
                said.contains("sslmode=verify-full") && said.contains("database.insecure_network"),
                "{said}"
            );
            let allowed = config::Database {
                insecure_network: true,
                ..config::Database::at(elsewhere)
            };
            options_of(&allowed).unwrap();
        }
    }
}
