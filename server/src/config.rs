//! The configuration: a TOML file in which every key is known, with defaults
//! that suit one machine. An unknown key refuses to start and is named.

mod address;
mod audit;
mod bridge;
mod database;
mod help;
mod http;
mod metrics;
mod network;
mod operations;
mod origin;
mod pki;
mod session;
mod usb;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::SignedDuration;
use serde::Deserialize;
use thiserror::Error;

pub(crate) use address::postgres_options;
pub use address::{Address, AddressError, DatabaseKind};
pub use audit::Audit;
pub use bridge::Bridge;
pub use database::{Database, Pooler};
pub use help::Help;
pub use http::{ForwardedHeader, Http};
pub use metrics::Metrics;
pub use network::{Network, NetworkError};
pub(crate) use operations::MOST_CARDS;
pub use operations::{NewPin, Operations, Renewal};
pub(crate) use origin::split_port;
pub use origin::{Origin, OriginError};
pub use pki::Pki;
pub use session::Session;
pub use usb::Usb;

/// Why the configuration can't be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file that was to be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not what it should be; the message names key, line and column.
    #[error("{}: {source}", path.display())]
    Parse {
        /// The file that was to be read.
        path: PathBuf,
        /// What the parser says, with the line.
        source: Box<toml::de::Error>,
    },
    /// A value makes no sense.
    #[error("{key}: {problem}")]
    Value {
        /// The option, as it is written in the file.
        key: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
}

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The origins under which browsers reach the server, for example
    /// `https://ic.example.cn`. The first one is the server's own name.
    pub origins: Vec<Origin>,
    /// Where the data is.
    pub database: Database,
    /// The built site (wasm, styles); the default is `site`.
    pub site: PathBuf,
    /// The folder of the keys; the default is `keys`.
    pub keys: PathBuf,
    /// How long a session lasts, and how long without use.
    pub session: Session,
    /// From when on a certificate counts as expiring.
    pub certificate: Certificate,
    /// Which other CAs are trusted, and for what.
    pub pki: Pki,
    /// What a 延期 renews, and when it may.
    pub renewal: Renewal,
    /// Operations on a card in the reader.
    pub operations: Operations,
    /// Which PINs a 解锁 takes.
    pub pin: NewPin,
    /// Who counts as the client, how often it may try, and how many connections there
    /// may be.
    pub http: Http,
    /// How the log is archived and where it is witnessed.
    pub audit: Audit,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// Which bridge is the newest.
    pub bridge: Bridge,
    /// Keys that pages open themselves.
    pub usb: Usb,
    /// Whom people call, and where they get the bridge.
    pub help: Help,
}

/// About certificates.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Certificate {
    /// So many days before its end a certificate counts as expiring. 0 to 3650; default 90.
    pub expiring_days: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            database: Database::default(),
            site: PathBuf::from("site"),
            keys: PathBuf::from("keys"),
            session: Session::default(),
            certificate: Certificate::default(),
            pki: Pki::default(),
            renewal: Renewal::default(),
            operations: Operations::default(),
            pin: NewPin::default(),
            http: Http::default(),
            audit: Audit::default(),
            metrics: Metrics::default(),
            bridge: Bridge::default(),
            usb: Usb::default(),
            help: Help::default(),
        }
    }
}

impl Default for Certificate {
    fn default() -> Self {
        Self { expiring_days: 90 }
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`ConfigError`]
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// TOML's own error, which names the key and where it stands.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Makes relative paths relative to the data folder: the one place that does, after
    /// file, option and environment have said what they have to say.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] of an address that means no place.
    pub fn resolve(&mut self, data: &Path) -> Result<(), ConfigError> {
        self.site = data.join(&self.site);
        self.keys = data.join(&self.keys);
        self.audit.resolve(data);
        self.pki.resolve(data);
        self.database.resolve("database.url", data)
    }

    /// Checks what types can't say.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`]
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.origins.is_empty() {
            return Err(ConfigError::Value {
                key: "origins",
                problem: String::from("name at least one, for example \"https://ic.example.cn\""),
            });
        }
        let others = [
            (
                "certificate.expiring_days",
                self.certificate.expiring_days,
                0..=3650,
            ),
            (
                "operations.ticket_minutes",
                self.operations.ticket_minutes,
                1..=120,
            ),
            (
                "operations.lock_minutes",
                self.operations.lock_minutes,
                1..=120,
            ),
            (
                "operations.abandon_hours",
                self.operations.abandon_hours,
                1..=720,
            ),
            (
                "operations.most_cards",
                self.operations.most_cards,
                1..=MOST_CARDS,
            ),
            (
                "http.logins_per_minute",
                self.http.logins_per_minute,
                1..=10_000,
            ),
            ("http.connections", self.http.connections, 64..=65_536),
            (
                "http.connections_per_client",
                self.http.connections_per_client,
                8..=65_536,
            ),
        ];
        for (key, value, range) in self.session.ranges().into_iter().chain(others) {
            if !range.contains(&value) {
                return Err(ConfigError::Value {
                    key,
                    problem: format!("{value} is not in {} to {}", range.start(), range.end()),
                });
            }
        }
        if let Some((key, problem)) = self.http.problem() {
            return Err(ConfigError::Value { key, problem });
        }
        if let Some(problem) = self.audit.problem() {
            return Err(ConfigError::Value {
                key: "audit.retention_months",
                problem,
            });
        }
        if let Some(problem) = self.metrics.problem() {
            return Err(ConfigError::Value {
                key: "metrics.listen",
                problem,
            });
        }
        if let Some((key, problem)) = self.bridge.problem() {
            return Err(ConfigError::Value { key, problem });
        }
        if let Some((key, problem)) = self.help.problem() {
            return Err(ConfigError::Value { key, problem });
        }
        if let Some(problem) = self.usb.problem() {
            return Err(ConfigError::Value {
                key: "usb.vendors",
                problem,
            });
        }
        if !self.pin.policy().is_sound() {
            return Err(ConfigError::Value {
                key: "pin.min_digits",
                problem: String::from(
                    "6 to 8, and not more than pin.max_digits, which is at most 8",
                ),
            });
        }
        Ok(())
    }
}

impl Certificate {
    /// The warning window before a certificate's end.
    #[must_use]
    pub fn expiring_window(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.expiring_days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named_wherever_it_stands() {
        for (text, key) in [
            ("orgins = []", "orgins"),
            ("[session]\nidle_minuts = 3", "idle_minuts"),
            ("[database]\nurl = \"sqlite:x\"\npasword = \"x\"", "pasword"),
            ("[database]\npooler = \"session\"", "pooler"),
            ("[http]\ntrust = true", "trust"),
            ("[http]\nproxies = [\"10.0.0.0/33\"]", "10.0.0.0/33"),
            (
                "[http]\nforwarded_header = \"via\"",
                "unknown variant `via`",
            ),
            ("[certificate]\ndays = 1", "days"),
            ("[renewal]\nnewkey = true", "newkey"),
            ("[operations]\nticket = 1", "ticket"),
            ("[pin]\nmin = 6", "min"),
            ("[audit]\nkeep = 6", "keep"),
            ("[metrics]\nport = 9464", "port"),
            ("[metrics]\nlisten = \"localhost\"", "listen"),
            ("[bridge]\nlatest = \"0.2.0\"", "latest"),
            ("[bridges]\n", "bridges"),
        ] {
            let error = Config::parse(text).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn values_out_of_range_are_named() {
        let config = |rest: &str| {
            let text = format!("origins = [\"http://127.0.0.1:8080\"]\n{rest}");
            Config::parse(&text).unwrap().check()
        };
        config("").unwrap();
        for (rest, key) in [
            ("[session]\nidle_minutes = 0", "session.idle_minutes"),
            ("[http]\nlogins_per_minute = 0", "http.logins_per_minute"),
            ("[http]\nconnections = 1", "http.connections"),
            (
                "[http]\nconnections_per_client = 1",
                "http.connections_per_client",
            ),
            ("[http]\nproxies = [\"10.0.0.0/8\"]", "http.proxies"),
            (
                "[operations]\nticket_minutes = 121",
                "operations.ticket_minutes",
            ),
            ("[audit]\nretention_months = 5", "audit.retention_months"),
            ("[metrics]\nlisten = \"127.0.0.1:0\"", "metrics.listen"),
            ("[pin]\nmin_digits = 8\nmax_digits = 7", "pin.min_digits"),
        ] {
            assert!(config(rest).unwrap_err().to_string().contains(key));
        }
        assert!(Config::default().check().is_err());
    }

    #[test]
    fn relative_paths_lie_in_the_data_folder_and_passwords_stay_hidden() {
        let mut config = Config::default();
        config.resolve(Path::new("/var/lib/ic-card")).unwrap();
        assert_eq!(
            config.database.url,
            "sqlite:/var/lib/ic-card/ic-card.sqlite"
        );
        assert_eq!(config.keys, Path::new("/var/lib/ic-card/keys"));
        let database = Database::at("postgres://ic:secret@db/ic");
        assert!(!format!("{database:?}").contains("secret"));
    }
}
