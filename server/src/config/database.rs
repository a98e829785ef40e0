//! Where the data is, and what lies on the way there: `[database]`.

use std::path::Path;

use serde::Deserialize;

use super::{Address, AddressError, ConfigError};

/// Where the data is.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. The environment
    /// variable `IC_CARD_DATABASE_URL` wins, so that a password needs no file.
    pub url: String,
    /// Whether PostgreSQL on another host may be reached without `sslmode=verify-full`:
    /// then whoever is on the way reads and changes everything. Default: no.
    pub insecure_network: bool,
    /// The pooler in front of PostgreSQL that gives a connection away after each
    /// transaction. Absent: each of our connections is a session of PostgreSQL.
    pub pooler: Option<Pooler>,
}

/// What a pooler in front of PostgreSQL lends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooler {
    /// A connection for a transaction: `pool_mode = transaction` of `PgBouncer`. One that
    /// lends sessions does for it, too.
    Transaction,
}

impl Database {
    /// The database at an address, reached as the defaults say.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            insecure_network: false,
            pooler: None,
        }
    }

    /// Another one, to which the way is what it is to this one. A pooler is in front of
    /// this one alone.
    #[must_use]
    pub fn beside(&self, url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pooler: None,
            ..self.clone()
        }
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// [`AddressError`]
    pub fn address(&self) -> Result<Address<'_>, AddressError> {
        Address::of(&self.url)
    }

    /// Has a relative path lie in the data folder. `key` is the option that names it.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] of an address that is none or means no place.
    pub fn resolve(&mut self, key: &'static str, data: &Path) -> Result<(), ConfigError> {
        let resolved = self.address().and_then(|address| address.resolved(data));
        self.url = resolved.map_err(|error| ConfigError::Value {
            key,
            problem: error.to_string(),
        })?;
        Ok(())
    }
}

impl std::fmt::Debug for Database {
    /// What may be printed of it: the address may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            url,
            insecure_network,
            pooler,
        } = self;
        let shown = Address::of(url).map_or_else(
            |_no_address| String::from("(neither sqlite: nor postgres:)"),
            Address::shown,
        );
        write!(
            formatter,
            "Database({shown}, insecure_network {insecure_network}, pooler {pooler:?})"
        )
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::at("sqlite:ic-card.sqlite")
    }
}
