//! The data objects of the PIV application and the commands that read and write
//! them (SP 800-73-4 part 1, table 3; part 2, §3.1.2 and §3.3.2).

use super::PivError;
use crate::{
    apdu::{Command, Ins},
    tlv::{self, Reader, Tag, Writer},
};

const TAG_LIST: Tag = Tag::known(0x5C);
const CONTENTS: Tag = Tag::known(0x53);

/// A data object of the PIV application.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DataObject {
    /// Card Capability Container.
    CardCapability,
    /// Card Holder Unique Identifier: see [`Chuid`](super::Chuid).
    Chuid,
    /// Certificate of key 9A.
    AuthenticationCertificate,
    /// Fingerprints.
    Fingerprints,
    /// Security object: hashes of the other objects.
    SecurityObject,
    /// Facial image.
    FacialImage,
    /// Printed information.
    PrintedInformation,
    /// Certificate of key 9C.
    SignatureCertificate,
    /// Certificate of key 9D.
    KeyManagementCertificate,
    /// Key history.
    KeyHistory,
    /// Certificate of key 9E.
    CardAuthenticationCertificate,
    /// Discovery object: which PINs the card has.
    Discovery,
    /// Certificate of key F9, with which a security key attests (Yubico's "PIV
    /// attestation").
    AttestationCertificate,
}

impl DataObject {
    /// Every object.
    pub const ALL: [Self; 13] = [
        Self::CardCapability,
        Self::Chuid,
        Self::AuthenticationCertificate,
        Self::Fingerprints,
        Self::SecurityObject,
        Self::FacialImage,
        Self::PrintedInformation,
        Self::SignatureCertificate,
        Self::KeyManagementCertificate,
        Self::KeyHistory,
        Self::CardAuthenticationCertificate,
        Self::Discovery,
        Self::AttestationCertificate,
    ];

    /// The tag that names it.
    #[must_use]
    pub const fn tag(self) -> Tag {
        Tag::known(match self {
            Self::CardCapability => 0x5F_C107,
            Self::Chuid => 0x5F_C102,
            Self::AuthenticationCertificate => 0x5F_C105,
            Self::Fingerprints => 0x5F_C103,
            Self::SecurityObject => 0x5F_C106,
            Self::FacialImage => 0x5F_C108,
            Self::PrintedInformation => 0x5F_C109,
            Self::SignatureCertificate => 0x5F_C10A,
            Self::KeyManagementCertificate => 0x5F_C10B,
            Self::KeyHistory => 0x5F_C10C,
            Self::CardAuthenticationCertificate => 0x5F_C101,
            Self::Discovery => 0x7E,
            Self::AttestationCertificate => 0x5F_FF01,
        })
    }

    /// Whether it may be longer than a short answer: what its holder or issuer
    /// put there, against the few fields that every card has.
    const fn may_be_long(self) -> bool {
        !matches!(
            self,
            Self::CardCapability | Self::Chuid | Self::SecurityObject | Self::Discovery
        )
    }

    /// The object that `tag` names.
    #[must_use]
    pub fn from_tag(tag: Tag) -> Option<Self> {
        Self::ALL.into_iter().find(|object| object.tag() == tag)
    }
}

/// GET DATA: reads an object. A card without it answers `6A82`.
#[must_use]
pub fn get_data(object: DataObject) -> Command {
    let command = Command::new(0x00, Ins::GetData.code(), 0x3F, 0xFF)
        .with_data(tag_list(object).into_bytes());
    if object.may_be_long() {
        command.expecting_everything()
    } else {
        command.expecting_all()
    }
}

/// The contents of `object` in the answer to [`get_data`].
///
/// # Errors
/// [`PivError::Tlv`] if the answer is not one data object of the right tag.
pub fn parse_data(object: DataObject, data: &[u8]) -> Result<&[u8], PivError> {
    let tag = if object == DataObject::Discovery {
        object.tag()
    } else {
        CONTENTS
    };
    Ok(tlv::read_only(data, tag)?)
}

/// PUT DATA: replaces an object's contents; empty contents delete it. The card
/// wants the management key authenticated.
#[must_use]
pub fn put_data(object: DataObject, contents: &[u8]) -> Command {
    let data = if object == DataObject::Discovery {
        Writer::new().push(object.tag(), contents)
    } else {
        tag_list(object).push(CONTENTS, contents)
    };
    Command::new(0x00, Ins::PutData.code(), 0x3F, 0xFF).with_data(data.into_bytes())
}

/// The object that a command of [`put_data`] writes, and its new contents;
/// `None` for any other command.
#[must_use]
pub fn parse_put_data(command: &Command) -> Option<(DataObject, &[u8])> {
    let mut fields = Reader::new(command.data());
    let mut next = || fields.next().and_then(Result::ok);
    let first = next()?;
    let (object, contents) = if first.tag == DataObject::Discovery.tag() {
        (DataObject::Discovery, first.value)
    } else {
        let (tag, []) = Tag::read(first.value).ok()? else {
            return None;
        };
        (DataObject::from_tag(tag)?, next()?.value)
    };
    (*command == put_data(object, contents)).then_some((object, contents))
}

/// 5C: which object is meant.
fn tag_list(object: DataObject) -> Writer {
    let mut name = Vec::with_capacity(3);
    object.tag().write(&mut name);
    Writer::new().push(TAG_LIST, &name)
}
