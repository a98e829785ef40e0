//! The values that labels may have: closed sets, so that no client can make a
//! new series, and none of them says anything of a person or a card.

use axum::http::Method;
use card_domain::LoginRefusal;

/// A closed set of label values.
macro_rules! labels {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// The label's value.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestMethod {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// Any other: nothing of the server answers to it.
    Other,
}

impl RequestMethod {
    /// The label's value.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Other => "other",
        }
    }
}

impl From<&Method> for RequestMethod {
    fn from(method: &Method) -> Self {
        match *method {
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::POST => Self::Post,
            _ => Self::Other,
        }
    }
}

labels! {
    /// Of what a client may do so many in a minute.
    Rated {
        /// Challenges for a login.
        Challenge = "challenge_rate",
        /// Grants for a bridge, for which nobody logged in.
        Grant = "grant_rate",
        /// Logins.
        Login = "login_rate",
        /// Unlocking a session that waits for its card.
        Unlock = "unlock_rate",
        /// Reported insertions for which nobody logged in.
        Insertion = "insertion_rate",
        /// Reports of a healing, and challenges that have 16 bytes decrypted.
        Healing = "healing_rate",
        /// Refused administrator's tokens.
        Enrol = "enrol_rate",
    }
}

labels! {
    /// Why else a request was refused or given up before it was looked into.
    Limit {
        /// The body was too long, or cut off.
        BodySize = "body_size",
        /// The body did not come in time.
        BodyTime = "body_time",
        /// The head of a request did not come in time.
        HeadTime = "head_time",
        /// The client did not take its answer.
        WriteTime = "write_time",
        /// There were too many connections: one made room, or the new one was refused.
        Connections = "connections",
        /// A name of the server that is not ours.
        Host = "host",
        /// The answer took too long.
        Time = "time",
        /// A POST from an origin that is not ours.
        Origin = "origin",
    }
}

labels! {
    /// By whom an operation on a card came to its outcome.
    By {
        /// The legal person's page, under its ticket.
        Ticket = "ticket",
        /// An insertion of the card.
        Healing = "healing",
        /// The housekeeping, after `operations.abandon_hours`.
        Expiry = "expiry",
    }
}

labels! {
    /// What became of an operation on a card.
    OperationOutcome {
        /// Register and card agree on what was to be done.
        Confirmed = "confirmed",
        /// It is over without effect.
        Abandoned = "abandoned",
        /// It had been given up, and the card was put right.
        RolledBack = "rolled_back",
        /// It needs the card once more.
        Waiting = "waiting",
        /// The card could not prove itself.
        NotGenuine = "not_genuine",
    }
}

labels! {
    /// Why the log does not go on.
    LogFailure {
        /// The store does not work.
        Store = "store",
        /// The newest checkpoint is not ours.
        Checkpoint = "checkpoint",
        /// The log is not what was signed.
        Differs = "differs",
        /// The witness file can't be read or written, or says something else.
        Witness = "witness",
    }
}

/// What became of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginOutcome {
    /// There is a session.
    Done,
    /// A check said no.
    Refused(LoginRefusal),
    /// The address tried too often.
    TooMany,
    /// The service failed.
    Failed,
}

impl LoginOutcome {
    /// Every value.
    pub(super) const ALL: [Self; 18] = [
        Self::Done,
        Self::TooMany,
        Self::Failed,
        Self::Refused(LoginRefusal::ChallengeUsed),
        Self::Refused(LoginRefusal::ChallengeLate),
        Self::Refused(LoginRefusal::ForeignOrigin),
        Self::Refused(LoginRefusal::BadSignature),
        Self::Refused(LoginRefusal::UnusableCertificate),
        Self::Refused(LoginRefusal::UntrustedIssuer),
        Self::Refused(LoginRefusal::IssuerNotValid),
        Self::Refused(LoginRefusal::WrongKeyUsage),
        Self::Refused(LoginRefusal::NotYetValid),
        Self::Refused(LoginRefusal::Expired),
        Self::Refused(LoginRefusal::UnknownCard),
        Self::Refused(LoginRefusal::NotConfirmed),
        Self::Refused(LoginRefusal::Lost),
        Self::Refused(LoginRefusal::Frozen),
        Self::Refused(LoginRefusal::Cancelled),
    ];

    /// The label's value; of a refusal its name in the contract.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::TooMany => "too_many",
            Self::Failed => "failed",
            Self::Refused(refusal) => match refusal {
                LoginRefusal::ChallengeUsed => "challenge_used",
                LoginRefusal::ChallengeLate => "challenge_late",
                LoginRefusal::ForeignOrigin => "foreign_origin",
                LoginRefusal::BadSignature => "bad_signature",
                LoginRefusal::UnusableCertificate => "unusable_certificate",
                LoginRefusal::UntrustedIssuer => "untrusted_issuer",
                LoginRefusal::IssuerNotValid => "issuer_not_valid",
                LoginRefusal::WrongKeyUsage => "wrong_key_usage",
                LoginRefusal::NotYetValid => "not_yet_valid",
                LoginRefusal::Expired => "expired",
                LoginRefusal::UnknownCard => "unknown_card",
                LoginRefusal::NotConfirmed => "not_confirmed",
                LoginRefusal::Lost => "lost",
                LoginRefusal::Frozen => "frozen",
                LoginRefusal::Cancelled => "cancelled",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_called_as_in_the_contract() {
        for outcome in LoginOutcome::ALL {
            if let LoginOutcome::Refused(refusal) = outcome {
                let name = serde_json::to_value(refusal).unwrap();
                assert_eq!(name, outcome.name());
            }
        }
    }

    #[test]
    fn what_no_route_answers_to_is_one_label() {
        for (method, label) in [
            (Method::POST, "POST"),
            (Method::DELETE, "other"),
            (Method::from_bytes(b"BREW").unwrap(), "other"),
        ] {
            assert_eq!(RequestMethod::from(&method).name(), label);
        }
    }
}
