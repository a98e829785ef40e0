//! A browser's side of the server's routes: an origin, a cookie jar for two
//! cookies, and JSON.

use std::{collections::BTreeMap, net::SocketAddr};

use card_bridge::{
    enroll::Issuer,
    http::{Http, HttpError},
    key::ProgramKey,
};
use card_protocol::enroll::{EnrollContinue, EnrollReply, EnrollStart};
use serde::{Serialize, de::DeserializeOwned};
use ureq::http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};

use crate::{
    error::{Error, Result},
    office::Office,
};

/// A browser at the server's pages.
pub(crate) struct Browser {
    agent: ureq::Agent,
    address: SocketAddr,
    origin: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Opens it.
    pub(crate) fn new(office: &Office) -> Self {
        Self {
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .user_agent("make-demo")
                .build()
                .new_agent(),
            address: office.address,
            origin: office.origin.clone(),
            cookies: BTreeMap::new(),
        }
    }

    /// Calls a server function.
    pub(crate) fn call<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let failed = |source: ureq::Error| Error::Http {
            path: path.to_owned(),
            source: Box::new(source),
        };
        let mut response = self
            .agent
            .post(format!("http://{}{path}", self.address))
            .header(ORIGIN, &self.origin)
            .header(COOKIE, cookies.join("; "))
            .header(CONTENT_TYPE, "application/json")
            .send(serde_json::to_vec(body)?)
            .map_err(failed)?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().ok().and_then(|text| text.split(';').next());
            if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status();
        let text = response.body_mut().read_to_string().map_err(failed)?;
        if status.is_success() {
            return Ok(serde_json::from_str(&text)?);
        }
        Err(Error::Refused {
            path: path.to_owned(),
            status: status.as_u16(),
            body: text,
        })
    }
}

/// The server as a maker of cards. It names its later origin, but listens
/// elsewhere while the demo is made.
pub(crate) struct Counter<'a> {
    office: &'a Office,
    program_key: ProgramKey,
    http: Http,
}

impl<'a> Counter<'a> {
    /// Asks the server for its program key.
    pub(crate) fn new(office: &'a Office) -> Result<Self> {
        let http = Http::default();
        let address = format!("http://{}/.well-known/ic-card-program-key", office.address);
        let text = http
            .get(&address)
            .map_err(|_error| Error::Missing("the server has no program key"))?;
        Ok(Self {
            office,
            program_key: text.parse()?,
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

    fn program_key(&self) -> &ProgramKey {
        &self.program_key
    }

    fn start(&self, start: &EnrollStart) -> std::result::Result<EnrollReply, HttpError> {
        self.post("/api/enroll/start", start)
    }

    fn proceed(&self, outcome: &EnrollContinue) -> std::result::Result<EnrollReply, HttpError> {
        self.post("/api/enroll/continue", outcome)
    }
}
