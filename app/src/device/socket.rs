//! A WebSocket to one port of the loopback interface, whose events go into
//! the queue of [`super::bridge`] with the socket's number on them.

use leptos::wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{CloseEvent, Event as DomEvent, MessageEvent, WebSocket};

use super::{acquaintance, bridge::Events, link::Event};

/// A socket that closes, and falls silent, when it is dropped.
pub(super) struct Socket {
    inner: WebSocket,
    _opened: Closure<dyn FnMut(DomEvent)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Begins to connect; `None` when the browser does not even let the page try.
    pub(super) fn open(port: u16, number: u64, events: &Events) -> Option<Self> {
        // By address, never by name: browsers trust `ws://127.0.0.1` from a
        // secure page, and a name could be led elsewhere.
        let socket = WebSocket::new(&format!("ws://127.0.0.1:{port}")).ok()?;
        let put = |events: &Events| {
            let events = events.clone();
            move |event| {
                let _gone_with_the_page = events.unbounded_send(event);
            }
        };
        let opened = put(events);
        let opened = Closure::<dyn FnMut(_)>::new(move |_event: DomEvent| {
            opened(match acquaintance::challenge() {
                Some(challenge) => Event::Opened {
                    socket: number,
                    challenge,
                },
                // Without random bytes nobody can prove anything: nobody is there.
                None => Event::Closed {
                    socket: number,
                    code: 0,
                },
            });
        });
        let message = put(events);
        let message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            // A frame that is not text is nonsense, and so is the empty text.
            let text = event.data().as_string().unwrap_or_default();
            message(Event::Message {
                socket: number,
                text,
            });
        });
        let closed = put(events);
        let closed = Closure::<dyn FnMut(_)>::new(move |event: CloseEvent| {
            closed(Event::Closed {
                socket: number,
                code: event.code(),
            });
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Some(Self {
            inner: socket,
            _opened: opened,
            _message: message,
            _closed: closed,
        })
    }

    /// Sends a text frame. A socket that is closing says so by its own event.
    pub(super) fn send(&self, text: &str) {
        let _closed_event_follows = self.inner.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.inner.set_onopen(None);
        self.inner.set_onmessage(None);
        self.inner.set_onclose(None);
        let _closed_already = self.inner.close();
    }
}
