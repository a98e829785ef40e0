//! A program: a list of APDUs that the server wrote and signed for one origin,
//! one operation, one chip and a short time. The bridge runs nothing else on
//! a card than programs and its own few methods.
//!
//! What is secret in a program is sealed to the bridge's key of the exchange
//! ([`crate::sealing`]), which the card itself vouched for: it signed
//! [`proof_message`] in the same connection. So the pages, extensions and
//! proxies in between carry a program and can't read it.

use serde::{Deserialize, Serialize};

use crate::{
    pin_policy::PinPolicy,
    piv::ChipId,
    signed::{ServerSigned, Signed},
};

/// A program, as [`SignedProgram::body`](Signed::body) has it. The bridge parses it after it
/// checked the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Always [`VERSION`].
    pub version: u8,
    /// What the program is for. The bridge knows the shape of each kind and
    /// refuses a program of any other.
    pub kind: ProgramKind,
    /// The origin whose page may hand in this program; for `enroll`, the server's own.
    pub origin: String,
    /// The conversation it belongs to: a UUID that the server made.
    pub operation: String,
    /// Position in the conversation, from 0, so that parts can't be swapped.
    pub sequence: u32,
    /// The chip it may run on: the bridge reads the CHUID in the same card
    /// transaction and refuses any other. `None` is a card without a CHUID.
    pub chip: Option<ChipId>,
    /// The last second (Unix time) at which it may be started, at most
    /// [`MAX_LIFE_SECONDS`] away.
    pub expires_at: i64,
    /// What to do, within one card transaction.
    pub steps: Steps,
}

/// What a program is for. Each kind has one shape, which the bridge knows
/// (`card-bridge/src/program/shape.rs`); no program can do more than its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramKind {
    /// Reads what is public and has the card prove itself.
    Look,
    /// 延期: writes the certificate and reads it back.
    Renew,
    /// 延期 with a new key: has the card make it.
    RenewNewKey,
    /// 解锁: sets the PIN that the terminal appends, then replaces the PUK.
    Unblock,
    /// 解锁 whose PIN is set: replaces the PUK.
    Rotate,
    /// 解锁 whose card would not replace its PUK: notes that it is the old one.
    KeepPuk,
    /// Has the card prove itself and reads the PIN's tries.
    Check,
    /// Writes the register's good certificate back.
    RollBack,
    /// 制卡: makes a blank card the holder's. Signed by a key of its own.
    Enrol,
}

impl ProgramKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Look,
        Self::Renew,
        Self::RenewNewKey,
        Self::Unblock,
        Self::Rotate,
        Self::KeepPuk,
        Self::Check,
        Self::RollBack,
        Self::Enrol,
    ];

    /// Whether a program of this kind may hold a step that takes a new PIN.
    #[must_use]
    pub const fn takes_pin(self) -> bool {
        matches!(self, Self::Unblock | Self::Enrol)
    }

    /// Whether its steps may stand in the clear: a [`Look`](Self::Look) that
    /// holds no secret, and 制卡, whose bridge talks to the server itself.
    #[must_use]
    pub const fn may_be_clear(self) -> bool {
        matches!(self, Self::Look | Self::Enrol)
    }
}

/// The steps of a program, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Steps {
    /// For everybody to read.
    Clear(Vec<Step>),
    /// For the bridge alone: the JSON text of a `Vec<Step>`, sealed to its key
    /// of this exchange, with [`sealed_context`] as associated data.
    Sealed(Sealed),
}

/// A sealed text ([`crate::sealing`]; RFC 9180).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The encapsulated key, hex.
    pub encapsulated: String,
    /// The ciphertext, hex.
    pub ciphertext: String,
}

/// The associated data of sealed steps: which program they are for.
#[must_use]
pub fn sealed_context(kind: ProgramKind, operation: &str, sequence: u32) -> Vec<u8> {
    format!("{kind:?}\n{operation}\n{sequence}").into_bytes()
}

/// Longest time in seconds between the signing of a program and its end.
pub const MAX_LIFE_SECONDS: i64 = 15 * 60;

/// The version of the program form.
pub const VERSION: u8 = 2;

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
    /// Has the card sign, with its card-authentication key (9E, used without a
    /// PIN: SP 800-73-4 part 1, §3.1.3), the SHA-256 of [`proof_message`] over
    /// `nonce` and the bridge's key of this exchange. Only `9000` goes on.
    ProveCard {
        /// The server's nonce, [`NONCE_LENGTH`] random bytes in hex; single use.
        nonce: String,
    },
}

/// Bytes of a nonce in [`Step::ProveCard`].
pub const NONCE_LENGTH: usize = 32;

/// Begins every message that a card signs to prove itself, so that the signature
/// can't be taken for another.
pub const PROOF_DOMAIN: &[u8] = b"ic-card-proof:1\n";

/// The message that a card signs to prove itself: the domain, the server's
/// nonce, and the bridge's public key of this exchange. Whoever has the card's
/// signature over it knows that what is sealed to that key is read by whoever
/// had the card.
#[must_use]
pub fn proof_message(nonce: &[u8; NONCE_LENGTH], exchange_key: &[u8; 32]) -> Vec<u8> {
    [PROOF_DOMAIN, nonce, exchange_key].concat()
}

/// A program as the server hands it out.
pub type SignedProgram = Signed<Program>;

impl ServerSigned for Program {
    const DOMAIN: &'static [u8] = b"ic-card-program:2\n";
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
    /// The bridge's public key (X25519, hex) of this exchange: from
    /// [`ProgramKind::Look`] on the same one for as long as the connection to
    /// the card lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_key: Option<String>,
    /// In the order of the steps.
    pub steps: Vec<StepOutcome>,
}
