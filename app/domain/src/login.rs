//! Why a login was refused. Every check of the server has its own refusal, and
//! every refusal its own sentence in `app::text`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why the server refused a login token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Error)]
#[serde(rename_all = "snake_case")]
pub enum LoginRefusal {
    /// The challenge was never given, or used already.
    #[error("the challenge is unknown or was used already")]
    ChallengeUsed,
    /// The challenge is older than five minutes.
    #[error("the challenge is too old")]
    ChallengeLate,
    /// The token was made for another origin.
    #[error("the token was made for another origin")]
    ForeignOrigin,
    /// The signature does not fit certificate, origin and challenge.
    #[error("the signature does not verify")]
    BadSignature,
    /// The certificate can't be read, or its key is of an unsupported kind.
    #[error("the certificate can't be used")]
    UnusableCertificate,
    /// The certificate was issued by another CA.
    #[error("the certificate comes from another CA")]
    UntrustedIssuer,
    /// The CA that issued the certificate is expired itself, or not valid yet.
    #[error("the CA of the certificate is not valid now")]
    IssuerNotValid,
    /// The certificate is not meant for logging in.
    #[error("the certificate is not meant for client authentication")]
    WrongKeyUsage,
    /// The certificate's validity has not begun.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// The certificate's validity is over.
    #[error("the certificate is expired")]
    Expired,
    /// No card in the register has this certificate.
    #[error("the card is not in the register")]
    UnknownCard,
    /// The certificate is not the confirmed one of its card (replaced, held or revoked).
    #[error("the certificate is not the card's confirmed one")]
    NotConfirmed,
    /// 已挂失.
    #[error("the card was reported lost")]
    Lost,
    /// 已冻结.
    #[error("the card is frozen")]
    Frozen,
    /// 已注销.
    #[error("the card was cancelled")]
    Cancelled,
}

impl LoginRefusal {
    /// Every refusal, in the order of the checks.
    pub const ALL: [Self; 15] = [
        Self::ChallengeUsed,
        Self::ChallengeLate,
        Self::ForeignOrigin,
        Self::BadSignature,
        Self::UnusableCertificate,
        Self::UntrustedIssuer,
        Self::IssuerNotValid,
        Self::WrongKeyUsage,
        Self::NotYetValid,
        Self::Expired,
        Self::UnknownCard,
        Self::NotConfirmed,
        Self::Lost,
        Self::Frozen,
        Self::Cancelled,
    ];

    /// The stable code, on the wire, in metrics and in the leaf.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChallengeUsed => "challenge_used",
            Self::ChallengeLate => "challenge_late",
            Self::ForeignOrigin => "foreign_origin",
            Self::BadSignature => "bad_signature",
            Self::UnusableCertificate => "unusable_certificate",
            Self::UntrustedIssuer => "untrusted_issuer",
            Self::IssuerNotValid => "issuer_not_valid",
            Self::WrongKeyUsage => "wrong_key_usage",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::UnknownCard => "unknown_card",
            Self::NotConfirmed => "not_confirmed",
            Self::Lost => "lost",
            Self::Frozen => "frozen",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_wire_s() {
        for refusal in LoginRefusal::ALL {
            assert_eq!(serde_json::to_value(refusal).unwrap(), refusal.name());
        }
    }
}
