//! The engine of signed card programs: what the server has a card do, and what
//! the card answered. 制卡 (`enroll`) and 延期 / 解锁 (`operations`) are its two
//! users; which program comes when, and what follows from its answers, is theirs.
//!
//! A `ProgramBuilder` puts named steps together, `CardProgram::sign` binds
//! and signs them, `Answers` reads what came back by the names of the steps,
//! and never more of it than the bridge can have seen. `MutualAuth` is the
//! mutual authentication with the management key (9B). A secret gets into a
//! program only beside a `KeyProof`.

mod answers;
mod builder;
mod key;
mod mutual_auth;
mod proof;
mod sign;
mod status;
mod step;

use card_protocol::{ApduError, piv::PivError};
use thiserror::Error;

use crate::random::RandomError;

pub(crate) use self::{
    answers::{Answer, Answers, OutcomeError},
    builder::{CardProgram, ProgramBuilder},
    mutual_auth::{AuthOutcome, MutualAuth},
    proof::KeyProof,
    sign::Binding,
    status::{Accept, CommandOutcome, command_outcome, secret_outcome},
    step::StepName,
};
pub use key::{ProgramKey, ProgramKeyError};

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
    /// What was kept of a mutual authentication is no hex.
    #[error("what was kept of a mutual authentication can't be read")]
    Kept,
    /// A step is asked about that the program does not begin with.
    #[error("the program has no answer to {0}")]
    NotSent(StepName),
    /// No random bytes for a challenge.
    #[error(transparent)]
    Random(#[from] RandomError),
}
