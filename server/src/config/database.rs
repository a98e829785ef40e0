//! Where the data is, and what lies on the way there: `[database]`.

use serde::Deserialize;

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
    /// Without what stands before the `@`: a URL may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.url.rsplit('@').next().unwrap_or_default();
        let kind = self.url.split(':').next().unwrap_or_default();
        write!(formatter, "Database({kind} … {shown})")
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::at("sqlite:ic-card.sqlite")
    }
}
