//! 制卡: the conversation between `card-bridge enroll` and the server, over
//! `POST /api/enroll/start` and `POST /api/enroll/continue`. The server
//! drives the card by programs; the bridge only runs them.

use serde::{Deserialize, Serialize};

use crate::{
    piv::ChipId,
    program::{ProgramOutcome, SignedProgram},
};

/// Whose card is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case", deny_unknown_fields)]
pub enum Holder {
    /// The legal-person card of the enterprise with this code.
    LegalPerson {
        /// The enterprise's code (统一社会信用代码).
        enterprise: String,
    },
    /// The card of one operator.
    Operator {
        /// The enterprise's code (统一社会信用代码).
        enterprise: String,
        /// 操作员编号.
        operator: String,
    },
}

/// Begins a personalisation. The administrator's token travels in the
/// `Authorization: Bearer` header, never in the body or the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrollStart {
    /// Whose card is to be made.
    pub holder: Holder,
    /// The CHUID's GUID that is on the card now, where there is a CHUID: some
    /// cards leave the factory with one.
    pub chip: Option<ChipId>,
}

/// Goes on with the outcome of the program that the server gave last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrollContinue {
    /// What became of it.
    pub outcome: ProgramOutcome,
}

/// What the server answers to both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "next", rename_all = "snake_case", deny_unknown_fields)]
pub enum EnrollReply {
    /// Run this and continue with its outcome.
    Run {
        /// The program.
        program: SignedProgram,
    },
    /// The card is made, read back and in the register.
    Done {
        /// IC卡号.
        card_no: String,
        /// Who holds it.
        holder_name: String,
        /// The chip id it was given.
        chip: ChipId,
    },
}
