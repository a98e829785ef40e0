//! What a card shows of itself without a PIN: whose it is, until when its
//! certificate is good, and how many tries its PIN has left.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::{
    CardError,
    bridge::{self, Identity},
    tlv::{Reader, Tag, read},
};

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
    /// A card that was made: it has a certificate.
    Made {
        /// The holder's name (`CN`), when the certificate has one.
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
            Ok(identity) => match &identity.certificate {
                Some(certificate) => Self::Made {
                    holder: holder(certificate),
                    pin_tries: identity.pin_tries,
                },
                None => Self::Blank,
            },
            Err(error) => Self::Unreadable(error),
        }
    }
}

/// `id-at-commonName`, 2.5.4.3 (X.520), as DER writes its value.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// The subject's common name of a certificate (DER in base64). It is shown
/// to help a person tell cards apart and proves nothing: the server decides
/// whose card it is, by the signature.
fn holder(certificate: &str) -> Option<String> {
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
            (kind.value == COMMON_NAME).then(|| String::from_utf8(value.value.to_vec()).ok())?
        })
}

impl CardFace {
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
