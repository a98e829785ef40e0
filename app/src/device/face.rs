//! What a card shows of itself without a PIN: which it is and whose, and how
//! many tries its PIN has left; and the card that somebody wants.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::{
    CardError,
    bridge::{self, Identity},
    tlv::{Reader, Tag, read},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::model::SessionView;

/// A card in a reader, as far as it is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFace {
    /// The reader's name.
    pub reader: String,
    /// Which insertion in this reader it is.
    pub insertion: u64,
    /// What could be read, or why nothing could.
    pub kind: FaceKind,
    /// The same as the bridge read it, for the service.
    pub identity: Option<Identity>,
}

/// What could be read from a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceKind {
    /// A card that was made: it has a certificate with IC卡号.
    Made {
        /// IC卡号 (`serialNumber`), which tells cards apart.
        card_no: String,
        /// The holder's name (`CN`), when the certificate has one. Two cards may
        /// have the same.
        holder: Option<String>,
        /// Tries left for the PIN, when the card says; 0 when blocked.
        pin_tries: Option<u8>,
    },
    /// A card without a certificate.
    Blank,
    /// It could not be read.
    Unreadable(CardError),
}

impl FaceKind {
    /// Takes what the bridge read.
    #[must_use]
    pub fn of(identity: Result<&Identity, CardError>) -> Self {
        match identity {
            // Nothing of such a card's certificate is believed.
            Ok(&Identity {
                fault: Some(reason),
                ..
            }) => Self::Unreadable(CardError::UnfitCard { reason }),
            Ok(identity) => match &identity.certificate {
                Some(certificate) => match of_subject(certificate, SERIAL_NUMBER) {
                    Some(card_no) if !card_no.is_empty() => Self::Made {
                        card_no,
                        holder: of_subject(certificate, COMMON_NAME),
                        pin_tries: identity.pin_tries,
                    },
                    // Somebody else's PIV card: no PIN is asked for it.
                    _ => Self::Unreadable(CardError::UnsupportedCard),
                },
                None => Self::Blank,
            },
            Err(error) => Self::Unreadable(error),
        }
    }
}

/// `id-at-commonName`, 2.5.4.3 (X.520), as DER writes its value.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `id-at-serialNumber`, 2.5.4.5: IC卡号.
const SERIAL_NUMBER: &[u8] = &[0x55, 0x04, 0x05];

/// An attribute of the subject of a certificate (DER in base64). It helps a
/// person and the page to tell cards apart and proves nothing: the server
/// decides whose card it is, by the signature.
fn of_subject(certificate: &str, wanted: &[u8]) -> Option<String> {
    let der = STANDARD.decode(certificate).ok()?;
    let (certificate, _) = read(&der).ok()?;
    let (body, _) = read(certificate.value).ok()?;
    // RFC 5280 §4.1: [0] version, serial, signature, issuer, validity, subject.
    let explicit_version = Tag::new(0xA0)?;
    let mut fields = Reader::new(body.value)
        .filter_map(Result::ok)
        .skip_while(|field| field.tag == explicit_version);
    let subject = fields.nth(4)?;
    Reader::new(subject.value)
        .filter_map(Result::ok)
        .flat_map(|set| Reader::new(set.value).filter_map(Result::ok))
        .find_map(|attribute| {
            let mut parts = Reader::new(attribute.value).filter_map(Result::ok);
            let kind = parts.next()?;
            let value = parts.next()?;
            (kind.value == wanted).then(|| String::from_utf8(value.value.to_vec()).ok())?
        })
}

/// The card that somebody wants, by the service's word. It is known by its
/// number; the name is for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Wanted {
    /// IC卡号.
    pub card_no: String,
    /// The holder's name.
    pub holder: String,
}

impl From<SessionView> for Wanted {
    /// The card that logged in.
    fn from(session: SessionView) -> Self {
        Self {
            card_no: session.card_no.0,
            holder: session.holder_name,
        }
    }
}

/// It is read by way of a `Value`, as what the service answers (ADR 16).
impl TryFrom<Value> for Wanted {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let text = |key| Some(value.get(key)?.as_str()?.to_owned());
        match (text("card_no"), text("holder")) {
            (Some(card_no), Some(holder)) => Ok(Self { card_no, holder }),
            _ => Err("a card that is wanted"),
        }
    }
}

/// The card that a person chose: no PIN goes to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenCard {
    /// Where it is.
    pub reader: String,
    /// Its certificate, as the bridge read it.
    pub certificate: String,
}

impl FaceKind {
    /// Whether it is the card that is wanted.
    #[must_use]
    pub fn is(&self, wanted: &Wanted) -> bool {
        matches!(self, Self::Made { card_no, .. } if *card_no == wanted.card_no)
    }

    /// Whether there is no PIN to be typed for it, whatever happens next: it is no card of
    /// this product's that was made.
    #[must_use]
    pub const fn takes_no_pin(&self) -> bool {
        matches!(
            self,
            Self::Blank
                | Self::Unreadable(CardError::UnfitCard { .. } | CardError::UnsupportedCard)
        )
    }

    /// Why no PIN goes to it, where none does.
    #[must_use]
    pub const fn trouble(&self) -> CardError {
        match self {
            Self::Unreadable(error) => *error,
            Self::Made { .. } | Self::Blank => CardError::UnsupportedCard,
        }
    }

    /// What a person calls it: the holder and the number.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let Self::Made {
            card_no, holder, ..
        } = self
        else {
            return None;
        };
        Some(crate::text::device::card_name(holder.as_deref(), card_no))
    }
}

impl CardFace {
    /// The card, if a PIN may go to it.
    #[must_use]
    pub fn chosen(&self) -> Option<ChosenCard> {
        if !matches!(self.kind, FaceKind::Made { .. }) {
            return None;
        }
        let certificate = self.identity.as_ref()?.certificate.clone()?;
        Some(ChosenCard {
            reader: self.reader.clone(),
            certificate,
        })
    }

    /// Whether it is the face of this insertion.
    #[must_use]
    pub fn is_of(&self, reader: &str, insertion: u64) -> bool {
        self.insertion == insertion && self.reader == reader
    }

    /// Whether this card is still where it was.
    #[must_use]
    pub fn is_in(&self, readers: &[bridge::Reader]) -> bool {
        super::insertions(readers).any(|(reader, insertion)| self.is_of(reader, insertion))
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::CardFault;

    use super::*;

    /// A DER value with this tag.
    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let contents = parts.concat();
        let length = u8::try_from(contents.len()).unwrap();
        assert!(length < 0x80);
        [&[tag, length][..], &contents].concat()
    }

    /// As much of a certificate as is read, with these attributes of the subject.
    fn identity(attributes: &[(&[u8], &str)]) -> Identity {
        let set = |(kind, value): &(&[u8], &str)| {
            let parts = [der(0x06, &[kind]), der(0x0C, &[value.as_bytes()])];
            der(0x31, &[&der(0x30, &[&parts[0], &parts[1]])])
        };
        let sets: Vec<_> = attributes.iter().map(set).collect();
        let subject = der(0x30, &[&sets.concat()]);
        let empty = der(0x30, &[]);
        let fields = [
            &der(0xA0, &[&[2, 1, 2]])[..],
            &[2, 1, 1],
            &empty,
            &empty,
            &empty,
            &subject,
        ];
        let certificate = der(0x30, &[&der(0x30, &fields)]);
        Identity {
            chip: None,
            certificate: Some(STANDARD.encode(certificate)),
            pin_tries: Some(3),
            fault: None,
        }
    }

    fn made(number: &str, name: &str) -> FaceKind {
        FaceKind::of(Ok(&identity(&[
            (SERIAL_NUMBER, number),
            (COMMON_NAME, name),
        ])))
    }

    #[test]
    fn a_card_is_known_by_its_number_and_not_by_a_name() {
        let wanted = Wanted {
            card_no: String::from("8930000000075"),
            holder: String::from("王远航"),
        };
        assert!(made("8930000000075", "王远航").is(&wanted));
        assert!(!made("8930000000075", "王远航").takes_no_pin());
        assert!(FaceKind::Blank.takes_no_pin());
        // Another program lets go of it by and by.
        assert!(!FaceKind::Unreadable(CardError::CardInUse).takes_no_pin());
        assert!(made("8930000000075", "王远帆").is(&wanted));
        assert!(!made("8930000000076", "王远航").is(&wanted));
        assert!(!made("", "王远航").is(&wanted));
        assert!(!FaceKind::Blank.is(&wanted));
        assert_eq!(
            made("8930000000076", "王远航").name().unwrap(),
            "王远航，卡号8930000000076"
        );
    }

    #[test]
    fn a_card_of_another_issuer_gets_no_pin() {
        let face = |identity: Identity| CardFace {
            reader: String::from("R"),
            insertion: 1,
            kind: FaceKind::of(Ok(&identity)),
            identity: Some(identity),
        };
        let foreign = face(identity(&[(COMMON_NAME, "王远航")]));
        assert_eq!(
            foreign.kind,
            FaceKind::Unreadable(CardError::UnsupportedCard)
        );
        assert_eq!(foreign.chosen(), None);
        let own = identity(&[(SERIAL_NUMBER, "1"), (COMMON_NAME, "王远航")]);
        let certificate = own.certificate.clone().unwrap();
        assert_eq!(
            face(own).chosen(),
            Some(ChosenCard {
                reader: String::from("R"),
                certificate
            })
        );
    }

    /// Whatever stands in its certificate.
    #[test]
    fn a_card_with_a_fault_gets_no_pin_and_is_named_by_it() {
        for reason in CardFault::ALL {
            let identity = Identity {
                fault: Some(reason),
                ..identity(&[(SERIAL_NUMBER, "1"), (COMMON_NAME, "王远航")])
            };
            let face = CardFace {
                reader: String::from("R"),
                insertion: 1,
                kind: FaceKind::of(Ok(&identity)),
                identity: Some(identity),
            };
            assert_eq!(face.chosen(), None, "{reason:?}");
            assert!(face.kind.takes_no_pin(), "no field over it");
            assert_eq!(face.kind.name(), None);
            assert_eq!(face.kind.trouble(), CardError::UnfitCard { reason });
            let wanted = Wanted {
                card_no: String::from("1"),
                holder: String::from("王远航"),
            };
            assert!(!face.kind.is(&wanted));
        }
    }
}
