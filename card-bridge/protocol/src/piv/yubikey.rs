//! Extensions of PIV that security keys have and the standard lacks: setting
//! the management key and the retry counts, asking about a key, and having the
//! card attest that it made one. From
//! Yubico's "PIV extensions"; other makers took them over.

use zeroize::Zeroizing;

use super::{
    Algorithm, PivError, PublicKey, keypair,
    management::ManagementKey,
    secret::PinTries,
    slot::{MANAGEMENT_KEY, Slot},
};
use crate::{
    apdu::{Command, Ins},
    tlv::{Reader, Tag, TlvError},
};

const ALGORITHM: Tag = Tag::known(0x01);
const POLICY: Tag = Tag::known(0x02);
const ORIGIN: Tag = Tag::known(0x03);
const PUBLIC_KEY: Tag = Tag::known(0x04);
const IS_DEFAULT: Tag = Tag::known(0x05);
const TRIES: Tag = Tag::known(0x06);

/// Whether using a key wants the person to touch the security key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Touch {
    /// Never.
    Never,
    /// At every use.
    Always,
}

/// SET MANAGEMENT KEY. The card wants the old one authenticated.
#[must_use]
pub fn set_management_key(key: &ManagementKey, touch: Touch) -> Command {
    let bytes = key.as_bytes();
    let [.., length] = bytes.len().to_be_bytes();
    let mut data = Zeroizing::new(Vec::with_capacity(3 + bytes.len()));
    data.extend_from_slice(&[key.algorithm().identifier(), MANAGEMENT_KEY, length]);
    data.extend_from_slice(bytes);
    let p2 = match touch {
        Touch::Never => 0xFF,
        Touch::Always => 0xFE,
    };
    Command::new(0x00, Ins::SetManagementKey.code(), 0xFF, p2)
        .with_data(core::mem::take(&mut *data))
}

/// SET PIN RETRIES: how many tries PIN and PUK have. Resets both to their
/// factory values, so it comes first when a card is made. The card wants the
/// management key authenticated and the PIN verified.
#[must_use]
pub const fn set_pin_retries(pin: PinTries, puk: PinTries) -> Command {
    Command::new(0x00, Ins::SetPinRetries.code(), pin.0, puk.0)
}

/// ATTEST: the card says with its attestation key (F9) that it made the key in
/// `slot` itself. The answer is an X.509 certificate over that key, in DER; the
/// one of F9 is [`DataObject::AttestationCertificate`](super::DataObject). It needs
/// no authentication.
#[must_use]
pub const fn attest(slot: Slot) -> Command {
    Command::new(0x00, Ins::Attest.code(), slot.reference(), 0x00).expecting_everything()
}

/// GET METADATA of the key, PIN or PUK with this reference.
#[must_use]
pub const fn get_metadata(reference: u8) -> Command {
    Command::new(0x00, Ins::GetMetadata.code(), 0x00, reference).expecting_all()
}

/// The answer to [`get_metadata`]; which fields are there depends on what was
/// asked about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Metadata {
    /// The algorithm; `None` also for a PIN or PUK (`FF` on the card).
    pub algorithm: Option<Algorithm>,
    /// PIN policy and touch policy, in the maker's numbers.
    pub policy: Option<(u8, u8)>,
    /// Whether the key was made on the card; otherwise it was imported.
    pub generated: Option<bool>,
    /// The public key of an asymmetric key.
    pub public_key: Option<PublicKey>,
    /// Whether it still has its factory value.
    pub is_default: Option<bool>,
    /// Tries in all, and tries left, of a PIN or PUK.
    pub tries: Option<(PinTries, PinTries)>,
}

/// Reads the answer to [`get_metadata`]. Fields of newer firmware are passed over.
///
/// # Errors
/// [`PivError`] if a field is there twice or makes no sense.
pub fn parse_metadata(data: &[u8]) -> Result<Metadata, PivError> {
    let mut metadata = Metadata::default();
    let mut key_fields = None;
    let mut seen = Vec::new();
    for tlv in Reader::new(data) {
        let tlv = tlv?;
        if seen.contains(&tlv.tag) {
            return Err(PivError::Twice(tlv.tag));
        }
        seen.push(tlv.tag);
        match (tlv.tag, tlv.value) {
            (ALGORITHM, [0xFF]) => {}
            (ALGORITHM, [byte]) => {
                let algorithm =
                    Algorithm::try_from(*byte).map_err(|_unknown| PivError::Contents(ALGORITHM))?;
                metadata.algorithm = Some(algorithm);
            }
            (POLICY, [pin, touch]) => metadata.policy = Some((*pin, *touch)),
            (ORIGIN, [origin @ 1..=2]) => metadata.generated = Some(*origin == 1),
            (PUBLIC_KEY, fields) => key_fields = Some(fields),
            (IS_DEFAULT, [flag @ 0..=1]) => metadata.is_default = Some(*flag == 1),
            (TRIES, [total, left]) => metadata.tries = Some((PinTries(*total), PinTries(*left))),
            (ALGORITHM | POLICY | ORIGIN | IS_DEFAULT | TRIES, _) => {
                return Err(PivError::Contents(tlv.tag));
            }
            _ => {}
        }
    }
    if let Some(fields) = key_fields {
        let algorithm = metadata.algorithm.ok_or(TlvError::Missing(ALGORITHM))?;
        metadata.public_key = Some(keypair::parse_key_fields(algorithm, fields)?);
    }
    Ok(metadata)
}
