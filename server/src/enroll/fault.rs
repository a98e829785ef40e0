//! What can be wrong with a card while it is made.

use app::text::enroll::Cause;
use card_domain::{CardNo, Reason};
use card_protocol::piv::PivError;
use thiserror::Error;

use crate::{
    card_program::{OutcomeError, StepName},
    pki::attestation::AttestationError,
};

/// Why a card could not be made. The text is for the event and, behind the
/// sentence of its cause, for the person at the bridge: it holds no secret.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// None of the factory keys fits.
    #[error("no factory management key (9B) fits")]
    NotBlank,
    /// The same, and it is the card with this IC卡号.
    #[error("the card is {} of the register", .0.0)]
    InUse(CardNo),
    /// The card answered something else than the protocol allows.
    #[error("{0}: {1}")]
    Answer(&'static str, PivError),
    /// The card refused a command.
    #[error("{step} was answered with {status}")]
    Refused {
        /// The step of the program that was refused.
        step: StepName,
        /// The status word, with what it means.
        status: String,
    },
    /// The outcome is not one of the program that was handed out.
    #[error("the outcome does not belong to the program")]
    WrongOutcome,
    /// The key in slot 9A is not on the curve.
    #[error("the new public key can't be used")]
    PublicKey,
    /// The card could not prove that it has the private key.
    #[error("the card did not prove its new key")]
    NoProof,
    /// What the card attests is wrong.
    #[error("{0}")]
    Attestation(AttestationError),
    /// What was read is not what was written.
    #[error("{0} was read back differently")]
    ReadBack(&'static str),
}

impl From<OutcomeError> for Fault {
    fn from(error: OutcomeError) -> Self {
        tracing::info!(%error, "an outcome that is none of its program");
        Self::WrongOutcome
    }
}

impl Fault {
    /// The reason for the event.
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::NotBlank | Self::InUse(_) => Reason::NotBlank,
            Self::Answer(..) | Self::Refused { .. } | Self::PublicKey => Reason::CardRefused,
            Self::WrongOutcome => Reason::WrongReport,
            Self::NoProof => Reason::NotGenuine,
            Self::Attestation(_) => Reason::Attestation,
            Self::ReadBack(_) => Reason::ReadBack,
        }
    }

    pub(crate) const fn cause(&self) -> Cause {
        match self {
            Self::NotBlank => Cause::NotBlank,
            Self::InUse(_) => Cause::InUse,
            Self::Answer(..) | Self::Refused { .. } | Self::PublicKey => Cause::CardRefused,
            Self::WrongOutcome => Cause::WrongOutcome,
            Self::Attestation(_) => Cause::Attestation,
            Self::NoProof | Self::ReadBack(_) => Cause::NotProven,
        }
    }
}
