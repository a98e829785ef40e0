//! Making a key pair on the card and reading its public key (SP 800-73-4
//! part 2, §3.3.2, and table 11 for the answer).

use super::{Algorithm, PivError, Slot};
use crate::{
    apdu::{Command, Ins},
    tlv::{self, Tag, Writer},
};

const CONTROL_TEMPLATE: Tag = Tag::known(0xAC);
const ALGORITHM: Tag = Tag::known(0x80);
const PUBLIC_KEY: Tag = Tag::known(0x7F49);
const MODULUS: Tag = Tag::known(0x81);
const EXPONENT: Tag = Tag::known(0x82);
const POINT: Tag = Tag::known(0x86);

/// GENERATE ASYMMETRIC KEY PAIR: makes a new key in `slot`, for good. The card
/// wants the management key authenticated.
///
/// # Errors
/// [`PivError::WrongAlgorithm`] for a symmetric algorithm.
pub fn generate_key(slot: Slot, algorithm: Algorithm) -> Result<Command, PivError> {
    if algorithm.field_length().is_none() {
        return Err(PivError::WrongAlgorithm(algorithm));
    }
    let control = Writer::new().push(ALGORITHM, &[algorithm.identifier()]);
    let data = Writer::new().nest(CONTROL_TEMPLATE, &control).into_bytes();
    Ok(
        Command::new(0x00, Ins::Generate.code(), 0x00, slot.reference())
            .with_data(data)
            .expecting_all(),
    )
}

/// The public half of a key on the card.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PublicKey {
    /// An uncompressed point of P-256: `04`, x, y. Whether it is on the curve
    /// is for the cryptography that uses it to check.
    P256([u8; 65]),
    /// An uncompressed point of P-384.
    P384([u8; 97]),
    /// An RSA key, both numbers big-endian.
    Rsa2048 {
        /// n, 256 bytes.
        modulus: Vec<u8>,
        /// e, 1 to 4 bytes.
        exponent: Vec<u8>,
    },
}

/// Reads the answer to [`generate_key`].
///
/// # Errors
/// [`PivError`] if it is not a public key of that algorithm.
pub fn parse_public_key(algorithm: Algorithm, data: &[u8]) -> Result<PublicKey, PivError> {
    parse_key_fields(algorithm, tlv::read_only(data, PUBLIC_KEY)?)
}

/// Reads the fields within 7F49, which GET METADATA answers without it.
pub(super) fn parse_key_fields(algorithm: Algorithm, fields: &[u8]) -> Result<PublicKey, PivError> {
    match algorithm {
        Algorithm::P256 => Ok(PublicKey::P256(point(fields)?)),
        Algorithm::P384 => Ok(PublicKey::P384(point(fields)?)),
        Algorithm::Rsa2048 => {
            let modulus = tlv::require(fields, MODULUS)?;
            let exponent = tlv::require(fields, EXPONENT)?;
            if modulus.len() != 256 || modulus.first().is_none_or(|byte| byte & 0x80 == 0) {
                return Err(PivError::Length {
                    tag: MODULUS,
                    length: modulus.len(),
                });
            }
            if !(1..=4).contains(&exponent.len()) {
                return Err(PivError::Length {
                    tag: EXPONENT,
                    length: exponent.len(),
                });
            }
            Ok(PublicKey::Rsa2048 {
                modulus: modulus.to_vec(),
                exponent: exponent.to_vec(),
            })
        }
        _ => Err(PivError::WrongAlgorithm(algorithm)),
    }
}

fn point<const N: usize>(fields: &[u8]) -> Result<[u8; N], PivError> {
    let point = tlv::require(fields, POINT)?;
    let point: [u8; N] = point.try_into().map_err(|_wrong_length| PivError::Length {
        tag: POINT,
        length: point.len(),
    })?;
    if point.first() == Some(&0x04) {
        Ok(point)
    } else {
        Err(PivError::Contents(POINT))
    }
}
