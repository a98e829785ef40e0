//! The few HTTP requests of `allow` and `enroll`: blocking, bounded, without
//! redirects, trusting what the system trusts.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ureq::{
    Agent, Body,
    http::{Response, header},
    tls::{RootCerts, TlsConfig},
};

/// One request, from connecting to the last byte, unless it is said otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer in bytes.
const MAX_ANSWER: u64 = 1024 * 1024;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The server could not be reached, or broke the protocol.
    #[error("{address}: {source}")]
    Unreachable {
        /// Where the request went.
        address: String,
        /// What went wrong.
        source: Box<ureq::Error>,
    },
    /// The server, or something on the way to it, said no.
    #[error("{address}: {status}: {message}")]
    Refused {
        /// Where the request went.
        address: String,
        /// The HTTP status.
        status: u16,
        /// Whether it is the server that says so, by the form of its refusals, and not
        /// something on the way to it.
        is_the_servers: bool,
        /// The server's own sentences, if it had any: what is wrong, what to do.
        message: String,
    },
}

impl HttpError {
    /// Whether nobody knows what the server did: its answer did not come, or what
    /// came is not its own, or says that something broke, took too long or was too much
    /// at that moment (408, 425 and 429; RFC 9110, 8470 and 6585), which is no answer to
    /// what was asked.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused {
                status,
                is_the_servers,
                ..
            } => !*is_the_servers || *status >= 500 || matches!(*status, 408 | 425 | 429),
        }
    }
}

/// A client.
#[derive(Clone, Debug)]
pub struct Http(Agent);

impl Default for Http {
    fn default() -> Self {
        Self::within(TIMEOUT)
    }
}

impl Http {
    /// One whose requests end after so long, from connecting to the last byte.
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .timeout_global(Some(limit))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("card-bridge/", env!("CARGO_PKG_VERSION")));
        Self(config.build().new_agent())
    }
}

/// What the wire's errors have for a person.
#[derive(Deserialize)]
struct Refusal {
    message: String,
    /// What to do now.
    #[serde(default)]
    next_step: String,
}

impl Refusal {
    fn into_text(self) -> String {
        if self.next_step.is_empty() {
            self.message
        } else {
            format!("{} {}", self.message, self.next_step)
        }
    }
}

impl Http {
    /// The text at `address`.
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn get(&self, address: &str) -> Result<String, HttpError> {
        let response = self.0.get(address).call().map_err(unreachable(address))?;
        let mut response = accepted(address, response)?;
        read(&mut response).map_err(unreachable(address))
    }

    /// The text at `address`; `None` if the server has nothing there (404).
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn find(&self, address: &str) -> Result<Option<String>, HttpError> {
        match self.get(address) {
            Ok(text) => Ok(Some(text)),
            Err(HttpError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Posts `body` as JSON with a bearer token, and reads the answer.
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn post<T: DeserializeOwned>(
        &self,
        address: &str,
        token: &str,
        body: &impl Serialize,
    ) -> Result<T, HttpError> {
        let request = self.0.post(address);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        let response = request.send_json(body).map_err(unreachable(address))?;
        let mut response = accepted(address, response)?;
        let reader = response.body_mut().with_config().limit(MAX_ANSWER);
        reader.read_json().map_err(unreachable(address))
    }
}

fn accepted(address: &str, mut response: Response<Body>) -> Result<Response<Body>, HttpError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = read(&mut response).unwrap_or_default();
    let refusal = serde_json::from_str::<Refusal>(&text);
    Err(HttpError::Refused {
        address: address.to_owned(),
        status: status.as_u16(),
        is_the_servers: refusal.is_ok(),
        message: refusal.map_or_else(
            |_no_json| status.canonical_reason().unwrap_or("refused").to_owned(),
            Refusal::into_text,
        ),
    })
}

fn read(response: &mut Response<Body>) -> Result<String, ureq::Error> {
    let reader = response.body_mut().with_config().limit(MAX_ANSWER);
    reader.read_to_string()
}

fn unreachable(address: &str) -> impl FnOnce(ureq::Error) -> HttpError {
    let address = address.to_owned();
    |source| HttpError::Unreachable {
        address,
        source: Box::new(source),
    }
}
