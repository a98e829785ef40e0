//! As much of a certificate (RFC 5280 §4.1) as tells an own card from a foreign one: who
//! issued it, over which kind of key, and what is signed in it. Whether it is good is
//! the server's to say.

use crate::{
    piv::PivError,
    tlv::{self, Reader, Tag, Tlv},
};

const SEQUENCE: Tag = Tag::known(0x30);
const BIT_STRING: Tag = Tag::known(0x03);
const OBJECT_ID: Tag = Tag::known(0x06);
const EXPLICIT_VERSION: Tag = Tag::known(0xA0);

/// `rsaEncryption`, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// `id-ecPublicKey`, 1.2.840.10045.2.1.
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// `secp256r1`, 1.2.840.10045.3.1.7.
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

/// What a certificate's key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    /// ECC on the curve P-256.
    P256,
    /// RSA, of any length.
    Rsa,
    /// Anything else.
    Other,
}

/// The parts of a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parts<'a> {
    /// `tbsCertificate`, whole: what the issuer signed.
    pub signed: &'a [u8],
    /// The signature over it, as it stands (ECDSA: in DER).
    pub signature: &'a [u8],
    /// The contents of the issuer's name.
    pub issuer: &'a [u8],
    /// The contents of the subject's name.
    pub subject: &'a [u8],
    /// The subject's key.
    pub key: KeyKind,
}

/// Reads a certificate in DER. Nothing may follow it.
///
/// # Errors
/// [`PivError`] for what is no certificate.
pub fn parts(der: &[u8]) -> Result<Parts<'_>, PivError> {
    let outer = tlv::read_only(der, SEQUENCE)?;
    let (body, rest) = tlv::read(outer)?;
    let signed = outer
        .get(..outer.len().saturating_sub(rest.len()))
        .unwrap_or_default();
    let body = sequence(Some(body))?;
    let mut rest = Reader::new(rest);
    sequence(rest.next().transpose()?)?;
    // The first byte counts the bits that are unused: none.
    let Some(Tlv {
        tag: BIT_STRING,
        value: [0, signature @ ..],
    }) = rest.next().transpose()?
    else {
        return Err(PivError::Contents(BIT_STRING));
    };
    if rest.next().is_some() {
        return Err(PivError::Contents(SEQUENCE));
    }
    let mut fields = Vec::with_capacity(8);
    for field in Reader::new(body) {
        let field = field?;
        if field.tag != EXPLICIT_VERSION {
            fields.push(field);
        }
    }
    // Serial number, signature algorithm, issuer, validity, subject, key.
    let [_, _, issuer, _, subject, key, ..] = fields[..] else {
        return Err(PivError::Contents(SEQUENCE));
    };
    Ok(Parts {
        signed,
        signature,
        issuer: sequence(Some(issuer))?,
        subject: sequence(Some(subject))?,
        key: key_kind(sequence(Some(key))?)?,
    })
}

/// The kind of a `SubjectPublicKeyInfo`, from its algorithm.
fn key_kind(info: &[u8]) -> Result<KeyKind, PivError> {
    let algorithm = sequence(Reader::new(info).next().transpose()?)?;
    let mut parts = Reader::new(algorithm);
    let Some(Tlv {
        tag: OBJECT_ID,
        value: algorithm,
    }) = parts.next().transpose()?
    else {
        return Err(PivError::Contents(OBJECT_ID));
    };
    Ok(match (algorithm, parts.next().transpose()?) {
        (RSA, _) => KeyKind::Rsa,
        (
            EC,
            Some(Tlv {
                tag: OBJECT_ID,
                value: P256,
            }),
        ) => KeyKind::P256,
        _ => KeyKind::Other,
    })
}

fn sequence(tlv: Option<Tlv<'_>>) -> Result<&[u8], PivError> {
    match tlv {
        Some(Tlv {
            tag: SEQUENCE,
            value,
        }) => Ok(value),
        _ => Err(PivError::Contents(SEQUENCE)),
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyKind, parts};

    const CERTIFICATE: &[u8] =
        include_bytes!("../../../xtask/test-support/src/bridge/certificate.der");

    #[test]
    fn a_certificate_is_read_whole_or_not_at_all() {
        let read = parts(CERTIFICATE).unwrap();
        assert_eq!(read.key, KeyKind::P256);
        assert_ne!(read.issuer, read.subject);
        assert!(read.signed.starts_with(&[0x30]));
        for length in 0..CERTIFICATE.len() {
            assert!(parts(&CERTIFICATE[..length]).is_err(), "{length}");
        }
        let followed = [CERTIFICATE, &[0x05, 0x00]].concat();
        assert!(parts(&followed).is_err());
    }

    /// Whatever comes of it: no byte of a card's makes it panic, and what is read is a part
    /// of what came.
    #[test]
    fn no_byte_is_believed() {
        for position in 0..CERTIFICATE.len() {
            for value in [0x00, 0x7F, 0x80, 0x84, 0xFF] {
                let mut bytes = CERTIFICATE.to_vec();
                bytes[position] = value;
                if let Ok(read) = parts(&bytes) {
                    assert!(read.signed.len() + read.signature.len() < bytes.len());
                }
            }
        }
    }
}
