//! Signing with a key of the card (SP 800-73-4 part 2, §3.2.4 and appendix
//! A.3), and the form of an ECDSA signature.

use super::{
    Algorithm, PivError, Slot,
    authenticate::{self, CHALLENGE, RESPONSE},
};
use crate::{
    apdu::Command,
    tlv::{self, Reader, Tag, Tlv, Writer},
};

const SEQUENCE: Tag = Tag::known(0x30);
const INTEGER: Tag = Tag::known(0x02);

/// GENERAL AUTHENTICATE: signs `digest` with the key in `slot`. For RSA it is
/// the padded block of 256 bytes, for P-256 a digest of 32, for P-384 of 48.
///
/// # Errors
/// [`PivError::WrongAlgorithm`] for a symmetric algorithm,
/// [`PivError::InputLength`] for a digest of another length.
pub fn sign(slot: Slot, algorithm: Algorithm, digest: &[u8]) -> Result<Command, PivError> {
    let expected = algorithm
        .field_length()
        .ok_or(PivError::WrongAlgorithm(algorithm))?;
    if digest.len() != expected {
        return Err(PivError::InputLength {
            expected,
            actual: digest.len(),
        });
    }
    let fields = Writer::new().push(RESPONSE, &[]).push(CHALLENGE, digest);
    Ok(authenticate::command(algorithm, slot.reference(), &fields))
}

/// The signature in the answer to [`sign`], as the card gives it: for ECDSA in
/// DER, for RSA a number of 256 bytes.
///
/// # Errors
/// [`PivError::Tlv`] if the answer is something else.
pub fn parse_signature(data: &[u8]) -> Result<&[u8], PivError> {
    authenticate::answer(data, RESPONSE)
}

/// The ECDSA signature in the answer to [`sign`] with P-256 or P-384.
///
/// # Errors
/// [`PivError`] if it is not one in strict DER.
pub fn parse_ecdsa_signature(
    algorithm: Algorithm,
    data: &[u8],
) -> Result<EcdsaSignature, PivError> {
    EcdsaSignature::from_der(algorithm, parse_signature(data)?)
}

/// An ECDSA signature: two numbers of the curve's field length.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EcdsaSignature {
    fixed: Vec<u8>,
}

impl EcdsaSignature {
    /// Reads `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279 §2.2.3) in strict
    /// DER, both numbers greater than zero.
    ///
    /// # Errors
    /// [`PivError`] if it is not that.
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, PivError> {
        let length = match algorithm {
            Algorithm::P256 | Algorithm::P384 => algorithm.field_length(),
            _ => None,
        }
        .ok_or(PivError::WrongAlgorithm(algorithm))?;
        let mut numbers = Reader::new(tlv::read_only(der, SEQUENCE)?);
        let mut fixed = Vec::with_capacity(2 * length);
        for _ in 0..2 {
            match numbers.next().transpose()? {
                Some(Tlv {
                    tag: INTEGER,
                    value,
                }) => append_number(&mut fixed, value, length)?,
                _ => return Err(PivError::Contents(SEQUENCE)),
            }
        }
        if numbers.next().is_some() {
            return Err(PivError::Contents(SEQUENCE));
        }
        Ok(Self { fixed })
    }

    /// r and s one after the other, each of the field's length (IEEE P1363):
    /// the form of Web eID and JOSE.
    #[must_use]
    pub fn as_fixed(&self) -> &[u8] {
        &self.fixed
    }

    /// The DER form, as certificates and most libraries want it.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let (r, s) = self.fixed.split_at(self.fixed.len() / 2);
        let numbers = [r, s].into_iter().fold(Writer::new(), |writer, number| {
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            let digits = number.get(zeros..).unwrap_or_default();
            let mut signed = Vec::with_capacity(digits.len() + 1);
            if digits.first().is_some_and(|byte| byte & 0x80 != 0) {
                signed.push(0);
            }
            signed.extend_from_slice(digits);
            writer.push(INTEGER, &signed)
        });
        Writer::new().nest(SEQUENCE, &numbers).into_bytes()
    }
}

/// Adds a DER number, which has to be positive, minimal and not too long, at
/// its full length.
fn append_number(fixed: &mut Vec<u8>, value: &[u8], length: usize) -> Result<(), PivError> {
    let digits = match value {
        [0, first, ..] if first & 0x80 != 0 => value.get(1..).unwrap_or_default(),
        [first, ..] if *first != 0 && first & 0x80 == 0 => value,
        _ => return Err(PivError::Contents(INTEGER)),
    };
    let padding = length.checked_sub(digits.len()).ok_or(PivError::Length {
        tag: INTEGER,
        length: value.len(),
    })?;
    fixed.resize(fixed.len() + padding, 0);
    fixed.extend_from_slice(digits);
    Ok(())
}
