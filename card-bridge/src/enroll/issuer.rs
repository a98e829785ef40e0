//! Who makes cards: a server, over HTTP.

use std::time::Duration;

use card_operations::key::ProgramKey;
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};
use zeroize::Zeroizing;

use crate::{
    http::{Http, HttpError},
    origin::Origin,
};

/// The server's side of making a card.
pub trait Issuer {
    /// The origin that its programs name.
    fn origin(&self) -> &str;

    /// The key that signs its programs of this kind, and no others.
    fn enrol_key(&self) -> &ProgramKey;

    /// Begins. Blocks.
    ///
    /// # Errors
    /// [`HttpError`].
    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError>;

    /// Goes on. Blocks.
    ///
    /// # Errors
    /// [`HttpError`].
    fn proceed(&self, outcome: &EnrollContinue) -> Result<EnrollReply, HttpError>;

    /// Waits before what was not answered so many times goes once more: a server
    /// that is started again takes some seconds. Blocks.
    #[expect(
        clippy::disallowed_methods,
        reason = "a server that is there again gives no sign"
    )]
    fn pause(&self, attempts: u32) {
        std::thread::sleep(Duration::from_secs(attempts.into()));
    }
}

/// A server at its origin, with an administrator's token.
pub struct HttpIssuer {
    origin: Origin,
    enrol_key: ProgramKey,
    token: Zeroizing<String>,
    http: Http,
}

impl HttpIssuer {
    /// The server at `origin`, whose programs are good if `enrol_key` signed them.
    #[must_use]
    pub fn new(origin: Origin, enrol_key: ProgramKey, token: Zeroizing<String>) -> Self {
        Self {
            origin,
            enrol_key,
            token,
            http: Http::default(),
        }
    }

    /// The same, where each request ends after so long.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self {
            http: Http::within(limit),
            ..self
        }
    }
}

impl Issuer for HttpIssuer {
    fn origin(&self) -> &str {
        self.origin.as_str()
    }

    fn enrol_key(&self) -> &ProgramKey {
        &self.enrol_key
    }

    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError> {
        let address = self.origin.address("/api/enroll/start");
        self.http.post(&address, &self.token, start)
    }

    fn proceed(&self, outcome: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        let address = self.origin.address("/api/enroll/continue");
        self.http.post(&address, &self.token, outcome)
    }
}
