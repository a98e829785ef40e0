//! The card as the browser reaches it. One handle, [`Device`], for all ways to
//! a card; it is put into the context once ([`provide_device`]) and lives as
//! long as the page. On the server the same handle exists, does nothing and
//! says [`DeviceStatus::NotStarted`], so that pages render.

use card_protocol::bridge::{Confirm, PinEntry, Reader, Slot};
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod acquaintance;
pub mod again;
mod asking;
mod both;
#[cfg(feature = "hydrate")]
mod bridge;
#[cfg(any(feature = "hydrate", test))]
mod calls;
pub mod diagnosis;
pub mod face;
#[cfg(any(feature = "hydrate", test))]
mod finding;
#[cfg(any(feature = "hydrate", test))]
mod link;
pub(crate) mod login_card;
pub mod newest;
#[cfg(not(feature = "hydrate"))]
mod on_server;
#[cfg(feature = "hydrate")]
mod permission;
#[cfg(feature = "hydrate")]
mod resume_ticket;
#[cfg(feature = "hydrate")]
mod socket;
#[cfg(feature = "hydrate")]
mod start;
pub mod status;
#[cfg(feature = "hydrate")]
mod usb;
#[cfg(feature = "hydrate")]
mod usb_module;
pub mod usb_settings;
pub mod usb_view;
pub mod way;
#[cfg(feature = "hydrate")]
mod ways;

pub use face::{CardFace, ChosenCard, FaceKind, Wanted};
pub use newest::{BridgeVersion, NewestBridge};
pub use status::{AboutBridge, DeviceStatus, View};
pub use usb_settings::UsbSettings;
pub use usb_view::{KeyFault, UnusableKey, UsbView};
pub use way::CardWay;

/// The way to a card, for every screen. Copy it freely.
#[derive(Clone, Copy)]
pub struct Device {
    /// The first thing that is missing, or that all is well, on the way that leads
    /// furthest.
    pub status: Signal<DeviceStatus>,
    /// The readers, and the keys that the page opens itself, and what is in them.
    pub readers: Signal<Vec<Reader>>,
    /// What the cards in the readers show of themselves; a card is missing
    /// here for the moment it takes to read it.
    pub faces: Signal<Vec<CardFace>>,
    /// Where the PIN of the card to use is typed.
    pub pin_entry: Signal<PinEntry>,
    /// The way over the bridge alone: how far it leads, and what the bridge said of itself.
    pub bridge: Signal<View>,
    /// The keys that the page opens itself.
    pub usb: Signal<UsbView>,
    /// The reader to use: the one that was chosen while its card stays in; else
    /// the only one that has a card, which then stays the one. Of several, none:
    /// a person says which.
    pub reader: Signal<Option<String>>,
    /// Whether a dialog of this page works with the cards that come and go:
    /// then nothing else reads them or heals what is unfinished on them.
    pub attended: RwSignal<bool>,
    chosen: RwSignal<Option<Inserted>>,
    known: RwSignal<Vec<CardFace>>,
    #[cfg(feature = "hydrate")]
    way: StoredValue<Option<std::rc::Rc<dyn CardWay>>, LocalStorage>,
    #[cfg(feature = "hydrate")]
    keys: StoredValue<Option<usb::Usb>, LocalStorage>,
}

/// Whether all islands of the page live. Until then nothing looks for a card.
#[derive(Clone, Copy)]
pub(crate) struct AllLive(pub(crate) RwSignal<bool>);

/// Makes the handle and puts it into the context; call it once, in the app's
/// outermost component. In the browser it starts looking for a card once all islands live.
pub fn provide_device() {
    let all_live = AllLive(RwSignal::new(false));
    let view = RwSignal::new(View::default());
    let usb = RwSignal::new(UsbView::default());
    let known = RwSignal::new(Vec::<CardFace>::new());
    let chosen = RwSignal::new(None::<Inserted>);
    let readers = Memo::new(move |_| both::readers(&view.read(), &usb.read()));
    let in_use = Memo::new(move |before: Option<&Option<Inserted>>| {
        let chosen = chosen.get();
        let kept = [chosen.as_ref(), before.and_then(Option::as_ref)];
        readers.with(|readers| usable(readers, kept))
    });
    let reader = Memo::new(move |_| in_use.get().map(|(reader, _)| reader));
    // What the page opens itself has no pad, and no dialog but the page's.
    let is_by_key =
        Memo::new(move |_| reader.with(|reader| reader.as_deref().is_some_and(both::is_key)));
    let device = Device {
        status: Memo::new(move |_| both::status(&view.read(), &usb.read())).into(),
        readers: readers.into(),
        faces: Signal::derive(move || readers.with(|readers| present(readers, &known.read()))),
        pin_entry: Memo::new(move |_| {
            if is_by_key.get() {
                PinEntry::Page
            } else {
                view.with(|view| view.pin_entry)
            }
        })
        .into(),
        bridge: view.into(),
        usb: usb.into(),
        reader: reader.into(),
        attended: RwSignal::new(false),
        chosen,
        known,
        #[cfg(feature = "hydrate")]
        way: StoredValue::new_local(None),
        #[cfg(feature = "hydrate")]
        keys: StoredValue::new_local(None),
    };
    #[cfg(feature = "hydrate")]
    device.start(view, usb, all_live);
    provide_context(all_live);
    provide_context(login_card::LoginCard {
        gives_way: RwSignal::new(false),
        is_out: RwSignal::new(false),
    });
    provide_context(device);
}

/// The handle that [`provide_device`] put into the context.
///
/// # Panics
///
/// Outside of the app.
#[must_use]
pub fn use_device() -> Device {
    expect_context()
}

/// The faces of the cards that are in the readers now.
fn present(readers: &[Reader], known: &[CardFace]) -> Vec<CardFace> {
    let mut faces = known.to_vec();
    faces.retain(|face| face.is_in(readers));
    faces
}

/// A card by where it is: the reader's name and the insertion.
type Inserted = (String, u64);

/// The readers that have a card, each with the card's insertion.
fn insertions(readers: &[Reader]) -> impl Iterator<Item = (&str, u64)> {
    readers.iter().filter_map(|reader| match reader.slot {
        Slot::Card { insertion, .. } => Some((reader.name.as_str(), insertion)),
        Slot::Empty | Slot::Mute => None,
    })
}

/// The card to use: the first of those that were in use which is still in, else
/// the only one there is.
fn usable(readers: &[Reader], kept: [Option<&Inserted>; 2]) -> Option<Inserted> {
    let here: Vec<_> = insertions(readers).collect();
    let is_here = |(reader, insertion): &&Inserted| here.contains(&(reader.as_str(), *insertion));
    if let Some(kept) = kept.into_iter().flatten().find(is_here) {
        return Some(kept.clone());
    }
    match here[..] {
        [(reader, insertion)] => Some((reader.to_owned(), insertion)),
        _ => None,
    }
}

impl Device {
    /// Who asks before the card to use signs something. What the page opens itself has no
    /// window.
    #[must_use]
    pub fn confirm(self) -> Confirm {
        if self.reader.get().as_deref().is_some_and(both::is_key) {
            return Confirm::Page;
        }
        self.bridge.with(|view| view.bridge.confirm)
    }

    /// Whether the way to a card is that over a key which the page opens itself.
    #[must_use]
    pub fn is_by_key(self) -> bool {
        match self.reader.get() {
            Some(reader) => both::is_key(&reader),
            None => self.bridge.with(|view| view.status != self.status.get()),
        }
    }

    /// Looks for the bridge now. To be called from a click: where the browser
    /// wants a person's permission, it asks for it then.
    pub fn connect(self) {
        self.wanted(true);
    }

    /// Has the browser ask for a key that the page opens itself. To be called from a
    /// click.
    pub async fn choose_key(self) {
        self.chooses_key().await;
    }

    /// Has the browser ask for any USB device, and gives what that says of itself, for the
    /// help desk; `None` when none was chosen. To be called from a click.
    pub async fn describe_usb(self) -> Option<String> {
        self.describes_usb().await
    }

    /// Takes whoever is the only one for the bridge from now on. To be called only
    /// when a person said that the bridge was installed anew.
    pub fn forget_bridge(self) {
        self.forgets();
    }

    /// Uses the card in this reader from now on, while it is in.
    pub fn choose_reader(self, reader: &str) {
        let insertions = untrack(|| self.insertions());
        let card = insertions.into_iter().find(|(name, _)| name == reader);
        self.chosen.set(card);
    }

    /// The card to use, once it is known which it is and it may get a PIN.
    #[must_use]
    pub fn card(self) -> Option<ChosenCard> {
        self.face()?.chosen()
    }

    /// The readers that have a card, by name.
    #[must_use]
    pub fn readers_with_card(self) -> Vec<String> {
        self.readers.with(|readers| {
            insertions(readers)
                .map(|(reader, _)| reader.to_owned())
                .collect()
        })
    }

    /// Whether a reader is one of the demo's virtual ones.
    #[must_use]
    pub fn has_virtual_reader(self) -> bool {
        self.readers
            .with(|all| all.iter().any(|one| one.is_virtual))
    }

    /// What the card in the reader to use shows of itself.
    #[must_use]
    pub fn face(self) -> Option<CardFace> {
        let reader = self.reader.get()?;
        self.faces
            .with(|faces| faces.iter().find(|face| face.reader == reader).cloned())
    }

    /// Whether nobody has to pull a card to insert another one.
    #[must_use]
    pub fn has_second_reader(self) -> bool {
        self.readers.with_untracked(|readers| readers.len() > 1)
    }

    /// The cards that are in: each reader that has one, with its insertion.
    #[must_use]
    pub fn insertions(self) -> Vec<(String, u64)> {
        self.readers.with(|readers| {
            insertions(readers)
                .map(|(reader, insertion)| (reader.to_owned(), insertion))
                .collect()
        })
    }

    /// The card may show another face now: something was written on it.
    pub fn look_again(self, face: &CardFace) {
        self.read_anew(face.reader.clone(), face.insertion);
    }

    /// Which card is in the reader to use: the reader and its insertion.
    #[must_use]
    pub fn insertion(self) -> Option<(String, u64)> {
        let reader = self.reader.get()?;
        let insertion = self.readers.with(|readers| {
            insertions(readers)
                .find(|(name, _)| *name == reader)
                .map(|(_, insertion)| insertion)
        });
        Some((reader, insertion?))
    }

    /// What the card in the reader to use is called, when it is clearly not the
    /// wanted one: it has another number. The bridge compares too; this
    /// spares a person from typing a PIN for somebody else's card.
    #[must_use]
    pub fn stranger(self, wanted: &Wanted) -> Option<String> {
        let kind = self.face()?.kind;
        if kind.is(wanted) { None } else { kind.name() }
    }

    /// Whether the card in the reader to use is one that no PIN is for: there is no field
    /// for one then.
    #[must_use]
    pub fn takes_no_pin(self) -> bool {
        self.face().is_some_and(|face| face.kind.takes_no_pin())
    }

    /// Whether the card in the reader to use is the wanted one.
    #[must_use]
    pub fn holds(self, wanted: &Wanted) -> bool {
        self.face().is_some_and(|face| face.kind.is(wanted))
    }

    /// Uses the reader with the wanted card, where the one in use has another or
    /// none is in use. To be called from an effect.
    pub fn prefer(self, wanted: &Wanted) {
        if self.holds(wanted) {
            return;
        }
        if let Some((reader, _)) = self.insertion_of(wanted) {
            self.choose_reader(&reader);
        }
    }

    /// Where the wanted card is, if it is in: reader and insertion.
    #[must_use]
    pub fn insertion_of(self, wanted: &Wanted) -> Option<(String, u64)> {
        self.faces.with(|faces| {
            let face = faces.iter().find(|face| face.kind.is(wanted))?;
            Some((face.reader.clone(), face.insertion))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(cards: &[Option<u64>]) -> Vec<Reader> {
        let reader = |(index, card): (usize, &Option<u64>)| Reader {
            name: format!("R{index}"),
            slot: card.map_or(Slot::Empty, |insertion| Slot::Card {
                insertion,
                atr: String::new(),
            }),
            is_virtual: false,
            has_pin_pad: false,
        };
        cards.iter().enumerate().map(reader).collect()
    }

    fn card(reader: &str, insertion: u64) -> Inserted {
        (reader.to_owned(), insertion)
    }

    #[test]
    fn among_several_cards_none_is_taken_by_itself() {
        let [first, second] = [card("R0", 1), card("R1", 2)];
        for (cards, chosen, before, expected) in [
            (&[None, None][..], None, None, None),
            (&[Some(1), None], None, None, Some(&first)),
            (&[None, Some(2)], None, None, Some(&second)),
            (&[Some(1), Some(2)], None, None, None),
            // The only one stays the one when another comes, in whichever reader.
            (&[Some(1), Some(2)], None, Some(&second), Some(&second)),
            (&[Some(1), Some(2)], None, Some(&first), Some(&first)),
            // What a person chose wins.
            (
                &[Some(1), Some(2)],
                Some(&second),
                Some(&first),
                Some(&second),
            ),
            // Another card in the reader that was chosen is not the chosen one.
            (&[Some(1), Some(3)], Some(&second), Some(&second), None),
            (&[Some(1), None], Some(&second), Some(&second), Some(&first)),
        ] {
            let usable = usable(&readers(cards), [chosen, before]);
            assert_eq!(usable.as_ref(), expected, "{cards:?} {chosen:?} {before:?}");
        }
    }
}
