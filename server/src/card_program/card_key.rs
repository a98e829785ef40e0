//! A card's own key of slot 9E (card authentication, used without a PIN: SP
//! 800-73-4 part 1, §3.1.3), by which the register knows it. Its signature over
//! our nonce is one APDU and needs no secret of ours.

use card_protocol::{
    piv::{self, Algorithm},
    program::{NONCE_LENGTH, proof_message},
};
use event_log::certificate::is_signed_by;
use p256::ecdsa::{Signature, VerifyingKey};

use super::BridgeKey;

/// The public half of a card's authentication key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CardKey(VerifyingKey);

impl CardKey {
    /// The key with this uncompressed point; `None` if it is not on the curve.
    pub(crate) fn from_point(point: &[u8; 65]) -> Option<Self> {
        VerifyingKey::from_sec1_bytes(point).ok().map(Self)
    }

    /// Whether the card that has the key signed `nonce` for the exchange with
    /// `bridge`. `answer` is what it answered to GENERAL AUTHENTICATE.
    pub(super) fn has_signed(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        bridge: &BridgeKey,
        answer: &[u8],
    ) -> bool {
        let message = proof_message(nonce, bridge.as_bytes());
        piv::parse_ecdsa_signature(Algorithm::P256, answer)
            .ok()
            .and_then(|signature| Signature::from_slice(signature.as_fixed()).ok())
            .is_some_and(|signature| is_signed_by(&self.0, &message, &signature))
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::{SigningKey, signature::Signer as _};

    use super::*;

    /// As a card answers GENERAL AUTHENTICATE: 7C, 82, the signature in DER.
    fn answer(key: &SigningKey, message: &[u8]) -> Vec<u8> {
        let signature: Signature = key.sign(message);
        let der = signature.to_der();
        let length = u8::try_from(der.as_bytes().len()).unwrap();
        let mut answer = vec![0x7C, length + 2, 0x82, length];
        answer.extend_from_slice(der.as_bytes());
        answer
    }

    #[test]
    fn only_the_card_s_signature_over_this_nonce_and_bridge_counts() {
        let signing = SigningKey::from_slice(&[7; 32]).unwrap();
        let other = SigningKey::from_slice(&[8; 32]).unwrap();
        let point = signing.verifying_key().to_sec1_point(false);
        let key = CardKey::from_point(point.as_bytes().try_into().unwrap()).unwrap();
        let (nonce, bridge) = ([1; NONCE_LENGTH], BridgeKey::from_bytes([2; 32]));
        let message = proof_message(&nonce, bridge.as_bytes());
        let good = answer(&signing, &message);
        assert!(key.has_signed(&nonce, &bridge, &good));
        assert!(!key.has_signed(&[3; NONCE_LENGTH], &bridge, &good));
        assert!(!key.has_signed(&nonce, &BridgeKey::from_bytes([3; 32]), &good));
        assert!(!key.has_signed(&nonce, &bridge, &answer(&other, &message)));
        assert!(!key.has_signed(&nonce, &bridge, &[]));
    }
}
