//! Where the card is that logged in: a session goes on while it is in, and is locked when
//! it was taken out.

use card_protocol::CardError;
use leptos::prelude::*;

use super::{CardFace, Device, Wanted, both, face::FaceKind};

/// What the islands of a page share about the card that logged in. Copy it freely.
#[derive(Clone, Copy)]
pub(crate) struct LoginCard {
    /// Whether a dialog is open in which it gives way to another card.
    pub(crate) gives_way: RwSignal<bool>,
    /// Whether it was taken out otherwise: what is shown is for its holder only.
    pub(crate) is_out: RwSignal<bool>,
}

/// What [`provide_device`](super::provide_device) put into the context.
pub(crate) fn use_login_card() -> LoginCard {
    expect_context()
}

/// Where a card is, as far as the page can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// In the reader of this name.
    In(String),
    /// In none of the readers.
    Out,
    /// Nobody can say: the readers can't be seen, or what is in them was not read.
    Unknown,
}

impl Device {
    /// Where the card is that logged in, which was `before` there. To be called from an
    /// effect.
    pub(crate) fn whereabouts(self, wanted: &Wanted, before: Option<&Whereabouts>) -> Whereabouts {
        let sight = Sight {
            bridge: self.bridge.with(|view| view.status.sees_readers()),
            keys: !self.usb.with(|usb| usb.was_used || !usb.keys.is_empty()),
        };
        whereabouts(sight, &self.insertions(), &self.faces.get(), wanted, before)
    }
}

/// What the page sees all of.
#[derive(Clone, Copy, Debug)]
struct Sight {
    /// The bridge's readers.
    bridge: bool,
    /// The keys: where this browser uses some, another page may have the one, or it is
    /// being opened.
    keys: bool,
}

/// The same from what is seen.
fn whereabouts(
    sight: Sight,
    cards: &[(String, u64)],
    faces: &[CardFace],
    wanted: &Wanted,
    before: Option<&Whereabouts>,
) -> Whereabouts {
    if let Some(face) = faces.iter().find(|face| face.kind.is(wanted)) {
        return Whereabouts::In(face.reader.clone());
    }
    let is_read = |(reader, insertion): &(String, u64)| {
        let mut faces = faces.iter();
        let face = faces.find(|face| face.is_of(reader, *insertion));
        face.is_some_and(|face| match face.kind {
            FaceKind::Made { .. } | FaceKind::Blank => true,
            // What says which card it is not. Of another error it may be any.
            FaceKind::Unreadable(error) => matches!(
                error,
                CardError::UnsupportedCard | CardError::UnfitCard { .. }
            ),
        })
    };
    if !cards.iter().all(is_read) {
        return Whereabouts::Unknown;
    }
    let sees_where_it_would_be = match before {
        Some(Whereabouts::In(reader)) if both::is_key(reader) => true,
        Some(Whereabouts::In(_)) => sight.bridge,
        Some(Whereabouts::Out) => true,
        Some(Whereabouts::Unknown) | None => sight.bridge && sight.keys,
    };
    if sees_where_it_would_be {
        Whereabouts::Out
    } else {
        Whereabouts::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            card_no: String::from("1"),
            holder: String::from("王远航"),
        }
    }

    fn face(reader: &str, card_no: &str) -> CardFace {
        CardFace {
            reader: reader.to_owned(),
            insertion: 1,
            kind: FaceKind::Made {
                card_no: card_no.to_owned(),
                holder: None,
                pin_tries: None,
            },
            identity: None,
        }
    }

    fn unreadable(reader: &str, error: CardError) -> CardFace {
        CardFace {
            kind: FaceKind::Unreadable(error),
            ..face(reader, "")
        }
    }

    const KEY: &str = "USB直连：Ikey";

    #[test]
    fn a_card_is_out_only_where_all_readers_were_seen_and_read() {
        use Whereabouts::{In, Out, Unknown};
        let seen = |reader: &str| In(reader.to_owned());
        let one = |reader: &str| vec![(reader.to_owned(), 1)];
        let tried_again = CardError::CardInUse;
        let all = Sight {
            bridge: true,
            keys: true,
        };
        let bridge = Sight { keys: false, ..all };
        let none = Sight {
            bridge: false,
            ..bridge
        };
        for (sight, cards, faces, before, expected) in [
            // With a bridge.
            (all, one("R"), vec![face("R", "1")], None, seen("R")),
            (all, vec![], vec![], None, Out),
            (all, vec![], vec![], Some(seen("R")), Out),
            (all, one("R"), vec![face("R", "2")], Some(seen("R")), Out),
            (all, one("R"), vec![], Some(seen("R")), Unknown),
            (
                all,
                one("R"),
                vec![unreadable("R", tried_again)],
                None,
                Unknown,
            ),
            (
                all,
                one("R"),
                vec![unreadable("R", CardError::UnsupportedCard)],
                None,
                Out,
            ),
            // This browser uses keys, too.
            (bridge, vec![], vec![], None, Unknown),
            (bridge, vec![], vec![], Some(seen("R")), Out),
            // The bridge is away: nobody took anything.
            (none, vec![], vec![], Some(seen("R")), Unknown),
            (none, vec![], vec![], None, Unknown),
            // What was out stays out until it is seen.
            (none, vec![], vec![], Some(Out), Out),
            (none, one(KEY), vec![face(KEY, "1")], Some(Out), seen(KEY)),
            // A key of this page, and one that another page may have.
            (none, vec![], vec![], Some(seen(KEY)), Out),
            (none, vec![], vec![], Some(Unknown), Unknown),
        ] {
            let found = whereabouts(sight, &cards, &faces, &wanted(), before.as_ref());
            assert_eq!(found, expected, "{sight:?} {cards:?} {before:?}");
        }
    }
}
