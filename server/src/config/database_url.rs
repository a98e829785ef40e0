//! A database's address as it is typed: where a file really lies, wherever the address
//! stands (file, option, environment), and what may be shown of it.

use std::path::{self, Path};

use sqlx::postgres::PgConnectOptions;
use tracing::subscriber::{NoSubscriber, with_default};

use super::ConfigError;

/// The address with the one path that it means. `sqlite:PATH` and `sqlite://PATH` are the
/// same; a relative path lies in the data folder, an absolute one begins with `/`.
///
/// # Errors
///
/// [`ConfigError::Value`] where it is no address, or means no file that stays.
pub(super) fn resolved(url: &str, data: &Path) -> Result<String, ConfigError> {
    let problem = |problem: &str| {
        Err(ConfigError::Value {
            key: "database.url",
            problem: problem.to_owned(),
        })
    };
    let Some(place) = url.strip_prefix("sqlite:") else {
        return if is_postgres(url) {
            Ok(url.to_owned())
        } else {
            problem("begins with sqlite: or postgres:")
        };
    };
    let place = place.strip_prefix("//").unwrap_or(place);
    // In other programs these would be options, an anchor, or a database that is gone
    // with the process: a file of that name is what nobody means.
    if place.contains(['?', '#']) {
        return problem("sqlite: takes a path, and no options after `?` or `#`");
    }
    if place.is_empty() || place.starts_with(':') {
        return problem("sqlite: takes the path of a file");
    }
    let root = if place.starts_with('/') { "/" } else { "" };
    let place = format!("{root}{}", place.trim_start_matches('/'));
    match path::absolute(data.join(place)) {
        Ok(path) => Ok(format!("sqlite:{}", path.display())),
        Err(_no_current_folder) => problem("a relative path needs a current folder"),
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// What may be printed of it: what is really used, without what may be a secret.
pub(super) fn shown(url: &str) -> String {
    if !is_postgres(url) {
        return match url.strip_prefix("sqlite:") {
            Some(_path) => url.to_owned(),
            None => String::from("(neither sqlite: nor postgres:)"),
        };
    }
    // sqlx logs what it does not know, values and all.
    let options = with_default(NoSubscriber::default(), || url.parse::<PgConnectOptions>());
    let Ok(options) = options else {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Result<String, String> {
        resolved(url, Path::new("/var/lib/ic-card")).map_err(|error| error.to_string())
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
            resolved("sqlite:a.sqlite", Path::new(".")).unwrap(),
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
            let error = at(url).unwrap_err();
            assert!(error.starts_with("database.url: "), "{error}");
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
            let shown = shown(url);
            assert!(!shown.contains("secret"), "{url}: {shown}");
        }
        let seen = shown("postgres://ic:secret@db.example.cn:6432/cards?sslmode=verify-full");
        assert_eq!(
            seen,
            "postgres: cards at db.example.cn, port 6432, as ic, sslmode VerifyFull"
        );
        assert_eq!(shown("sqlite:/srv/a.sqlite"), "sqlite:/srv/a.sqlite");
    }
}
