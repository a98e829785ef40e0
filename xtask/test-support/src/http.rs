//! A browser's side of HTTP, blocking: cookies that are kept, answers that come
//! back whatever their status. Nothing in here panics, because `make-demo` uses
//! it, which is a program.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ureq::{
    Agent,
    http::{
        HeaderMap, Request,
        header::{COOKIE, SET_COOKIE},
    },
};

/// A client with its own cookies.
pub struct HttpClient {
    address: String,
    agent: Agent,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; of one that is no text, what of it is.
    pub body: String,
}

impl HttpClient {
    /// A client without cookies of the server at `address`, for instance
    /// `http://127.0.0.1:8080`.
    pub fn new(address: impl Into<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            address: address.into(),
            agent: config.new_agent(),
            cookies: Mutex::default(),
        }
    }

    /// Any request. Cookies are sent and kept.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(impl AsRef<str>, impl AsRef<str>)],
        body: Vec<u8>,
    ) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(name.as_ref(), value.as_ref());
        }
        let cookies: Vec<String> = self
            .cookies()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let mut response = if method == "GET" {
            self.agent.run(request.body(())?)?
        } else {
            self.agent.run(request.body(body)?)?
        };
        let reply = Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&response.body_mut().read_to_vec()?).into_owned(),
        };
        self.keep_cookies(&reply.headers)?;
        Ok(reply)
    }

    /// Sets a cookie by hand.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies().insert(name.to_owned(), value.to_owned());
    }

    /// A client of another server that has the same cookies.
    #[must_use]
    pub fn at(&self, address: impl Into<String>) -> Self {
        let other = Self::new(address);
        other.cookies().clone_from(&self.cookies());
        other
    }

    fn keep_cookies(&self, headers: &HeaderMap) -> Result<(), ureq::Error> {
        let mut cookies = self.cookies();
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().ok().and_then(|text| text.split(';').next());
            let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) else {
                return Err(ureq::Error::Other(
                    format!("not a cookie: {cookie:?}").into(),
                ));
            };
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    fn cookies(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
