//! Where the data is, and what lies on the way there: `[database]`.

use serde::Deserialize;

use super::database_url;

/// Where the data is.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. The environment
    /// variable `IC_CARD_DATABASE_URL` wins, so that a password needs no file.
    pub url: String,
}

impl Database {
    /// The database at an address, reached as the defaults say.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }
}

impl std::fmt::Debug for Database {
    /// What may be printed of it: the address may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Database({})", database_url::shown(&self.url))
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::at("sqlite:ic-card.sqlite")
    }
}
