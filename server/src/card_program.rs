//! The engine of signed card programs: what the server has a card do, and what
//! the card answered. 制卡 (`enroll`) and 延期 / 解锁 (`operations`) are its two
//! users; which program comes when, and what follows from its answers, is theirs.
//!
//! A `ProgramBuilder` puts named steps together, `CardProgram::sign` binds, seals
//! and signs them, `Answers` reads what came back by the names of the steps,
//! and never more of it than the bridge can have seen. That is a `Claim`, until
//! the card's own key (`CardKey`, 9E) or its management key (`MutualAuth`, 9B)
//! makes it `Proven`. Only a `Proof` has an effect or frees a secret, and what
//! it frees is sealed to the `BridgeKey` that the card vouched for.

mod answers;
mod attest;
mod audience;
mod bridge_key;
mod builder;
mod card_key;
mod claim;
mod mutual_auth;
mod sign;
mod status;
mod step;

use card_protocol::{ApduError, piv::PivError};
use thiserror::Error;

use crate::random::RandomError;

pub(crate) use self::{
    answers::{Answer, Answers, OutcomeError},
    attest::AttestationCheck,
    audience::Vouched,
    bridge_key::{BridgeKey, StoredBridgeKey, VouchedKey},
    builder::{CardProgram, ProgramBuilder},
    card_key::CardKey,
    claim::{Claim, Proof, Proven, Unproven},
    mutual_auth::{AuthOutcome, KeyProof, MutualAuth},
    sign::Binding,
    status::{Accept, CommandOutcome, command_outcome, secret_outcome},
    step::StepName,
};

/// Why a program can't be made. Only the witness is the card's doing.
#[derive(Debug, Error)]
pub(crate) enum ProgramError {
    /// The protocol has no such command.
    #[error("{0} can't be made: {1}")]
    Command(StepName, PivError),
    /// It does not fit into an APDU.
    #[error("{0} can't be encoded: {1}")]
    Encoding(StepName, ApduError),
    /// Its answer could not be told from the other's.
    #[error("{0} stands twice in a program")]
    Twice(StepName),
    /// Nothing stands for a proof that the card is the right one.
    #[error("{0} holds a secret and has no proof before it")]
    Unproven(StepName),
    /// The card answered with something else.
    #[error("the card's witness: {0}")]
    Witness(PivError),
    /// No random bytes for a challenge.
    #[error(transparent)]
    Random(#[from] RandomError),
}
