//! A page: a WebSocket client that says what a browser would say.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use card_protocol::{
    bridge::PROTOCOL_VERSION,
    grant::{Purpose, SignedGrant},
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::ServerSigner;

/// A bridge that says nothing for so long is broken.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The code of the JSON-RPC error, and its `data`.
pub type CallError = (i64, Value);

/// A tab of a browser.
pub struct Page {
    socket: WebSocketStream<TcpStream>,
    responses: HashMap<u64, Result<Value, CallError>>,
    notifications: VecDeque<Value>,
    last_id: u64,
    /// What its tab's next page shows.
    pub ticket: String,
}

impl Page {
    /// Opens the connection, and says nothing yet.
    ///
    /// # Errors
    /// When the bridge does not take it.
    pub async fn open(
        address: SocketAddr,
        origin: Option<&str>,
        host: &str,
    ) -> Result<Self, tungstenite::Error> {
        let mut request = format!("ws://{address}").into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("host", HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert("origin", HeaderValue::from_str(origin).unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        let (socket, _response) = client_async(request, stream).await?;
        Ok(Self {
            socket,
            responses: HashMap::new(),
            notifications: VecDeque::new(),
            last_id: 0,
            ticket: String::new(),
        })
    }

    /// A page of `origin` that has said hello, and has no grant yet.
    pub async fn greet(address: SocketAddr, origin: &str) -> Self {
        let mut page = Self::open(address, Some(origin), &address.to_string())
            .await
            .unwrap();
        page.hello(None).await;
        page
    }

    /// The same in a tab whose last page was given this ticket.
    pub async fn come_back(address: SocketAddr, origin: &str, ticket: &str) -> Self {
        let mut page = Self::open(address, Some(origin), &address.to_string())
            .await
            .unwrap();
        page.hello(Some(ticket)).await;
        page
    }

    async fn hello(&mut self, resume: Option<&str>) {
        let hello = match resume {
            Some(ticket) => json!({ "protocol": PROTOCOL_VERSION, "resume": ticket }),
            None => json!({ "protocol": PROTOCOL_VERSION }),
        };
        let welcome = self.call("hello", hello).await.unwrap();
        assert_eq!(welcome["product"], "card-bridge");
        welcome["resume"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.ticket);
    }

    /// A page of this server's that has its grant.
    pub async fn enter(address: SocketAddr, server: &ServerSigner, purpose: Purpose) -> Self {
        let mut page = Self::greet(address, &server.origin).await;
        let nonce = page.nonce().await;
        page.present(&server.signed_grant(&nonce, purpose))
            .await
            .unwrap();
        page
    }

    /// A nonce of the bridge's, for a grant.
    pub async fn nonce(&mut self) -> String {
        let request = self.call("request_grant", json!({})).await.unwrap();
        request["nonce"].as_str().unwrap().to_owned()
    }

    /// Brings a grant.
    ///
    /// # Errors
    /// The error that the bridge answers.
    pub async fn present(&mut self, grant: &SignedGrant) -> Result<Value, CallError> {
        self.call("present_grant", json!({ "grant": grant })).await
    }

    /// Calls a method and waits for its answer.
    ///
    /// # Errors
    /// The error that the bridge answers.
    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, CallError> {
        let id = self.send(method, params).await;
        self.answer(id).await
    }

    /// The `data` of the error that a call ends in.
    pub async fn refused(&mut self, method: &str, params: Value) -> Value {
        match self.call(method, params).await {
            Ok(answer) => panic!("{method} answered {answer}"),
            Err((_code, data)) => data,
        }
    }

    /// Calls a method; the answer is fetched by [`Self::answer`].
    pub async fn send(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.send_text(request.to_string()).await;
        id
    }

    /// Sends a message as it is.
    pub async fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Waits for the answer to a call.
    ///
    /// # Errors
    /// The error that the bridge answers.
    pub async fn answer(&mut self, id: u64) -> Result<Value, CallError> {
        loop {
            if let Some(response) = self.responses.remove(&id) {
                return response;
            }
            let message = self.message().await;
            self.keep(message);
        }
    }

    /// Waits for the next thing that the bridge says unasked.
    pub async fn notification(&mut self) -> Value {
        loop {
            if let Some(notification) = self.notifications.pop_front() {
                return notification;
            }
            let message = self.message().await;
            self.keep(message);
        }
    }

    /// Begins to watch the readers and waits until they are as `is_wanted` says.
    pub async fn watch(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let first = self.call("watch", json!({})).await.unwrap();
        if is_wanted(&first) {
            return first;
        }
        self.readers(is_wanted).await
    }

    /// Waits until the readers are as `is_wanted` says.
    pub async fn readers(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let notification = self.notification().await;
            assert_eq!(notification["method"], "readers");
            if is_wanted(&notification["params"]) {
                return notification["params"].clone();
            }
        }
    }

    fn keep(&mut self, message: Value) {
        assert_eq!(message["jsonrpc"], "2.0");
        let Some(id) = message["id"].as_u64() else {
            self.notifications.push_back(message);
            return;
        };
        let response = match message.get("error") {
            Some(error) => Err((error["code"].as_i64().unwrap(), error["data"].clone())),
            None => Ok(message["result"].clone()),
        };
        self.responses.insert(id, response);
    }

    /// The next message as it is.
    pub async fn message(&mut self) -> Value {
        loop {
            match self.frame().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Whether the next thing that comes is a message, and not the end.
    pub async fn is_answered(&mut self) -> bool {
        matches!(self.frame().await, Message::Text(_))
    }

    /// The code and reason with which the bridge closes.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Message::Close(Some(frame)) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn frame(&mut self) -> Message {
        let frame = timeout(ANSWER_TIMEOUT, self.socket.next()).await;
        frame
            .expect("the bridge is silent")
            .expect("the end")
            .unwrap()
    }

    /// Closes the tab.
    pub async fn close(mut self) {
        self.socket.close(None).await.unwrap();
    }
}
