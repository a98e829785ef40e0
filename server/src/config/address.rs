//! A database's address, read in this one place: which database it is of, where a file
//! really lies, wherever the address stands (file, option, environment), what PostgreSQL's
//! means, and what may be shown of it.

use std::path::{self, Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use thiserror::Error;
use tracing::subscriber::{NoSubscriber, with_default};

/// Which of the two databases it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl DatabaseKind {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Why a text is no address of a database. It may hold a password, so it is not repeated.
#[derive(Debug, Error)]
pub enum AddressError {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("begins with sqlite: or postgres:")]
    UnknownScheme,
    /// No file, or one that is gone with the process.
    #[error("sqlite: takes the path of a file")]
    NoFile,
    /// In other programs these would be options or an anchor: a file of that name is what
    /// nobody means.
    #[error("sqlite: takes a path, and no options after `?` or `#`")]
    Options,
    /// A relative path, and no folder in which it lies.
    #[error("a relative path needs a current folder")]
    NoCurrentFolder,
    /// A database's name with `@` or `/` in it: a password was not written as an address
    /// has it, and its rest would be taken for the name, and shown.
    #[error("an `@` or `/` in the database's name: in a password they are written %40 and %2F")]
    MisreadPassword,
    /// The rest of it can't be read.
    #[error("can't be read as an address of PostgreSQL")]
    Unreadable(#[source] sqlx::Error),
}

/// Where a database is.
#[derive(Clone, Copy)]
pub enum Address<'a> {
    /// The path of its file.
    Sqlite(&'a str),
    /// All of it, as PostgreSQL's programs write it.
    Postgres(&'a str),
}

impl<'a> Address<'a> {
    /// Reads one. `sqlite:PATH` and `sqlite://PATH` are the same.
    ///
    /// # Errors
    ///
    /// [`AddressError`]
    pub fn of(url: &'a str) -> Result<Self, AddressError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() || path.starts_with(':') {
                Err(AddressError::NoFile)
            } else {
                Ok(Self::Sqlite(path))
            };
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres(url))
        } else {
            Err(AddressError::UnknownScheme)
        }
    }

    /// Of which database it is.
    #[must_use]
    pub const fn kind(self) -> DatabaseKind {
        match self {
            Self::Sqlite(_) => DatabaseKind::Sqlite,
            Self::Postgres(_) => DatabaseKind::Postgres,
        }
    }

    /// The file of a SQLite database.
    #[must_use]
    pub fn file(self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(path) => Some(PathBuf::from(path)),
            Self::Postgres(_) => None,
        }
    }

    /// What somebody typed, with the one path that it means: a relative one lies in the
    /// data folder, an absolute one begins with `/`.
    pub(super) fn resolved(self, data: &Path) -> Result<String, AddressError> {
        let place = match self {
            Self::Postgres(url) => return Ok(url.to_owned()),
            Self::Sqlite(place) if place.contains(['?', '#']) => return Err(AddressError::Options),
            Self::Sqlite(place) => place,
        };
        let root = if place.starts_with('/') { "/" } else { "" };
        let place = format!("{root}{}", place.trim_start_matches('/'));
        let path = path::absolute(data.join(place));
        let path = path.map_err(|_no_current_folder| AddressError::NoCurrentFolder)?;
        Ok(format!("sqlite:{}", path.display()))
    }

    /// What may be printed of it: what is really used, without what may be a secret.
    pub(super) fn shown(self) -> String {
        let url = match self {
            Self::Sqlite(path) => return format!("sqlite:{path}"),
            Self::Postgres(url) => url,
        };
        let Ok(options) = postgres_options(url) else {
            return String::from("postgres: (it can't be read)");
        };
        let place = options.get_socket().map_or_else(
            || options.get_host().to_owned(),
            |socket| socket.display().to_string(),
        );
        format!(
            "postgres: {} at {place}, port {}, as {}, sslmode {:?}",
            options.get_database().unwrap_or(options.get_username()),
            options.get_port(),
            options.get_username(),
            options.get_ssl_mode(),
        )
    }
}

/// What an address of PostgreSQL means, the environment (`PGHOST`, `PGSSLMODE` …)
/// included.
pub(crate) fn postgres_options(url: &str) -> Result<PgConnectOptions, AddressError> {
    // sqlx logs what it does not know, values and all.
    let read = with_default(NoSubscriber::default(), || url.parse::<PgConnectOptions>());
    let options = read.map_err(AddressError::Unreadable)?;
    match options.get_database() {
        Some(name) if name.contains(['@', '/']) => Err(AddressError::MisreadPassword),
        _ => Ok(options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Database;

    #[test]
    fn a_password_that_was_not_written_as_an_address_has_it_is_not_shown() {
        for url in [
            "postgres://ic:12/topsecret@db/ic",
            "postgres://ic:/topsecret@db/ic?sslmode=verify-full",
            "postgres://ic:12/top/secret@db/ic",
        ] {
            let error = postgres_options(url).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
            let shown = Address::of(url).unwrap().shown();
            assert!(!shown.contains("secret"), "{shown}");
        }
        let good = postgres_options("postgres://ic:a%2Fb%40c@db/ic").unwrap();
        assert_eq!(good.get_database(), Some("ic"));
    }

    fn at(url: &str) -> Result<String, String> {
        let address = Address::of(url).map_err(|error| error.to_string())?;
        let resolved = address.resolved(Path::new("/var/lib/ic-card"));
        resolved.map_err(|error| error.to_string())
    }

    #[test]
    fn a_relative_path_lies_in_the_data_folder_and_an_absolute_one_where_it_says() {
        for (url, path) in [
            ("sqlite:a.sqlite", "/var/lib/ic-card/a.sqlite"),
            ("sqlite://a.sqlite", "/var/lib/ic-card/a.sqlite"),
            ("sqlite:b/a.sqlite", "/var/lib/ic-card/b/a.sqlite"),
            ("sqlite:/srv/a.sqlite", "/srv/a.sqlite"),
            ("sqlite:///srv/a.sqlite", "/srv/a.sqlite"),
            ("sqlite:////srv/a.sqlite", "/srv/a.sqlite"),
            ("sqlite:数据 库.sqlite", "/var/lib/ic-card/数据 库.sqlite"),
        ] {
            let resolved = at(url).unwrap();
            assert_eq!(resolved, format!("sqlite:{path}"), "{url}");
            // Once more changes nothing.
            assert_eq!(at(&resolved).unwrap(), resolved);
        }
        let here = std::env::current_dir().unwrap();
        assert_eq!(
            Address::Sqlite("a.sqlite")
                .resolved(Path::new("."))
                .unwrap(),
            format!("sqlite:{}", here.join("a.sqlite").display())
        );
    }

    #[test]
    fn what_is_no_file_is_refused() {
        for url in [
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:a.sqlite?mode=ro",
            "sqlite:a.sqlite#x",
            "mysql://x",
            "a.sqlite",
            "",
        ] {
            let refused = Database::at(url).resolve("database.url", Path::new("/srv"));
            let said = refused.unwrap_err().to_string();
            assert!(said.starts_with("database.url: "), "{said}");
        }
    }

    #[test]
    fn no_password_is_shown_wherever_it_stands() {
        for url in [
            "postgres://ic:secret@db/ic",
            "postgresql://ic:secret@db/ic?sslmode=verify-full",
            "postgres://db/ic?user=ic&password=secret",
            "postgres://db/ic?user=ic&password=secret@more",
            "postgres://ic:se?secret@db/ic",
            "postgres://ic@db:secret/ic",
            "postgres://ic@db/ic?options=-c%20x=secret",
            "postgres://ic@db/ic?sslkey=secret&pasword=secret",
        ] {
            let shown = format!("{:?}", Database::at(url));
            assert!(!shown.contains("secret"), "{url}: {shown}");
        }
        let shown = |url| Address::of(url).unwrap().shown();
        let seen = shown("postgres://ic:secret@db.example.cn:6432/cards?sslmode=verify-full");
        assert_eq!(
            seen,
            "postgres: cards at db.example.cn, port 6432, as ic, sslmode VerifyFull"
        );
        assert_eq!(shown("sqlite:/srv/a.sqlite"), "sqlite:/srv/a.sqlite");
    }
}
