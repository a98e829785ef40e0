//! The browser's half of the handle: starts the way to a card once the page
//! lives, and reads every card that is inserted.

use std::{rc::Rc, time::Duration};

use card_protocol::{CardError, bridge::Call};
use leptos::{ev, prelude::*, task::spawn_local, wasm_bindgen::JsCast as _, web_sys::Element};
use serde_json::Value;

use super::{
    AllLive, CardFace, CardWay, Device, FaceKind, UsbView, View,
    again::{AGAIN, is_tried_again},
    bridge::Bridge,
    insertions, resume_ticket,
    usb::Usb,
    ways::Ways,
};

/// A card that could not be read because of something else that is under way is
/// read after this.
const READ_AGAIN: Duration = Duration::from_millis(500);

/// Whether this submits 退出登录.
fn ends_session(event: &ev::SubmitEvent) -> bool {
    let form = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    form.is_some_and(|form| form.get_attribute("action").as_deref() == Some("/logout"))
}

impl Device {
    /// Effects run in the browser only: the first paint does not wait for a socket.
    pub(super) fn start(
        self,
        view: RwSignal<View>,
        usb: RwSignal<UsbView>,
        AllLive(all_live): AllLive,
    ) {
        Effect::new(move || {
            // It changes once.
            if !all_live.get() {
                return;
            }
            let bridge = Bridge::start(resume_ticket::read(), move |new| view.set(new));
            let usb = Usb::start(usb);
            self.keys.set_value(usb.clone());
            self.way.set_value(Some(Rc::new(Ways { bridge, usb })));
            // A person who comes back from starting the bridge expects the
            // page to have seen it.
            let _for_the_life_of_the_page =
                window_event_listener(ev::focus, move |_event| self.wanted(false));
            // 退出登录 is a form of its own; the card is not for who comes next.
            let _for_the_life_of_the_page = window_event_listener(ev::submit, move |event| {
                if ends_session(&event) {
                    self.let_go();
                    resume_ticket::forget();
                }
            });
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

    pub(super) async fn chooses_key(self) {
        if let Some(usb) = self.keys.get_value() {
            // A person who closes the browser's list knows that they did.
            let _nothing_chosen = usb.choose().await;
        }
    }

    pub(super) async fn describes_usb(self) -> Option<String> {
        let usb = self.keys.get_value()?;
        usb.describe_any().await.ok()
    }

    pub(super) fn forgets(self) {
        if let Ok(way) = self.way() {
            way.forget();
        }
    }

    /// Has the way to the card do something.
    pub(super) async fn ask(self, call: Call) -> Result<Value, CardError> {
        self.way()?.ask(call).await
    }

    fn way(self) -> Result<Rc<dyn CardWay>, CardError> {
        self.way.get_value().ok_or(CardError::BridgeNotRunning)
    }

    /// Reads a card's face anew, now: something was written on it. The one that is known
    /// stays until then.
    pub(super) fn read_anew(self, reader: String, insertion: u64) {
        spawn_local(self.read_face(reader, insertion));
    }

    /// Reads a card once more after this, if it is still in, and once no dialog works
    /// with it.
    fn read_again(self, reader: String, insertion: u64, after: Duration) {
        set_timeout(
            move || {
                let here = untrack(|| self.insertions());
                if !here.contains(&(reader.clone(), insertion)) {
                    return;
                }
                if self.attended.get_untracked() {
                    return self.read_again(reader, insertion, after);
                }
                spawn_local(self.read_face(reader, insertion));
            },
            after,
        );
    }

    async fn read_face(self, reader: String, insertion: u64) {
        let (kind, identity) = match self.identify(reader.clone()).await {
            Ok(identity) => (FaceKind::of(Ok(&identity)), Some(identity)),
            Err(error) => (FaceKind::of(Err(error)), None),
        };
        match kind {
            // That says nothing of the card.
            FaceKind::Unreadable(CardError::BridgeNotRunning) => return,
            FaceKind::Unreadable(CardError::Cancelled | CardError::Busy) => {
                return self.read_again(reader, insertion, READ_AGAIN);
            }
            // It is said, and goes on once the other program lets go of the card.
            FaceKind::Unreadable(error) if is_tried_again(error) => {
                self.read_again(reader.clone(), insertion, AGAIN);
            }
            _ => {}
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
