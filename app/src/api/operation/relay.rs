//! What passes between page and service while a card is in the reader.

use card_domain::{CardId, CardNo, OperatorNo, StateName};
use card_protocol::{
    CardError, PinPolicy,
    bridge::Identity,
    program::{ProgramOutcome, SignedProgram},
};
use serde::{Deserialize, Serialize};

use super::Operations;

/// What happened at the reader, as the bridge told the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardReport {
    /// A card was inserted (or is in already); nobody looked at it.
    Inserted,
    /// The answer of the bridge's `identify`.
    Identified {
        /// It.
        identity: Identity,
    },
    /// The answer of the bridge's `run_program`.
    Ran {
        /// It.
        outcome: ProgramOutcome,
    },
    /// The bridge's error to either.
    Failed {
        /// It.
        error: CardError,
    },
}

/// What the page does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Wait until a card is inserted, then report [`CardReport::Inserted`].
    Insert,
    /// Have the bridge `identify` the card and report what it said.
    Identify,
    /// Have the bridge run this and report what came of it.
    Run {
        /// The program.
        program: SignedProgram,
        /// When the program sets a new PIN: the rules for it. The page asks
        /// for it (twice) before it runs the program.
        new_pin: Option<PinPolicy>,
        /// What is being done, for the progress.
        doing: Doing,
    },
    /// Nothing was written: another card is in the reader. Say so, and wait
    /// until it is changed.
    WrongCard {
        /// What is in the reader.
        found: FoundCard,
    },
    /// There is nothing left to do.
    Finished,
}

/// What a program does, for the progress in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Reading the card and asking it to prove itself.
    Checking,
    /// The card makes a key pair.
    MakingKey,
    /// Writing the certificate and reading it back.
    Writing,
    /// Reading the certificate once more.
    ReadingBack,
    /// Setting the new PIN, then replacing the PUK.
    SettingPin,
    /// Replacing the PUK, which an interruption left undone.
    ReplacingPuk,
    /// Writing the certificate back that the register has.
    Restoring,
}

/// What is in the reader, as far as this legal person may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundCard {
    /// The card of an operator of this enterprise.
    Operator {
        /// The card.
        card: CardId,
        /// IC卡号.
        card_no: CardNo,
        /// 操作员编号.
        operator_no: OperatorNo,
        /// 操作员姓名.
        holder_name: String,
        /// Its state.
        state: StateName,
    },
    /// The enterprise's own legal-person card.
    LegalPerson {
        /// The holder's name.
        holder_name: String,
    },
    /// A card of another enterprise; nothing more is said of it.
    OtherEnterprise,
    /// A PIV card that is not in the register.
    Unknown,
    /// No PIV card, or one that we can't use.
    NotPiv,
    /// It says that it is the right one and can't prove it.
    NotGenuine,
}

/// The answer to each report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationReply {
    /// What to do next.
    pub next: Next,
    /// All operations of the ticket as they are now.
    pub operations: Operations,
}
