//! ECDSA with P-256 and SHA-256 (FIPS 186-5 §6.4.2): by ring where there is one, and in a
//! browser by its own (`SubtleCrypto`), which is quicker than any in wasm and weighs nothing.

#[cfg(target_arch = "wasm32")]
#[path = "ecdsa/browser.rs"]
mod implementation;
#[cfg(not(target_arch = "wasm32"))]
#[path = "ecdsa/native.rs"]
mod implementation;

/// Bytes of an uncompressed point (SEC 1 §2.3.3): 04, x and y.
pub(crate) const POINT_LENGTH: usize = 65;
/// Bytes of r and of s (SEC 1 §4.1.3).
const NUMBER_LENGTH: usize = 32;

/// A public key: an uncompressed point.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PublicKey(pub(crate) [u8; POINT_LENGTH]);

/// A signature: r and s, of the same length (IEEE P1363).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Signature([u8; 2 * NUMBER_LENGTH]);

impl PublicKey {
    /// From a SEC 1 point. Whether it is on the curve is said at the latest when something
    /// is verified.
    pub(crate) fn from_sec1(bytes: &[u8]) -> Option<Self> {
        implementation::point(bytes).map(Self)
    }

    /// Whether this key has signed `message`.
    pub(crate) async fn has_signed(&self, message: &[u8], signature: &Signature) -> bool {
        implementation::has_signed(&self.0, message, &signature.0).await
    }
}

impl Signature {
    /// From r and s.
    pub(crate) fn from_fixed(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// From the form that certificates have (RFC 3279 §2.2.3): a SEQUENCE of two INTEGERs,
    /// in DER.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let [0x30, length, rest @ ..] = der else {
            return None;
        };
        if usize::from(*length) != rest.len() {
            return None;
        }
        let (r, rest) = number(rest)?;
        let (s, rest) = number(rest)?;
        let mut fixed = [0; 2 * NUMBER_LENGTH];
        fixed[..NUMBER_LENGTH].copy_from_slice(&r);
        fixed[NUMBER_LENGTH..].copy_from_slice(&s);
        rest.is_empty().then_some(Self(fixed))
    }
}

/// A positive INTEGER of at most 256 bits, and what comes after it.
fn number(der: &[u8]) -> Option<([u8; NUMBER_LENGTH], &[u8])> {
    let [0x02, length, rest @ ..] = der else {
        return None;
    };
    let (bytes, rest) = rest.split_at_checked(usize::from(*length))?;
    let digits = match bytes {
        // The shortest form alone (X.690 §8.3.2).
        [0, after @ ..] if after.first().is_some_and(|first| first & 0x80 != 0) => after,
        [first, ..] if first & 0x80 == 0 && *first != 0 => bytes,
        _ => return None,
    };
    let mut number = [0; NUMBER_LENGTH];
    let start = NUMBER_LENGTH.checked_sub(digits.len())?;
    number.get_mut(start..)?.copy_from_slice(digits);
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::{SigningKey, signature::Signer as _};
    use proptest::prelude::*;

    use super::{PublicKey, Signature};
    use crate::ready::ready;

    fn has_signed(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        ready(async { Ok(key.has_signed(message, signature).await) }).unwrap()
    }

    #[test]
    fn both_forms_of_a_signature_are_the_same_one() {
        for seed in 1..=64 {
            let signing = SigningKey::from_slice(&[seed; 32]).unwrap();
            let point = signing.verifying_key().to_sec1_point(false);
            let key = PublicKey::from_sec1(point.as_bytes()).unwrap();
            let made: p256::ecdsa::Signature = signing.sign(&[seed]);
            let fixed = Signature::from_fixed(&made.to_bytes()).unwrap();
            assert_eq!(Signature::from_der(made.to_der().as_bytes()), Some(fixed));
            assert!(has_signed(&key, &[seed], &fixed));
            assert!(!has_signed(&key, &[seed, 0], &fixed));
        }
    }

    #[test]
    fn a_compressed_point_is_the_same_key_and_one_beside_the_curve_is_none() {
        let signing = SigningKey::from_slice(&[7; 32]).unwrap();
        let [whole, short] =
            [false, true].map(|compress| signing.verifying_key().to_sec1_point(compress));
        let key = PublicKey::from_sec1(whole.as_bytes());
        assert!(key.is_some());
        assert_eq!(PublicKey::from_sec1(short.as_bytes()), key);
        let mut beside = whole.as_bytes().to_vec();
        beside[64] ^= 1;
        assert_eq!(PublicKey::from_sec1(&beside), None);
        assert_eq!(PublicKey::from_sec1(&[]), None);
    }

    proptest! {
        /// Whatever is taken is what `p256` takes, as the same numbers.
        #[test]
        fn only_der_is_read(
            der in prop::collection::vec(any::<u8>(), 0..12),
            r in prop::collection::vec(any::<u8>(), 1..34),
            s in prop::collection::vec(any::<u8>(), 1..34),
        ) {
            let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
            let body = [&[2, length(&r)][..], &r, &[2, length(&s)], &s].concat();
            let made = [&[0x30, length(&body)][..], &body].concat();
            for der in [der, made] {
                let theirs = p256::ecdsa::Signature::from_der(&der).ok();
                if let Some(theirs) = theirs {
                    prop_assert_eq!(
                        Signature::from_der(&der),
                        Signature::from_fixed(&theirs.to_bytes())
                    );
                }
            }
        }
    }
}
