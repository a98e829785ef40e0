//! A signature by a card's or a CA's key: ECDSA over P-256 with SHA-256 (FIPS 186-5,
//! section 6). Checked by ring, whose arithmetic is the processor's own: the whole of
//! a login waits for two of these, and a log of a million acts for a million.

use p256::ecdsa::{Signature, VerifyingKey};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

/// Whether `signature` is that of `key` over `message`, which is hashed here. As the
/// standard has it, both (r, s) and (r, n − s) are good.
#[must_use]
pub fn is_signed_by(key: &VerifyingKey, message: &[u8], signature: &Signature) -> bool {
    UnparsedPublicKey::new(
        &ECDSA_P256_SHA256_FIXED,
        key.to_sec1_point(false).as_bytes(),
    )
    .verify(message, &signature.to_bytes())
    .is_ok()
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::{
        SigningKey,
        signature::{Signer as _, Verifier as _},
    };

    use super::*;

    /// ring and p256 are of one mind about each of these.
    fn both(key: &VerifyingKey, message: &[u8], signature: &Signature) -> bool {
        let good = is_signed_by(key, message, signature);
        assert_eq!(good, key.verify(message, signature).is_ok());
        good
    }

    #[test]
    fn another_key_message_or_signature_is_none() {
        let signing = SigningKey::from_slice(&[7; 32]).unwrap();
        let other = SigningKey::from_slice(&[8; 32]).unwrap();
        let signature: Signature = signing.sign(b"message");
        assert!(both(signing.verifying_key(), b"message", &signature));
        assert!(!both(other.verifying_key(), b"message", &signature));
        assert!(!both(signing.verifying_key(), b"massage", &signature));
        for bit in 0..512 {
            let mut bytes = signature.to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(changed) = Signature::from_slice(&bytes) else {
                continue;
            };
            assert!(!both(signing.verifying_key(), b"message", &changed));
        }
    }

    #[test]
    fn the_other_of_the_two_values_of_s_is_good() {
        let signing = SigningKey::from_slice(&[7; 32]).unwrap();
        let signature: Signature = signing.sign(b"message");
        let (r, s) = signature.split_scalars();
        let other = Signature::from_scalars(r, -*s).unwrap();
        assert_ne!(signature, other);
        assert!(both(signing.verifying_key(), b"message", &other));
    }
}
