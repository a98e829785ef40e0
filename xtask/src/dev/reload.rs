//! Tells open pages what is new. They listen by `page.js`, which a server that
//! is built for development puts into its pages when it is told to.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;
use tungstenite::{
    Message, WebSocket,
    handshake::server::{ErrorResponse, Request, Response},
    http::StatusCode,
};

use super::sentences::Pair;
use crate::error::{Error, Result};

/// A page that does not take a message in time has gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(1);

/// More pages than anybody has open: the oldest make room.
const MAX_PAGES: usize = 32;

type Pages = Arc<Mutex<Vec<WebSocket<TcpStream>>>>;

/// The pages that are open.
#[derive(Debug)]
pub(super) struct Reload {
    port: u16,
    pages: Pages,
    /// Which page is the newest: the process and how often it was built. A page
    /// that hears of another one than its own loads itself anew.
    build: Arc<AtomicU32>,
}

impl Reload {
    /// Listens for the pages of the server on `server_port`: on the next port,
    /// so that pages of an earlier `dev` find this one, or on a free one.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn listen(server_port: u16) -> Result<Self> {
        let said = |error| Error::Said(format!("listening for pages: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, server_port.saturating_add(1)))
            .or_else(|_taken| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .map_err(said)?;
        let reload = Self {
            port: listener.local_addr().map_err(said)?.port(),
            pages: Pages::default(),
            build: Arc::default(),
        };
        let (pages, build) = (Arc::clone(&reload.pages), Arc::clone(&reload.build));
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(std::result::Result::ok) {
                let Some(mut page) = welcome(stream, server_port) else {
                    continue;
                };
                let mut pages = pages.lock().unwrap_or_else(PoisonError::into_inner);
                // What was told while the page was loading.
                if page.send(current(&build).to_message()).is_ok() {
                    pages.push(page);
                }
                let surplus = pages.len().saturating_sub(MAX_PAGES);
                pages.drain(..surplus);
            }
        });
        Ok(reload)
    }

    /// The port at which pages listen.
    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The script with which pages listen, and know which one they are.
    pub(super) fn script(&self) -> String {
        include_str!("page.js")
            .replace("PORT", &self.port.to_string())
            .replace("BUILD", &build(&self.build))
    }

    /// There is another page from now on.
    pub(super) fn next_page(&self) -> News {
        self.build.fetch_add(1, Ordering::Relaxed);
        current(&self.build)
    }

    /// Tells each page; gives how many there are.
    pub(super) fn tell(&self, news: &News) -> usize {
        let message = news.to_message();
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.retain_mut(|page| page.send(message.clone()).is_ok());
        pages.len()
    }
}

/// What a page is told.
#[derive(Debug)]
pub(super) enum News {
    /// The newest page is this one: any other is to be loaded anew.
    Page(String),
    /// The style sheet at this address is another one.
    Sheet(String),
    /// Sentences have other words.
    Sentences(Vec<Pair>),
    /// Something is being compiled.
    Building,
    /// It does not compile.
    Failed,
    /// It was compiled, and nothing on the page is otherwise.
    Done,
}

impl News {
    /// In the form that `page.js` reads: what is to be done, and with what.
    fn message(&self) -> String {
        let message = match self {
            Self::Page(build) => json!({ "page": build }),
            Self::Sheet(address) => json!({ "sheet": address }),
            Self::Sentences(pairs) => json!({ "sentences": pairs }),
            Self::Building => json!({ "building": true }),
            Self::Failed => json!({ "failed": true }),
            Self::Done => json!({ "done": true }),
        };
        message.to_string()
    }

    fn to_message(&self) -> Message {
        Message::text(self.message())
    }
}

fn current(number: &AtomicU32) -> News {
    News::Page(build(number))
}

fn build(number: &AtomicU32) -> String {
    format!("{}-{}", std::process::id(), number.load(Ordering::Relaxed))
}

/// A page of our own server. Pages from elsewhere have nothing to hear.
fn welcome(stream: TcpStream, server_port: u16) -> Option<WebSocket<TcpStream>> {
    stream.set_read_timeout(Some(SEND_TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(SEND_TIMEOUT)).ok()?;
    let ours = ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{server_port}"));
    #[expect(
        clippy::result_large_err,
        reason = "the form that tungstenite asks for"
    )]
    let check = |request: &Request, response: Response| {
        let origin = request.headers().get("origin");
        if origin.is_some_and(|origin| ours.iter().any(|our| origin == our)) {
            return Ok(response);
        }
        let mut refused = ErrorResponse::new(None);
        *refused.status_mut() = StatusCode::FORBIDDEN;
        Err(refused)
    };
    tungstenite::accept_hdr(stream, check).ok()
}

#[cfg(test)]
mod tests {
    use tungstenite::{ClientRequestBuilder, client};

    use super::*;

    /// A port on which no server is asked for: only its number counts.
    const SERVER: u16 = 1;

    fn open(reload: &Reload, origin: &str) -> Option<WebSocket<TcpStream>> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, reload.port)).unwrap();
        let address = format!("ws://127.0.0.1:{}/", reload.port);
        let request = ClientRequestBuilder::new(address.parse().unwrap());
        let request = request.with_header("Origin", origin);
        client(request, stream).ok().map(|(page, _)| page)
    }

    #[test]
    fn pages_are_told_which_one_is_the_newest_and_closed_ones_are_forgotten() {
        let reload = Reload::listen(SERVER).unwrap();
        assert!(reload.script().contains(&format!(":{}", reload.port)));
        let mut page = open(&reload, "http://127.0.0.1:1").unwrap();
        let closed = open(&reload, "http://localhost:1").unwrap();
        let first = page.read().unwrap();
        assert_eq!(first, current(&reload.build).to_message());
        // A page counts a moment after its handshake has been answered.
        while reload.tell(&News::Building) < 2 {}
        drop(closed);
        let next = reload.next_page();
        while reload.tell(&next) > 1 {}
        assert_ne!(first, next.to_message());
        assert!(reload.script().contains(&build(&reload.build)));
        let mut told = vec![page.read().unwrap()];
        assert_eq!(told[0], Message::text(r#"{"building":true}"#));
        while told.last() != Some(&next.to_message()) {
            told.push(page.read().unwrap());
        }
    }

    #[test]
    fn a_page_from_elsewhere_hears_nothing() {
        let reload = Reload::listen(SERVER).unwrap();
        for origin in ["https://evil.example", "http://127.0.0.1:2", "null"] {
            assert!(open(&reload, origin).is_none(), "{origin}");
        }
        assert_eq!(reload.tell(&News::Done), 0);
    }

    #[test]
    fn pairs_of_sentences_are_lists_of_two() {
        let news = News::Sentences(vec![("确定".into(), "是".into())]);
        assert_eq!(news.message(), r#"{"sentences":[["确定","是"]]}"#);
    }
}
