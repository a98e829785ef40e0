//! Why something was refused or not finished.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::LoginRefusal;

/// Why something was refused or not finished. It is written where the refusal
/// is made, as its code, which never changes; a person reads its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A login was refused.
    Login(LoginRefusal),
    /// The proposal was unknown, used already, too old or another session's.
    ProposalVoid,
    /// The statement was not signed by the session's card.
    StatementSignature,
    /// Somebody else changed the card meanwhile.
    Conflict,
    /// The session was over.
    SessionEnded,
    /// The session's card may not do this.
    NotAllowed,
    /// There is no such card in the enterprise.
    NotFound,
    /// The card's state did not allow it.
    RuleSaysNo,
    /// Another operation on the card is not finished.
    Unfinished,
    /// The certificate is good for longer than the configured window.
    NotDue,
    /// The CA ends before the ten years of a new certificate would.
    IssuerEnds,
    /// Another card was in the reader.
    WrongCard,
    /// The card could not prove that it is ours.
    NotGenuine,
    /// It was rolled back: the card holds what the register says.
    RolledBack,
    /// The legal person cancelled it; nothing was done to the card.
    Cancelled,
    /// Nobody finished it, or it was given up.
    Abandoned,
    /// It could not begin. Only events from before reasons were codes have it.
    NotBegun,
    /// It could not be finished, and no more is known of why.
    NotDone,
    /// The PIN is not blocked: there is nothing to unlock.
    PinNotBlocked,
    /// The card refused the PUK.
    PukRefused,
    /// Nobody knows which PUK is on the card.
    PukUnknown,
    /// The card refused a command, or answered what the protocol does not allow.
    CardRefused,
    /// What was read from the card is not what was written.
    ReadBack,
    /// What the card attested is not the key that it is said to have made, or is
    /// not this card's, or of no root that we trust.
    Attestation,
    /// The card is not as the factory made it.
    NotBlank,
    /// What was reported does not belong to the program that was handed out.
    WrongReport,
    /// There was no good administrator's token.
    AdminToken,
    /// The card's row was not what the log says of it.
    Unexplained,
    /// There were too many requests.
    TooMany,
    /// The database could not write.
    Unavailable,
    /// A defect of the server.
    Internal,
    /// Something else, which the server's administrator can look up by the
    /// request id. No event is written with it: it is what is read of an event
    /// from before reasons were codes, or of a newer version.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 46] = [
        Self::Login(LoginRefusal::ChallengeUsed),
        Self::Login(LoginRefusal::ChallengeLate),
        Self::Login(LoginRefusal::ForeignOrigin),
        Self::Login(LoginRefusal::BadSignature),
        Self::Login(LoginRefusal::UnusableCertificate),
        Self::Login(LoginRefusal::UntrustedIssuer),
        Self::Login(LoginRefusal::IssuerNotValid),
        Self::Login(LoginRefusal::WrongKeyUsage),
        Self::Login(LoginRefusal::NotYetValid),
        Self::Login(LoginRefusal::Expired),
        Self::Login(LoginRefusal::UnknownCard),
        Self::Login(LoginRefusal::NotConfirmed),
        Self::Login(LoginRefusal::Lost),
        Self::Login(LoginRefusal::Frozen),
        Self::Login(LoginRefusal::Cancelled),
        Self::ProposalVoid,
        Self::StatementSignature,
        Self::Conflict,
        Self::SessionEnded,
        Self::NotAllowed,
        Self::NotFound,
        Self::RuleSaysNo,
        Self::Unfinished,
        Self::NotDue,
        Self::IssuerEnds,
        Self::WrongCard,
        Self::NotGenuine,
        Self::RolledBack,
        Self::Cancelled,
        Self::Abandoned,
        Self::NotBegun,
        Self::NotDone,
        Self::PinNotBlocked,
        Self::PukRefused,
        Self::PukUnknown,
        Self::CardRefused,
        Self::ReadBack,
        Self::Attestation,
        Self::NotBlank,
        Self::WrongReport,
        Self::AdminToken,
        Self::Unexplained,
        Self::TooMany,
        Self::Unavailable,
        Self::Internal,
        Self::Other,
    ];

    /// The stable code, in the leaf and on the wire.
    #[must_use]
    pub fn code(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Login(refusal) => return Cow::Owned(format!("login/{}", refusal.name())),
            Self::ProposalVoid => "proposal_void",
            Self::StatementSignature => "statement_signature",
            Self::Conflict => "conflict",
            Self::SessionEnded => "session_ended",
            Self::NotAllowed => "not_allowed",
            Self::NotFound => "not_found",
            Self::RuleSaysNo => "rule_says_no",
            Self::Unfinished => "unfinished",
            Self::NotDue => "not_due",
            Self::IssuerEnds => "issuer_ends",
            Self::WrongCard => "wrong_card",
            Self::NotGenuine => "not_genuine",
            Self::RolledBack => "rolled_back",
            Self::Cancelled => "cancelled",
            Self::Abandoned => "abandoned",
            Self::NotBegun => "not_begun",
            Self::NotDone => "not_done",
            Self::PinNotBlocked => "pin_not_blocked",
            Self::PukRefused => "puk_refused",
            Self::PukUnknown => "puk_unknown",
            Self::CardRefused => "card_refused",
            Self::ReadBack => "read_back",
            Self::Attestation => "attestation",
            Self::NotBlank => "not_blank",
            Self::WrongReport => "wrong_report",
            Self::AdminToken => "admin_token",
            Self::Unexplained => "unexplained",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Other => "other",
        })
    }

    /// The reason with this code; [`Self::Other`] for one of a newer version.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|reason| reason.code() == code)
            .unwrap_or(Self::Other)
    }
}

impl From<LoginRefusal> for Reason {
    fn from(refusal: LoginRefusal) -> Self {
        Self::Login(refusal)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<str>::deserialize(deserializer)?;
        Ok(Self::from_code(&code))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_lead_back_and_no_two_are_the_same() {
        let codes: BTreeSet<_> = Reason::ALL.into_iter().map(Reason::code).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(json, format!("\"{}\"", reason.code()));
            assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), reason);
        }
        let logins = Reason::ALL
            .iter()
            .filter(|reason| matches!(reason, Reason::Login(_)));
        assert_eq!(logins.count(), LoginRefusal::ALL.len());
    }

    #[test]
    fn a_newer_version_s_code_is_another_reason_and_no_error() {
        let newer: Reason = serde_json::from_str("\"of_next_year\"").unwrap();
        assert_eq!(newer, Reason::Other);
    }
}
