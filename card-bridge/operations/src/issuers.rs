//! Whether a card is one of the server's, before it gets a PIN: its certificate has to be
//! over a P-256 key and signed by one of the CAs that the server's grant names. Which
//! holder it is, and whether the certificate is good now, is the server's to say.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    CardError, CardFault,
    grant::MAX_ISSUERS,
    x509::{self, KeyKind},
};

use crate::ecdsa::{PublicKey, Signature};

/// The keys of the CAs whose cards count; `None` of a server of the version before, which
/// names none: it refuses a foreign card after the PIN.
#[derive(Clone, Debug, Default)]
pub struct Issuers(Option<Vec<PublicKey>>);

impl Issuers {
    /// From [`card_protocol::grant::Grant::issuers`].
    ///
    /// # Errors
    /// [`CardError::BadRequest`] for what no server should sign.
    pub fn of(points: Option<&[String]>) -> Result<Self, CardError> {
        let Some(points) = points else {
            return Ok(Self(None));
        };
        if points.len() > MAX_ISSUERS {
            return Err(CardError::BadRequest);
        }
        let key = |point: &String| {
            let bytes = BASE64_STANDARD.decode(point).ok()?;
            PublicKey::from_sec1(&bytes)
        };
        let keys: Option<Vec<_>> = points.iter().map(key).collect();
        keys.map(|keys| Self(Some(keys)))
            .ok_or(CardError::BadRequest)
    }

    /// What is wrong with a card that has this certificate (DER), if anything is.
    pub async fn fault(&self, certificate: &[u8]) -> Option<CardFault> {
        let issuers = self.0.as_ref()?;
        let parts = match x509::parts(certificate) {
            Ok(parts) => parts,
            Err(error) => {
                tracing::info!(%error, "a card's certificate");
                return Some(CardFault::BadCertificate);
            }
        };
        match parts.key {
            KeyKind::P256 => {}
            KeyKind::Rsa => return Some(CardFault::RsaKey),
            KeyKind::Other => return Some(CardFault::OtherKey),
        }
        if let Some(signature) = Signature::from_der(parts.signature) {
            for key in issuers {
                if key.has_signed(parts.signed, &signature).await {
                    return None;
                }
            }
        }
        Some(if parts.issuer == parts.subject {
            CardFault::SelfSigned
        } else {
            CardFault::OtherIssuer
        })
    }

    /// Lets through who may get a PIN.
    ///
    /// # Errors
    /// [`CardError::UnfitCard`]
    pub async fn check(&self, certificate: &[u8]) -> Result<(), CardError> {
        match self.fault(certificate).await {
            None => Ok(()),
            Some(reason) => {
                tracing::info!(%reason, "no PIN is for the card in the reader");
                Err(CardError::UnfitCard { reason })
            }
        }
    }
}
