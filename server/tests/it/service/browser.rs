//! A browser as far as the service sees one: an origin, cookies, JSON calls.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use ureq::{
    Agent,
    http::{HeaderMap, Request},
};

/// A client with its own cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) origin: String,
    agent: Agent,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The error's code; a login refusal as `login/expired`.
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        let code = json["code"].as_str().unwrap_or_default().to_owned();
        match json["detail"].as_str() {
            Some(detail) => format!("{code}/{detail}"),
            None => code,
        }
    }

    /// The answer of a call that has to work.
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            origin: origin.to_owned(),
            agent: config.new_agent(),
            cookies: Arc::default(),
        }
    }

    /// A server function with a body of JSON.
    pub(crate) async fn call(&self, path: &str, body: Value) -> Reply {
        let headers = [
            ("origin", self.origin.as_str()),
            ("content-type", "application/json"),
        ];
        self.send("POST", path, &headers, body.to_string().into_bytes())
            .await
    }

    /// The same at a server that may be gone.
    pub(crate) async fn try_call(&self, path: &str, body: Value) -> Option<Reply> {
        let headers = [
            ("origin", self.origin.as_str()),
            ("content-type", "application/json"),
        ];
        self.try_send("POST", path, &headers, body.to_string().into_bytes())
            .await
            .ok()
    }

    /// Any request. Cookies are sent and kept.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let (agent, is_get) = (self.agent.clone(), method == "GET");
        let reply = tokio::task::spawn_blocking(move || {
            let response = if is_get {
                agent.run(request.body(()).unwrap())
            } else {
                agent.run(request.body(body).unwrap())
            };
            let mut response = response?;
            Ok::<_, ureq::Error>(Reply {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body: response.body_mut().read_to_string()?,
            })
        })
        .await
        .unwrap()?;
        self.keep_cookies(&reply);
        Ok(reply)
    }

    fn keep_cookies(&self, reply: &Reply) {
        let mut cookies = self.cookies.lock().unwrap();
        for cookie in reply.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The same browser at another instance of the service.
    pub(crate) fn at(&self, origin: &str) -> Self {
        let other = Self::new(origin);
        *other.cookies.lock().unwrap() = self.cookies.lock().unwrap().clone();
        other
    }

    /// Sets a cookie by hand.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
    }
}
