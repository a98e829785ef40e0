//! The browser's half of the handle: starts the way to a card once the page
//! lives, and reads every card that is inserted.

use std::rc::Rc;

use card_protocol::{CardError, bridge::Call};
use leptos::{ev, prelude::*, task::spawn_local};
use serde_json::Value;

use super::{CardFace, CardWay, Device, FaceKind, View, bridge::Bridge, insertions};

impl Device {
    /// Effects run in the browser only, after hydration: the first paint does
    /// not wait for a socket.
    pub(super) fn start(self, view: RwSignal<View>) {
        Effect::new(move || {
            let bridge = Bridge::start(move |new| view.set(new));
            self.way.set_value(Some(Rc::new(bridge)));
            // A person who comes back from starting the bridge expects the
            // page to have seen it.
            let _for_the_life_of_the_page =
                window_event_listener(ev::focus, move |_event| self.wanted(false));
        });
        Effect::new(move || {
            self.readers.with(|readers| {
                // A bridge that was restarted counts insertions anew.
                self.known
                    .update(|known| known.retain(|face| face.is_in(readers)));
                if self.attended.get() {
                    return;
                }
                for (reader, insertion) in insertions(readers) {
                    let face = |face: &CardFace| face.is_of(reader, insertion);
                    if !self.known.with_untracked(|known| known.iter().any(face)) {
                        spawn_local(self.read_face(reader.to_owned(), insertion));
                    }
                }
            });
        });
    }

    pub(super) fn wanted(self, by_person: bool) {
        if let Ok(way) = self.way() {
            way.connect(by_person);
        }
    }

    /// Has the way to the card do something.
    pub(super) async fn ask(self, call: Call) -> Result<Value, CardError> {
        self.way()?.ask(call).await
    }

    fn way(self) -> Result<Rc<dyn CardWay>, CardError> {
        self.way.get_value().ok_or(CardError::BridgeNotRunning)
    }

    async fn read_face(self, reader: String, insertion: u64) {
        let (kind, identity) = match self.identify(reader.clone()).await {
            Ok(identity) => (FaceKind::of(Ok(&identity)), Some(identity)),
            Err(error) => (FaceKind::of(Err(error)), None),
        };
        if matches!(
            kind,
            FaceKind::Unreadable(
                CardError::BridgeNotRunning | CardError::Cancelled | CardError::Busy
            )
        ) {
            // That says nothing of the card.
            return;
        }
        self.known.update(|known| {
            known.retain(|face| face.reader != reader);
            known.push(CardFace {
                reader,
                insertion,
                kind,
                identity,
            });
        });
    }
}
