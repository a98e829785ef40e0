//! Tells open pages what is new. They listen by `page.js`, which a server that
//! is built for development puts into its pages when it is told to.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use serde_json::json;
use tungstenite::{Message, WebSocket};

use super::sentences::Pair;
use crate::error::{Error, Result};

/// A page that does not take a message in time has gone.
const PATIENCE: Duration = Duration::from_secs(1);

type Pages = Arc<Mutex<Vec<WebSocket<TcpStream>>>>;

/// The pages that are open.
#[derive(Debug)]
pub(super) struct Reload {
    port: u16,
    pages: Pages,
}

impl Reload {
    /// Listens for pages on a free port of the loopback interface.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn listen() -> Result<Self> {
        let said = |error| Error::Said(format!("listening for pages: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(said)?;
        let port = listener.local_addr().map_err(said)?.port();
        let pages = Pages::default();
        let opened = Arc::clone(&pages);
        thread::spawn(move || {
            for stream in listener.incoming().filter_map(std::result::Result::ok) {
                if let Some(page) = welcome(stream) {
                    opened
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(page);
                }
            }
        });
        Ok(Self { port, pages })
    }

    /// The script with which pages listen.
    pub(super) fn script(&self) -> String {
        include_str!("page.js").replace("PORT", &self.port.to_string())
    }

    /// Tells each page; gives how many there are.
    pub(super) fn tell(&self, news: &News) -> usize {
        let message = Message::text(news.message());
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.retain_mut(|page| page.send(message.clone()).is_ok());
        pages.len()
    }
}

/// What a page is told.
#[derive(Debug)]
pub(super) enum News {
    /// The page is another one: it is to be loaded anew.
    Page,
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
            Self::Page => json!({ "reload": true }),
            Self::Sheet(address) => json!({ "sheet": address }),
            Self::Sentences(pairs) => json!({ "sentences": pairs }),
            Self::Building => json!({ "building": true }),
            Self::Failed => json!({ "failed": true }),
            Self::Done => json!({ "done": true }),
        };
        message.to_string()
    }
}

/// A page that says what a page says. Whoever does not has nothing to hear.
fn welcome(stream: TcpStream) -> Option<WebSocket<TcpStream>> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    tungstenite::accept(stream).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_pages_are_told_and_closed_ones_are_forgotten() {
        let reload = Reload::listen().unwrap();
        let address = format!("ws://127.0.0.1:{}", reload.port);
        assert!(reload.script().contains(&address));
        let open = || {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, reload.port)).unwrap();
            tungstenite::client(&address, stream).unwrap().0
        };
        let mut page = open();
        let closed = open();
        // A page counts a moment after its handshake has been answered.
        while reload.tell(&News::Building) < 2 {}
        drop(closed);
        let sheet = News::Sheet("/pkg/ic-card.css".into());
        while reload.tell(&sheet) > 1 {}
        let mut told = Vec::new();
        while told.last().is_none_or(|last| *last != sheet.message()) {
            told.push(page.read().unwrap().to_string());
        }
        assert_eq!(told[0], r#"{"building":true}"#);
        assert_eq!(sheet.message(), r#"{"sheet":"/pkg/ic-card.css"}"#);
    }

    #[test]
    fn pairs_of_sentences_are_lists_of_two() {
        let news = News::Sentences(vec![("确定".into(), "是".into())]);
        assert_eq!(news.message(), r#"{"sentences":[["确定","是"]]}"#);
    }
}
