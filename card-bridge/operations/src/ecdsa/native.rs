//! By ring, which is five times as quick as `p256`: each program waits for it.

use p256::ecdsa::VerifyingKey;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::POINT_LENGTH;

/// The point, if it is one of the curve's.
pub(super) fn point(bytes: &[u8]) -> Option<[u8; POINT_LENGTH]> {
    let key = VerifyingKey::from_sec1_bytes(bytes).ok()?;
    key.to_sec1_point(false).as_bytes().try_into().ok()
}

#[expect(clippy::unused_async, reason = "a browser waits for it")]
pub(super) async fn has_signed(point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(message, signature).is_ok()
}
