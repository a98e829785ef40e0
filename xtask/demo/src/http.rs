//! A browser's side of the server's routes: calls of JSON from an origin. And
//! the server as a maker of cards.

use card_bridge::{
    enroll::Issuer,
    http::{Http, HttpError},
};
use card_operations::key::ProgramKey;
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};
use serde::{Serialize, de::DeserializeOwned};
use test_support::http::HttpClient;

use crate::{
    error::{Error, Result},
    office::Office,
};

/// A browser at the server's pages.
pub(crate) struct Browser {
    client: HttpClient,
    origin: String,
}

impl Browser {
    /// Opens it. It names the later origin, and goes to where the server
    /// listens now.
    pub(crate) fn new(office: &Office) -> Self {
        Self {
            client: HttpClient::new(format!("http://{}", office.address)),
            origin: office.origin.clone(),
        }
    }

    /// Calls a server function.
    pub(crate) fn call<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let headers = [
            ("origin", self.origin.as_str()),
            ("content-type", "application/json"),
            ("user-agent", "make-demo"),
        ];
        let body = serde_json::to_vec(body)?;
        let reply = self.client.send("POST", path, &headers, body);
        let reply = reply.map_err(|source| Error::Http {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        if (200..300).contains(&reply.status) {
            return Ok(serde_json::from_str(&reply.body)?);
        }
        Err(Error::Refused {
            path: path.to_owned(),
            status: reply.status,
            body: reply.body,
        })
    }
}

/// The server as a maker of cards. It names its later origin, but listens
/// elsewhere while the demo is made.
pub(crate) struct Counter<'a> {
    office: &'a Office,
    enrol_key: ProgramKey,
    http: Http,
}

impl<'a> Counter<'a> {
    /// Asks the server for the key of its programs that make cards.
    pub(crate) fn new(office: &'a Office) -> Result<Self> {
        let http = Http::default();
        let address = format!("http://{}/.well-known/ic-card-enrol-key", office.address);
        let text = http
            .get(&address)
            .map_err(|_error| Error::Missing("the server has no key for making cards"))?;
        Ok(Self {
            office,
            enrol_key: text.parse()?,
            http,
        })
    }

    fn post(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> std::result::Result<EnrollReply, HttpError> {
        let address = format!("http://{}{path}", self.office.address);
        self.http.post(&address, &self.office.token, body)
    }
}

impl Issuer for Counter<'_> {
    fn origin(&self) -> &str {
        &self.office.origin
    }

    fn enrol_key(&self) -> &ProgramKey {
        &self.enrol_key
    }

    fn start(&self, start: &EnrollStart) -> std::result::Result<EnrollReply, HttpError> {
        self.post("/api/enroll/start", start)
    }

    fn proceed(&self, outcome: &EnrollContinue) -> std::result::Result<EnrollReply, HttpError> {
        self.post("/api/enroll/continue", outcome)
    }
}
