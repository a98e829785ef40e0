//! 证件编号 at rest: encrypted with AES-256-GCM (NIST SP 800-38D) and found
//! again by a keyed blind index, which is the enterprise's own, so that equal
//! numbers in two enterprises can't be told to be equal.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use card_domain::{CardId, EnterpriseId, IdNumber};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KeyError;
use crate::random;

const NONCE_LENGTH: usize = 12;

/// The blind index of a number in one enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlindIndex(pub [u8; 32]);

impl BlindIndex {
    /// The form that stands in an address.
    #[must_use]
    pub fn to_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads a token; `None` when it is none.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

/// The two keys of 证件编号.
pub struct IdNumberKeys {
    cipher: Aes256Gcm,
    index: Zeroizing<[u8; 32]>,
}

impl IdNumberKeys {
    pub(super) fn new(encryption: &Zeroizing<[u8; 32]>, index: Zeroizing<[u8; 32]>) -> Self {
        Self {
            cipher: Aes256Gcm::new((&**encryption).into()),
            index,
        }
    }

    /// Encrypts a number for the row of one card: nonce, ciphertext, tag. The
    /// card id is authenticated with it, so a value that is moved to another
    /// row does not decrypt.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when there are no random bytes.
    pub fn encrypt(&self, card: CardId, number: &IdNumber) -> Result<Vec<u8>, KeyError> {
        let nonce: [u8; NONCE_LENGTH] = random::bytes()?;
        let payload = Payload {
            msg: number.reveal().as_bytes(),
            aad: card.0.as_bytes(),
        };
        let ciphertext = self
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_opaque| KeyError::Decryption)?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    /// Decrypts what [`encrypt`](Self::encrypt) made for the same card.
    ///
    /// # Errors
    ///
    /// [`KeyError::Decryption`] for anything else.
    pub fn decrypt(&self, card: CardId, encrypted: &[u8]) -> Result<IdNumber, KeyError> {
        let (nonce, ciphertext) = encrypted
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or(KeyError::Decryption)?;
        let payload = Payload {
            msg: ciphertext,
            aad: card.0.as_bytes(),
        };
        let plain = Zeroizing::new(
            self.cipher
                .decrypt(&Nonce::from(*nonce), payload)
                .map_err(|_opaque| KeyError::Decryption)?,
        );
        let text = str::from_utf8(&plain).map_err(|_not_ours| KeyError::Decryption)?;
        IdNumber::parse(text).map_err(|_not_ours| KeyError::Decryption)
    }

    /// The blind index of a number in an enterprise: HMAC-SHA256 over both.
    ///
    /// # Errors
    ///
    /// [`KeyError::Derivation`], which can't happen with a key of 32 bytes.
    pub fn index(
        &self,
        enterprise: EnterpriseId,
        number: &IdNumber,
    ) -> Result<BlindIndex, KeyError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.index.as_slice())
            .map_err(|_length| KeyError::Derivation)?;
        mac.update(enterprise.0.as_bytes());
        mac.update(number.reveal().as_bytes());
        Ok(BlindIndex(mac.finalize().into_bytes().into()))
    }
}

impl std::fmt::Debug for IdNumberKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("IdNumberKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::keys::MasterKey;

    fn keys() -> IdNumberKeys {
        MasterKey::from_bytes([9; 32]).id_numbers().unwrap()
    }

    #[test]
    fn a_number_comes_back_for_its_own_card_only() {
        let keys = keys();
        let (card, other) = (CardId(Uuid::from_u128(1)), CardId(Uuid::from_u128(2)));
        let number = IdNumber::parse("11010119900307001X").unwrap();
        let encrypted = keys.encrypt(card, &number).unwrap();
        assert_eq!(keys.decrypt(card, &encrypted).unwrap(), number);
        assert!(keys.decrypt(other, &encrypted).is_err());
        let mut changed = encrypted.clone();
        changed[20] ^= 1;
        assert!(keys.decrypt(card, &changed).is_err());
        assert!(keys.decrypt(card, &encrypted[..5]).is_err());
        assert_ne!(encrypted, keys.encrypt(card, &number).unwrap());
    }

    #[test]
    fn equal_numbers_do_not_link_enterprises() {
        let keys = keys();
        let number = IdNumber::parse("11010119900307001X").unwrap();
        let index = |enterprise| {
            keys.index(EnterpriseId(Uuid::from_u128(enterprise)), &number)
                .unwrap()
        };
        assert_eq!(index(1), index(1));
        assert_ne!(index(1), index(2));
        let token = index(1).to_token();
        assert_eq!(BlindIndex::from_token(&token), Some(index(1)));
        for bad in ["", "11010119900307001X", "%%%", &format!("{token}A")] {
            assert_eq!(BlindIndex::from_token(bad), None, "{bad}");
        }
    }
}
