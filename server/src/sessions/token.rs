//! The form and the signature of a Web eID token. Pure: no store, no clock.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::LoginRefusal;
use card_protocol::token::{ALGORITHM, AuthToken, FORMAT, login_message};
use event_log::certificate::{CardCertificate, is_signed_by};
use p256::ecdsa::Signature;

use super::MAX_FIELD;
use crate::config::Origin;

/// A token whose form is right; its certificate is still unverified.
#[derive(Debug)]
pub(super) struct ParsedToken {
    pub(super) certificate: CardCertificate,
    pub(super) der: Vec<u8>,
    signature: Signature,
}

/// Reads a token. The longest certificate of a card is far below the bound.
pub(super) fn parse(token: &AuthToken) -> Result<ParsedToken, LoginRefusal> {
    if token.unverified_certificate.len() > MAX_FIELD {
        return Err(LoginRefusal::UnusableCertificate);
    }
    let der = STANDARD
        .decode(&token.unverified_certificate)
        .map_err(|_not_base64| LoginRefusal::UnusableCertificate)?;
    let certificate =
        CardCertificate::from_der(&der).map_err(|_form| LoginRefusal::UnusableCertificate)?;
    if token.format != FORMAT || token.algorithm != ALGORITHM {
        return Err(LoginRefusal::BadSignature);
    }
    let signature = STANDARD
        .decode(&token.signature)
        .ok()
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .ok_or(LoginRefusal::BadSignature)?;
    Ok(ParsedToken {
        certificate,
        der,
        signature,
    })
}

impl ParsedToken {
    /// Whether this token answers `nonce` for `origin`.
    pub(super) fn answers(&self, origin: &Origin, nonce: &str) -> bool {
        let message = login_message(origin.as_str(), nonce);
        is_signed_by(&self.certificate.key, &message, &self.signature)
    }
}

/// Which of our origins the token says it is for. What it says is only a hint
/// for a better refusal: the signature has to fit the origin that is given back.
pub(super) fn origin<'a>(
    token: &AuthToken,
    ours: &'a [Origin],
) -> Result<&'a Origin, LoginRefusal> {
    ours.iter()
        .find(|origin| origin.as_str() == token.origin)
        .ok_or(LoginRefusal::ForeignOrigin)
}
