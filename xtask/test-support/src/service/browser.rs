//! A browser as far as the service sees one: an origin, cookies, JSON calls.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use crate::http::HttpClient;
pub use crate::http::Reply;

/// A client with its own cookies.
#[derive(Clone)]
pub struct Browser {
    /// The origin of the pages.
    pub origin: String,
    client: Arc<HttpClient>,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The error's code; a login refusal as `login/expired`.
    pub fn code(&self) -> String {
        let json = self.json();
        let code = json["code"].as_str().unwrap_or_default().to_owned();
        match json["detail"].as_str() {
            Some(detail) => format!("{code}/{detail}"),
            None => code,
        }
    }

    /// The answer of a call that has to work.
    #[track_caller]
    pub fn good(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }
}

impl Browser {
    /// A new one, without cookies.
    pub fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            client: Arc::new(HttpClient::new(origin)),
        }
    }

    /// A server function with a body of JSON.
    pub async fn call(&self, path: &str, body: Value) -> Reply {
        self.try_json(path, &body).await.unwrap()
    }

    /// The same at a server that may be gone.
    pub async fn try_call(&self, path: &str, body: Value) -> Option<Reply> {
        self.try_json(path, &body).await.ok()
    }

    async fn try_json(&self, path: &str, body: &Value) -> Result<Reply, ureq::Error> {
        let headers = [
            ("origin", self.origin.as_str()),
            ("content-type", "application/json"),
        ];
        self.try_send("POST", path, &headers, body.to_string().into_bytes())
            .await
    }

    /// The nonce of a new challenge, for this browser's login.
    pub async fn challenge(&self) -> String {
        nonce_of(&self.signed_challenge().await).unwrap()
    }

    /// A new challenge as the bridge takes it.
    pub async fn signed_challenge(&self) -> Value {
        let answer = self.call("/api/challenge", json!({})).await.good();
        answer["challenge"].clone()
    }

    /// Logs in with the token that a card made for the challenge.
    pub async fn log_in(&self, token: impl Serialize) -> Reply {
        self.call("/api/login", json!({ "token": token })).await
    }

    /// Any request. Cookies are sent and kept.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    /// On a thread that may block.
    async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Reply, ureq::Error> {
        let client = Arc::clone(&self.client);
        let (method, path) = (method.to_owned(), path.to_owned());
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        tokio::task::spawn_blocking(move || client.send(&method, &path, &headers, body))
            .await
            .unwrap()
    }

    /// The same browser at another instance of the service.
    #[must_use]
    pub fn at(&self, origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            client: Arc::new(self.client.at(origin)),
        }
    }

    /// Sets a cookie by hand.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.client.set_cookie(name, value);
    }
}

/// The nonce in a challenge as the bridge takes it.
pub fn nonce_of(challenge: &Value) -> Option<String> {
    let body: Value = serde_json::from_str(challenge["body"].as_str()?).ok()?;
    Some(body["nonce"].as_str()?.to_owned())
}
