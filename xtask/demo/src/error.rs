//! What can go wrong while a demo is made. It is a development tool: every
//! error ends it.

use std::{io, path::PathBuf};

use thiserror::Error;

/// The result of a step.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why there is no demo.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// A file or folder.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder holds something already.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// The server did not start or stopped.
    #[error("server: {0}")]
    Server(#[from] server::RunError),
    /// Its keys.
    #[error("keys: {0}")]
    Keys(#[from] server::keys::files::KeyFileError),
    /// Its configuration.
    #[error("configuration: {0}")]
    Config(#[from] server::config::ConfigError),
    /// Its store.
    #[error("store: {0}")]
    Open(#[from] server::storage::OpenError),
    /// A question to the store.
    #[error("store: {0}")]
    Store(#[from] server::storage::StoreError),
    /// An administrator's command.
    #[error("administration: {0}")]
    Admin(#[from] server::admin::AdminError),
    /// Registering the people.
    #[error("import: {0}")]
    Import(#[from] server::admin::ImportError),
    /// A software card.
    #[error("software card: {0}")]
    SoftwareCard(#[from] virtual_card::CardError),
    /// What a card answered.
    #[error("card: {0}")]
    Card(#[from] card_protocol::CardError),
    /// Making a card.
    #[error("making the card of {who}: {source}")]
    Enroll {
        /// Whose.
        who: &'static str,
        /// Why not.
        source: card_bridge::enroll::EnrollError,
    },
    /// The server's program key.
    #[error("program key: {0}")]
    ProgramKey(#[from] card_operations::key::KeyError),
    /// The origin that the demo will have.
    #[error("origin: {0}")]
    Origin(#[from] card_bridge::origin::OriginError),
    /// A PIN of the cast.
    #[error(transparent)]
    Pin(#[from] card_protocol::piv::PinError),
    /// A request had no answer.
    #[error("{path}: {source}")]
    Http {
        /// The route.
        path: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// The server said no.
    #[error("{path}: {status}: {body}")]
    Refused {
        /// The route.
        path: String,
        /// The status.
        status: u16,
        /// What it said.
        body: String,
    },
    /// JSON.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A moment that the calendar doesn't have.
    #[error("time: {0}")]
    Time(#[from] jiff::Error),
    /// What should have been there.
    #[error("{0}")]
    Missing(&'static str),
}

impl Error {
    /// For `map_err` on file operations.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
