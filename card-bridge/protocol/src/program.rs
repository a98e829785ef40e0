//! A program: a list of APDUs that the server wrote and signed for one origin,
//! one operation, one chip and a short time. The bridge runs nothing else on
//! a card than programs and its own few methods.

use serde::{Deserialize, Serialize};

use crate::{pin_policy::PinPolicy, piv::ChipId};

/// A program in the clear. The bridge parses it out of [`SignedProgram::body`]
/// after it checked the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Always [`VERSION`].
    pub version: u8,
    /// The origin whose page may hand in this program; for `enroll`, the server's own.
    pub origin: String,
    /// The operation it belongs to: a UUID of the server's journal.
    pub operation: String,
    /// Position in the operation, from 0, so that parts can't be swapped.
    pub sequence: u32,
    /// The chip it may run on: the bridge reads the CHUID in the same card
    /// transaction and refuses any other. `None` is a card without a CHUID.
    pub chip: Option<ChipId>,
    /// The last second (Unix time) at which it may be started.
    pub expires_at: i64,
    /// What to do, in order, within one card transaction.
    pub steps: Vec<Step>,
}

/// The version of the program form.
pub const VERSION: u8 = 1;

/// Most steps a program may have.
pub const MAX_STEPS: usize = 64;

/// One step of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Sends one logical command (chained and completed as needed).
    Apdu {
        /// The command as a short or extended APDU, in hex.
        command: String,
        /// Status words (4 hex digits) after which the program goes on; any other ends it.
        accept: Vec<String>,
        /// SHA-256 (hex) of the response data after which the program goes on;
        /// any other ends it. So a card that does not prove its key to the
        /// server is not written, without one more round to the server; and
        /// whoever reads the program does not learn the proof.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_sha256: Option<String>,
    },
    /// Sends a command that ends in a PIN which only the terminal knows: the
    /// bridge appends the new PIN (8 bytes, padded with FF) to the data.
    NewPin {
        /// The command up to the PIN: CLA INS P1 P2 and the data before it, in hex, without Lc.
        /// CHANGE REFERENCE DATA behind the old PIN
        /// ([`change_pin_to_appended`](crate::piv::change_pin_to_appended)) or RESET RETRY COUNTER
        /// behind the PUK
        /// ([`reset_retry_counter_to_appended`](crate::piv::reset_retry_counter_to_appended)).
        command: String,
        /// The same as for [`Step::Apdu`].
        accept: Vec<String>,
        /// What the new PIN has to look like; the card gets no other.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<PinPolicy>,
    },
}

/// A program as the server hands it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedProgram {
    /// The JSON text of a [`Program`]: exactly these bytes are signed.
    pub body: String,
    /// ES256 over [`signed_message`] of the body, `r ‖ s` (64 bytes) in base64.
    pub signature: String,
}

/// Begins every signed program, so that its signature can't be taken for another.
pub const DOMAIN: &[u8] = b"ic-card-program:1\n";

/// The message under a program's signature.
#[must_use]
pub fn signed_message(body: &str) -> Vec<u8> {
    [DOMAIN, body.as_bytes()].concat()
}

/// What the card answered to one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepOutcome {
    /// The response data, in hex.
    pub data: String,
    /// The status word, 4 hex digits.
    pub status: String,
}

/// What became of a program: an outcome for every step that was sent. When the
/// last one's status or answer is not accepted, the program ended there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramOutcome {
    /// The operation and sequence of the program that was run.
    pub operation: String,
    /// See [`Program::sequence`].
    pub sequence: u32,
    /// In the order of the steps.
    pub steps: Vec<StepOutcome>,
}
