//! The card management key, 9B: the key itself and its block cipher. Ours are
//! AES-256; 3DES is there for cards as they come from the factory.

use core::fmt;

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Algorithm, PivError};

/// A management key: wiped on drop, never in debug output, compared in constant
/// time.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub enum ManagementKey {
    /// Three-key triple DES.
    TripleDes([u8; 24]),
    /// AES-192.
    Aes192([u8; 24]),
    /// AES-256.
    Aes256([u8; 32]),
}

impl ManagementKey {
    /// The publicly known key of a new card, 01 to 08 three times: as 3DES on
    /// most cards, as AES-192 on security keys since firmware 5.7.
    pub const FACTORY: [u8; 24] = [
        1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
    ];

    /// The algorithm, as the card names it.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::TripleDes(_) => Algorithm::TripleDes,
            Self::Aes192(_) => Algorithm::Aes192,
            Self::Aes256(_) => Algorithm::Aes256,
        }
    }

    /// The bytes of one block: of a challenge, a witness or an answer.
    #[must_use]
    pub const fn block_length(&self) -> usize {
        match self {
            Self::TripleDes(_) => 8,
            Self::Aes192(_) | Self::Aes256(_) => 16,
        }
    }

    /// The key's bytes, for the command that sets it.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::TripleDes(key) | Self::Aes192(key) => key,
            Self::Aes256(key) => key,
        }
    }

    /// Encrypts one block in place.
    ///
    /// # Errors
    /// [`PivError::InputLength`] unless it is [`block_length`](Self::block_length) long.
    pub fn encrypt_block(&self, block: &mut [u8]) -> Result<(), PivError> {
        let length = block.len();
        match self {
            Self::TripleDes(key) => block
                .try_into()
                .map(|block| des::TdesEde3::new(key.into()).encrypt_block(block))
                .map_err(|_wrong_length| self.wrong_length(length)),
            Self::Aes192(key) => block
                .try_into()
                .map(|block| aes::Aes192::new(key.into()).encrypt_block(block))
                .map_err(|_wrong_length| self.wrong_length(length)),
            Self::Aes256(key) => block
                .try_into()
                .map(|block| aes::Aes256::new(key.into()).encrypt_block(block))
                .map_err(|_wrong_length| self.wrong_length(length)),
        }
    }

    /// Decrypts one block in place.
    ///
    /// # Errors
    /// [`PivError::InputLength`] unless it is [`block_length`](Self::block_length) long.
    pub fn decrypt_block(&self, block: &mut [u8]) -> Result<(), PivError> {
        let length = block.len();
        match self {
            Self::TripleDes(key) => block
                .try_into()
                .map(|block| des::TdesEde3::new(key.into()).decrypt_block(block))
                .map_err(|_wrong_length| self.wrong_length(length)),
            Self::Aes192(key) => block
                .try_into()
                .map(|block| aes::Aes192::new(key.into()).decrypt_block(block))
                .map_err(|_wrong_length| self.wrong_length(length)),
            Self::Aes256(key) => block
                .try_into()
                .map(|block| aes::Aes256::new(key.into()).decrypt_block(block))
                .map_err(|_wrong_length| self.wrong_length(length)),
        }
    }

    const fn wrong_length(&self, actual: usize) -> PivError {
        PivError::InputLength {
            expected: self.block_length(),
            actual,
        }
    }
}

impl fmt::Debug for ManagementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManagementKey({:?}, …)", self.algorithm())
    }
}

impl PartialEq for ManagementKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm() && self.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl Eq for ManagementKey {}
