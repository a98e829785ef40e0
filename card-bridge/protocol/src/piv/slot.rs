//! Key references and algorithm identifiers (SP 800-73-4 part 1, table 4;
//! SP 800-78-4, tables 6-2 and 6-3).

use super::DataObject;

/// The reference of the card management key, 9B.
pub const MANAGEMENT_KEY: u8 = 0x9B;
/// The reference of the PIV application's PIN.
pub const PIN_REFERENCE: u8 = 0x80;
/// The reference of the PUK.
pub const PUK_REFERENCE: u8 = 0x81;

/// A byte that names nothing we know.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown identifier {0:02X}")]
pub struct Unknown(pub u8);

/// A place for an asymmetric key and its certificate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Slot {
    /// 9A, PIV authentication: login. Needs the PIN once.
    Authentication = 0x9A,
    /// 9C, digital signature. Needs the PIN before each use.
    Signature = 0x9C,
    /// 9D, key management: decryption. Needs the PIN once.
    KeyManagement = 0x9D,
    /// 9E, card authentication. Needs no PIN.
    CardAuthentication = 0x9E,
}

impl Slot {
    /// Every slot.
    pub const ALL: [Self; 4] = [
        Self::Authentication,
        Self::Signature,
        Self::KeyManagement,
        Self::CardAuthentication,
    ];

    /// The key reference.
    #[must_use]
    pub const fn reference(self) -> u8 {
        self as u8
    }

    /// Where this key's certificate is kept.
    #[must_use]
    pub const fn certificate(self) -> DataObject {
        match self {
            Self::Authentication => DataObject::AuthenticationCertificate,
            Self::Signature => DataObject::SignatureCertificate,
            Self::KeyManagement => DataObject::KeyManagementCertificate,
            Self::CardAuthentication => DataObject::CardAuthenticationCertificate,
        }
    }
}

impl TryFrom<u8> for Slot {
    type Error = Unknown;

    fn try_from(byte: u8) -> Result<Self, Unknown> {
        Self::ALL
            .into_iter()
            .find(|slot| slot.reference() == byte)
            .ok_or(Unknown(byte))
    }
}

/// What a key is for mathematically.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Algorithm {
    /// Triple DES with three keys, ECB.
    TripleDes = 0x03,
    /// RSA with a modulus of 2048 bits.
    Rsa2048 = 0x07,
    /// AES-128, ECB.
    Aes128 = 0x08,
    /// AES-192, ECB.
    Aes192 = 0x0A,
    /// AES-256, ECB.
    Aes256 = 0x0C,
    /// ECC on the curve P-256.
    P256 = 0x11,
    /// ECC on the curve P-384.
    P384 = 0x14,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 7] = [
        Self::TripleDes,
        Self::Rsa2048,
        Self::Aes128,
        Self::Aes192,
        Self::Aes256,
        Self::P256,
        Self::P384,
    ];

    /// The identifier on the card.
    #[must_use]
    pub const fn identifier(self) -> u8 {
        self as u8
    }

    /// The bytes of one cipher block; `None` for an asymmetric algorithm.
    #[must_use]
    pub const fn block_length(self) -> Option<usize> {
        match self {
            Self::TripleDes => Some(8),
            Self::Aes128 | Self::Aes192 | Self::Aes256 => Some(16),
            Self::Rsa2048 | Self::P256 | Self::P384 => None,
        }
    }

    /// The bytes of a field element or modulus, which are also the bytes of
    /// what is signed; `None` for a symmetric algorithm.
    #[must_use]
    pub const fn field_length(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(256),
            Self::P256 => Some(32),
            Self::P384 => Some(48),
            Self::TripleDes | Self::Aes128 | Self::Aes192 | Self::Aes256 => None,
        }
    }
}

impl TryFrom<u8> for Algorithm {
    type Error = Unknown;

    fn try_from(byte: u8) -> Result<Self, Unknown> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.identifier() == byte)
            .ok_or(Unknown(byte))
    }
}
