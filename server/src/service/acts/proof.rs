//! The check of a statement's signature. Pure.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::statement::{Statement, StatementSignature};
use jiff::Timestamp;
use p256::ecdsa::{Signature, signature::Verifier as _};

use crate::{
    config::Origin,
    pki::{CardCertificate, TrustAnchors},
};

/// Checks that the card with the `confirmed` certificate signed `statement`
/// for one of our origins, and gives the signature's bytes and that origin:
/// without it nobody could check the signature again.
///
/// The certificate that came with the signature decides nothing: it has to be
/// the confirmed one, byte by byte.
pub(super) fn check(
    anchors: &TrustAnchors,
    origins: &[Origin],
    now: Timestamp,
    confirmed: &[u8],
    statement: &Statement,
    proof: &StatementSignature,
) -> Result<(Vec<u8>, String), &'static str> {
    let presented = STANDARD
        .decode(&proof.certificate)
        .map_err(|_not_base64| "the certificate is not base64")?;
    if presented != confirmed {
        return Err("the certificate is not the session card's confirmed one");
    }
    let certificate = CardCertificate::from_der(confirmed)
        .map_err(|_form| "the confirmed certificate can't be used")?;
    anchors
        .check(&certificate, now)
        .map_err(|_chain| "the session card's certificate is not good any more")?;
    let bytes = STANDARD
        .decode(&proof.signature)
        .map_err(|_not_base64| "the signature is not base64")?;
    let signature =
        Signature::from_slice(&bytes).map_err(|_form| "the signature is not 64 bytes r ‖ s")?;
    let signed_for = origins.iter().find(|origin| {
        let message = statement.message(origin.as_str());
        certificate.key.verify(&message, &signature).is_ok()
    });
    match signed_for {
        Some(origin) => Ok((bytes, origin.as_str().to_owned())),
        None => Err("the signature does not fit the statement"),
    }
}
