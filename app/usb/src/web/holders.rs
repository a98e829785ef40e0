//! Who has a key that this page can't have: another tab of the same browser says so, by its
//! title. Where none does, it is another program.

use std::{cell::RefCell, rc::Rc, time::Duration};

use js_sys::{Reflect, global};
use wasm_bindgen::{JsCast as _, closure::Closure};

use super::{
    bindings::{BroadcastChannel, MessageEvent},
    clock::BrowserClock,
};
use crate::{platform::Clock as _, port::PortLabel};

/// The channel of all tabs of the origin.
const CHANNEL: &str = "card-usb";
/// So long a tab may take to say that it has a key.
const ANSWER: Duration = Duration::from_millis(300);
/// Between the words of a message; in no word of a device that can be shown.
const BREAK: char = '\u{1f}';
const WHO_HAS: &str = "who has";
const I_HAVE: &str = "I have";

/// What other tabs said since they were asked: device, title.
type Said = Rc<RefCell<Vec<(String, String)>>>;

/// The way to the other tabs.
pub(super) struct Holders {
    /// `None` in a browser without such channels: then nobody answers.
    channel: Option<BroadcastChannel>,
    said: Said,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Holders {
    /// Answers other tabs: `has` says whether this one has the device of that word.
    pub(super) fn new(has: impl Fn(&str) -> bool + 'static) -> Self {
        let channel = BroadcastChannel::new(CHANNEL).ok();
        let said = Said::default();
        let (answers, noted) = (channel.clone(), Rc::clone(&said));
        let heard = Closure::new(move |event: MessageEvent| {
            let Some(text) = event.data().as_string() else {
                return;
            };
            let mut words = text.splitn(3, BREAK);
            match (words.next(), words.next(), words.next()) {
                (Some(WHO_HAS), Some(device), None) if has(device) => {
                    if let Some(channel) = &answers {
                        let title = document_title();
                        channel.post(&format!("{I_HAVE}{BREAK}{device}{BREAK}{title}").into());
                    }
                }
                (Some(I_HAVE), Some(device), Some(title)) => {
                    let one = (device.to_owned(), title.to_owned());
                    noted.borrow_mut().push(one);
                }
                _ => {}
            }
        });
        if let Some(channel) = &channel {
            channel.set_onmessage(heard.as_ref().unchecked_ref());
        }
        Self {
            channel,
            said,
            _heard: heard,
        }
    }

    /// The title of the tab that has the device, if one has.
    pub(super) async fn holder_of(&self, label: &PortLabel) -> Option<String> {
        let device = word(label);
        let channel = self.channel.as_ref()?;
        self.said.borrow_mut().clear();
        channel.post(&format!("{WHO_HAS}{BREAK}{device}").into());
        BrowserClock.sleep(ANSWER).await;
        let said = std::mem::take(&mut *self.said.borrow_mut());
        said.into_iter()
            .find(|(one, _)| *one == device)
            .map(|(_, title)| title)
    }
}

impl Drop for Holders {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.end();
        }
    }
}

/// By which tabs mean the same device.
pub(super) fn word(label: &PortLabel) -> String {
    let words = format!("{}/{}", label.product, label.serial);
    words.chars().filter(|one| *one != BREAK).collect()
}

fn document_title() -> String {
    let document = Reflect::get(&global(), &"document".into()).unwrap_or_default();
    let title = Reflect::get(&document, &"title".into()).unwrap_or_default();
    title.as_string().unwrap_or_default()
}
