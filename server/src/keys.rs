//! The keys that the server alone has: one master key in a file, and what is
//! derived from it by HKDF-SHA256 (RFC 5869). Nothing derived is ever stored.
//!
//! * the management key (9B) and the PUK of each card, by its chip id;
//! * the key under which 证件编号 is encrypted (`id_number`);
//! * the key of the blind index by which it is found again.

pub mod files;
mod id_number;
mod program_key;
mod row_seal;

use card_protocol::{ChipId, Puk, piv::ManagementKey};
use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::random::{self, RandomError};

pub use id_number::{BlindIndex, IdNumberKeys};
pub use program_key::{ProgramKey, ProgramKeyError};
pub(crate) use row_seal::RowSeal;

/// When a card made its own key. Nothing but the terminal says that the key is the
/// card's, and the terminals differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CardKeyMadeAt {
    /// At 制卡, whose terminal is the issuer's.
    CardMaking = 1,
    /// At the 延期 of a card from before, at any terminal of the enterprise.
    Renewal = 2,
}

/// Why a key could not be made or used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A derivation was asked for more than HKDF can give.
    #[error("key derivation failed")]
    Derivation,
    /// What was decrypted is not what was encrypted under this key for this card.
    #[error("an encrypted ID number does not belong to its card or key")]
    Decryption,
}

/// The master key, 32 random bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// The master key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new one.
    ///
    /// # Errors
    ///
    /// `RandomError`
    pub fn generate() -> Result<Self, RandomError> {
        random::bytes().map(Self)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `N` bytes for one purpose (`label`) and one thing (`context`). The label
    /// ends in a zero byte, so no label with its context can be another's.
    fn derive<const N: usize>(
        &self,
        label: &str,
        context: &[u8],
    ) -> Result<Zeroizing<[u8; N]>, KeyError> {
        let mut output = Zeroizing::new([0; N]);
        Hkdf::<Sha256>::new(Some(b"ic-card master key v1"), &self.0)
            .expand_multi_info(&[label.as_bytes(), &[0], context], &mut *output)
            .map_err(|_too_long| KeyError::Derivation)?;
        Ok(output)
    }

    /// The management key (9B, AES-256) of the card with this chip id.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub fn management_key(&self, chip: &ChipId) -> Result<ManagementKey, KeyError> {
        let key = self.derive::<32>("management key 9B", chip.as_bytes())?;
        Ok(ManagementKey::Aes256(*key))
    }

    /// The PUK of the card with this chip id after it was replaced `generation`
    /// times (0 is what 制卡 gives it): eight of 32 letters and digits
    /// (40 bits behind the card's few tries), because some cards and tools take
    /// nothing but printable characters.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub fn puk(&self, chip: &ChipId, generation: u32) -> Result<Puk, KeyError> {
        let context = [chip.as_bytes().as_slice(), &generation.to_be_bytes()].concat();
        let bytes = match generation {
            0 => self.derive::<8>("PUK", chip.as_bytes())?,
            _ => self.derive::<8>("PUK of a generation", &context)?,
        };
        let letters = bytes.map(|byte| match byte % 32 {
            digit @ 0..10 => b'0' + digit,
            letter => b'A' + letter - 10,
        });
        Ok(Puk::new(letters))
    }

    /// Proves that a marker on a card is ours: see `operations::marker`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn marker_proof(
        &self,
        chip: &ChipId,
        contents: &[u8],
    ) -> Result<Zeroizing<[u8; 16]>, KeyError> {
        let context = [chip.as_bytes().as_slice(), contents].concat();
        self.derive("marker of the PUK's generation", &context)
    }

    /// Proves that `point` (uncompressed) is the authentication key (9E) that
    /// the server registered for the card with this chip id, made then: whoever
    /// writes to the database can't register another.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn card_key_proof(
        &self,
        chip: &ChipId,
        point: &[u8; 65],
        made_at: CardKeyMadeAt,
    ) -> Result<Zeroizing<[u8; 16]>, KeyError> {
        let context = [chip.as_bytes().as_slice(), point, &[made_at as u8]].concat();
        self.derive("card authentication key 9E", &context)
    }

    /// The tag of what a row keeps: see [`RowSeal`].
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    fn row_tag(&self, context: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        self.derive("row kept between requests", context)
    }

    /// The tag of a bearer secret with these rights: see `bearer`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn bearer_tag(
        &self,
        random: &[u8; 32],
        rights: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        self.derive("bearer secret", &[random.as_slice(), rights].concat())
    }

    /// Proves that this card, of `operation`, vouched for this key of a bridge: see
    /// `card_program::StoredBridgeKey`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn vouch_tag(
        &self,
        operation: Uuid,
        chip: &ChipId,
        bridge: &[u8; 32],
    ) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let context = [operation.as_bytes().as_slice(), chip.as_bytes(), bridge].concat();
        self.derive("bridge that a card vouched for", &context)
    }

    /// The key of the tokens with which a healing goes on.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub(crate) fn healing_key(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        self.derive("tokens of a healing", &[])
    }

    /// The keys of 证件编号.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`]
    pub fn id_numbers(&self) -> Result<IdNumberKeys, KeyError> {
        Ok(IdNumberKeys::new(
            &self.derive("ID number encryption", &[])?,
            self.derive("ID number blind index", &[])?,
        ))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chip_has_its_own_keys_and_they_come_back() {
        let master = MasterKey::from_bytes([7; 32]);
        let (one, two) = (ChipId([1; 16]), ChipId([2; 16]));
        assert_eq!(
            master.management_key(&one).unwrap(),
            master.management_key(&one).unwrap()
        );
        assert_ne!(
            master.management_key(&one).unwrap(),
            master.management_key(&two).unwrap()
        );
        assert_ne!(master.puk(&one, 0).unwrap(), master.puk(&two, 0).unwrap());
        assert_ne!(master.puk(&one, 0).unwrap(), master.puk(&one, 1).unwrap());
        assert_ne!(master.puk(&one, 2).unwrap(), master.puk(&one, 1).unwrap());
        let other = MasterKey::from_bytes([8; 32]);
        assert_ne!(
            master.management_key(&one).unwrap(),
            other.management_key(&one).unwrap()
        );
    }

    #[test]
    fn a_puk_is_printable() {
        let master = MasterKey::from_bytes([7; 32]);
        for chip in 0..64 {
            let puk = master.puk(&ChipId([chip; 16]), u32::from(chip)).unwrap();
            assert!(
                puk.as_bytes()
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || (b'A'..=b'V').contains(byte))
            );
        }
    }

    #[test]
    fn debug_output_shows_no_key() {
        assert_eq!(
            format!("{:?}", MasterKey::from_bytes([7; 32])),
            "MasterKey(…)"
        );
    }
}
