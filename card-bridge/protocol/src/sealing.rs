//! Seals what passes a page and is for the bridge alone: HPKE (RFC 9180) in base
//! mode, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM. The
//! bridge makes a fresh key for each exchange with a card and keeps it no
//! longer than its connection to that card.

use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _,
    aead::AesGcm256,
    kdf::HkdfSha256,
    kem::X25519HkdfSha256,
    rand_core::{Infallible, TryCryptoRng, TryRng},
    single_shot_open, single_shot_seal_with_rng,
};
use zeroize::Zeroizing;

use crate::{hex, program::Sealed};

/// Tells these keys from others of the same kind (RFC 9180 §5.1, `info`).
const INFO: &[u8] = b"ic-card-sealed:1";

/// Bytes of a public key.
pub const KEY_LENGTH: usize = 32;

type PrivateKey = <X25519HkdfSha256 as hpke::Kem>::PrivateKey;
type PublicKey = <X25519HkdfSha256 as hpke::Kem>::PublicKey;
type EncappedKey = <X25519HkdfSha256 as hpke::Kem>::EncappedKey;

/// Why something could not be sealed or opened. It says no more: who made up
/// the text learns nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SealError {
    /// The public key is no point that can be agreed with.
    #[error("not a key that can be sealed to")]
    Key,
    /// It was sealed to another key, for another purpose, or changed on its way.
    #[error("the seal does not open")]
    Open,
}

/// The bridge's key pair of one exchange; wiped on drop by its type.
pub struct ExchangeKey {
    private: PrivateKey,
    public: [u8; KEY_LENGTH],
}

impl ExchangeKey {
    /// Makes a key pair from 32 fresh random bytes (RFC 9180 §7.1.3).
    #[must_use]
    pub fn from_random(random: &Zeroizing<[u8; 32]>) -> Self {
        let (private, public) = X25519HkdfSha256::derive_keypair(random.as_slice());
        Self {
            private,
            public: public.to_bytes().into(),
        }
    }

    /// The public half, to which the server seals.
    #[must_use]
    pub const fn public(&self) -> &[u8; KEY_LENGTH] {
        &self.public
    }

    /// Opens what was sealed to this key for `context`.
    ///
    /// # Errors
    /// [`SealError::Open`]
    pub fn open(&self, sealed: &Sealed, context: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let open = || {
            let encapsulated = hex::decode(&sealed.encapsulated)?;
            let encapsulated = EncappedKey::from_bytes(&encapsulated).ok()?;
            let ciphertext = hex::decode(&sealed.ciphertext)?;
            single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
                &OpModeR::Base,
                &self.private,
                &encapsulated,
                INFO,
                &ciphertext,
                context,
            )
            .ok()
        };
        open().map(Zeroizing::new).ok_or(SealError::Open)
    }
}

impl core::fmt::Debug for ExchangeKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("ExchangeKey(…)")
    }
}

/// Seals `text` to the bridge whose public key is `to`, for `context`, with 32
/// fresh random bytes for the encapsulated key.
///
/// # Errors
/// [`SealError::Key`]
pub fn seal(
    to: &[u8; KEY_LENGTH],
    text: &[u8],
    context: &[u8],
    random: &Zeroizing<[u8; 32]>,
) -> Result<Sealed, SealError> {
    let to = PublicKey::from_bytes(to).map_err(|_malformed| SealError::Key)?;
    let (encapsulated, ciphertext) = single_shot_seal_with_rng::<
        AesGcm256,
        HkdfSha256,
        X25519HkdfSha256,
    >(
        &OpModeS::Base, &to, INFO, text, context, &mut Drawn(random)
    )
    .map_err(|_low_order| SealError::Key)?;
    Ok(Sealed {
        encapsulated: hex::encode(&encapsulated.to_bytes()),
        ciphertext: hex::encode(&ciphertext),
    })
}

/// Random bytes that were drawn already, in the form that `hpke` takes. It asks
/// once, for exactly the 32 bytes of its ephemeral key's seed.
struct Drawn<'a>(&'a Zeroizing<[u8; 32]>);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for (to, from) in into.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> ExchangeKey {
        ExchangeKey::from_random(&Zeroizing::new([byte; 32]))
    }

    #[test]
    fn only_the_right_key_opens_and_for_the_right_purpose() {
        let (ours, other) = (key(1), key(2));
        let random = Zeroizing::new([3; 32]);
        let sealed = seal(ours.public(), b"PUK", b"one", &random).unwrap();
        assert_eq!(ours.open(&sealed, b"one").unwrap().as_slice(), b"PUK");
        assert_eq!(other.open(&sealed, b"one"), Err(SealError::Open));
        assert_eq!(ours.open(&sealed, b"two"), Err(SealError::Open));
    }

    #[test]
    fn a_changed_seal_does_not_open() {
        let ours = key(1);
        let sealed = seal(ours.public(), b"PUK", b"", &Zeroizing::new([3; 32])).unwrap();
        for at in 0..sealed.ciphertext.len() {
            let mut bytes = sealed.ciphertext.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let changed = Sealed {
                ciphertext: String::from_utf8(bytes).unwrap(),
                ..sealed.clone()
            };
            assert_eq!(ours.open(&changed, b""), Err(SealError::Open), "{at}");
        }
        for encapsulated in ["", "00", &"00".repeat(32), "zz"] {
            let changed = Sealed {
                encapsulated: encapsulated.to_owned(),
                ..sealed.clone()
            };
            assert_eq!(ours.open(&changed, b""), Err(SealError::Open));
        }
    }

    /// A key of low order would make the shared secret known to everybody.
    #[test]
    fn nothing_is_sealed_to_a_key_of_low_order() {
        let random = Zeroizing::new([3; 32]);
        assert_eq!(seal(&[0; 32], b"PUK", b"", &random), Err(SealError::Key));
    }

    /// RFC 9180 appendix A.1.1: skRm and pkRm of DHKEM(X25519, HKDF-SHA256).
    #[test]
    fn the_key_pair_is_that_of_the_standard() {
        let random = "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037";
        let public = "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d";
        let random = Zeroizing::new(hex::decode_array(random).unwrap());
        let key = ExchangeKey::from_random(&random);
        assert_eq!(hex::encode(key.public()), public);
    }
}
