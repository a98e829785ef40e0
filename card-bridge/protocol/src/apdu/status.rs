//! The status word that ends every response (ISO/IEC 7816-4 §5.6 and
//! SP 800-73-4 part 2, table 8), and what it means.

use core::fmt;

use serde::{Deserialize, Serialize};

/// SW1 SW2 as one number. It is also an error: whoever wanted `9000` and got
/// another can return it.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusWord(pub u16);

/// What a status word says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusMeaning {
    /// `9000`: done.
    Success,
    /// `61xx`: done, and so many bytes wait for GET RESPONSE (256 for `00`).
    MoreData(u16),
    /// `6Cxx`: ask again with this expected length (256 for `00`).
    WrongExpectedLength(u16),
    /// `63CX`: wrong PIN, PUK or answer; so many tries are left.
    TriesLeft(u8),
    /// `6982`: needs a verified PIN or an authenticated administrator.
    SecurityStatusNotSatisfied,
    /// `6983`: the PIN or PUK is blocked.
    AuthenticationBlocked,
    /// `6985`: the conditions of use are not satisfied.
    ConditionsNotSatisfied,
    /// `6700`: wrong length.
    WrongLength,
    /// `6881`: the card does not do logical channels.
    ChannelNotSupported,
    /// `6882`: the card does not do secure messaging.
    SecureMessagingNotSupported,
    /// `6883`: the last command of the chain is missing.
    LastOfChainExpected,
    /// `6884`: the card does not do command chaining.
    ChainingNotSupported,
    /// `6A80`: the data field is wrong; also a failed mutual authentication.
    WrongData,
    /// `6A81`: the card does not have this function.
    FunctionNotSupported,
    /// `6A82`: no such application or data object.
    NotFound,
    /// `6A84`: the card has no room left.
    NotEnoughMemory,
    /// `6A86`: P1 or P2 is wrong.
    WrongParameters,
    /// `6A88`: no such key.
    ReferenceNotFound,
    /// `6D00`: no such instruction.
    InstructionNotSupported,
    /// `6E00`: no such class.
    ClassNotSupported,
    /// `6F00`: the card gives no reason.
    NoDiagnosis,
    /// Any other.
    Unknown,
}

impl StatusWord {
    /// `9000`
    pub const SUCCESS: Self = Self(0x9000);
    /// `6700`
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// `6982`
    pub const SECURITY_STATUS_NOT_SATISFIED: Self = Self(0x6982);
    /// `6983`
    pub const AUTHENTICATION_BLOCKED: Self = Self(0x6983);
    /// `6985`
    pub const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// `6883`
    pub const LAST_OF_CHAIN_EXPECTED: Self = Self(0x6883);
    /// `6A80`
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// `6A81`
    pub const FUNCTION_NOT_SUPPORTED: Self = Self(0x6A81);
    /// `6A82`
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// `6A84`
    pub const NOT_ENOUGH_MEMORY: Self = Self(0x6A84);
    /// `6A86`
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// `6A88`
    pub const REFERENCE_NOT_FOUND: Self = Self(0x6A88);
    /// `6D00`
    pub const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6D00);
    /// `6E00`
    pub const CLASS_NOT_SUPPORTED: Self = Self(0x6E00);
    /// `6F00`
    pub const NO_DIAGNOSIS: Self = Self(0x6F00);

    /// `61xx`: `count` more bytes wait, or "256 or more" from 256 on.
    #[must_use]
    pub fn more_data(count: usize) -> Self {
        Self(0x6100 | u16::from(u8::try_from(count).unwrap_or(0)))
    }

    /// `63CX`: so many tries are left; X goes to 15 at most.
    #[must_use]
    pub const fn tries_left(tries: u8) -> Self {
        let tries = if tries > 15 { 15 } else { tries };
        Self(0x63C0 | tries as u16)
    }

    /// From SW1 SW2 as they come.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes))
    }

    /// SW1 SW2.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// Whether it is `9000`.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 == Self::SUCCESS.0
    }

    /// What it means.
    #[must_use]
    pub fn meaning(self) -> StatusMeaning {
        use StatusMeaning as M;
        let [sw1, sw2] = self.to_bytes();
        let count = if sw2 == 0 { 256 } else { u16::from(sw2) };
        match (sw1, sw2) {
            (0x90, 0x00) => M::Success,
            (0x61, _) => M::MoreData(count),
            (0x6C, _) => M::WrongExpectedLength(count),
            (0x63, 0xC0..=0xCF) => M::TriesLeft(sw2 & 0x0F),
            (0x67, 0x00) => M::WrongLength,
            (0x68, 0x81) => M::ChannelNotSupported,
            (0x68, 0x82) => M::SecureMessagingNotSupported,
            (0x68, 0x83) => M::LastOfChainExpected,
            (0x68, 0x84) => M::ChainingNotSupported,
            (0x69, 0x82) => M::SecurityStatusNotSatisfied,
            (0x69, 0x83) => M::AuthenticationBlocked,
            (0x69, 0x85) => M::ConditionsNotSatisfied,
            (0x6A, 0x80) => M::WrongData,
            (0x6A, 0x81) => M::FunctionNotSupported,
            (0x6A, 0x82) => M::NotFound,
            (0x6A, 0x84) => M::NotEnoughMemory,
            (0x6A, 0x86) => M::WrongParameters,
            (0x6A, 0x88) => M::ReferenceNotFound,
            (0x6D, 0x00) => M::InstructionNotSupported,
            (0x6E, 0x00) => M::ClassNotSupported,
            (0x6F, 0x00) => M::NoDiagnosis,
            _ => M::Unknown,
        }
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusWord({:04X})", self.0)
    }
}

/// For logs: the number and, in English, what it says.
impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use StatusMeaning as M;
        write!(f, "{:04X} (", self.0)?;
        match self.meaning() {
            M::Success => f.write_str("success"),
            M::MoreData(count) => write!(f, "{count} more bytes wait"),
            M::WrongExpectedLength(count) => write!(f, "expected length should be {count}"),
            M::TriesLeft(tries) => write!(f, "verification failed, {tries} tries left"),
            M::SecurityStatusNotSatisfied => f.write_str("security status not satisfied"),
            M::AuthenticationBlocked => f.write_str("authentication method blocked"),
            M::ConditionsNotSatisfied => f.write_str("conditions of use not satisfied"),
            M::WrongLength => f.write_str("wrong length"),
            M::ChannelNotSupported => f.write_str("logical channel not supported"),
            M::SecureMessagingNotSupported => f.write_str("secure messaging not supported"),
            M::LastOfChainExpected => f.write_str("last command of chain expected"),
            M::ChainingNotSupported => f.write_str("command chaining not supported"),
            M::WrongData => f.write_str("incorrect data"),
            M::FunctionNotSupported => f.write_str("function not supported"),
            M::NotFound => f.write_str("application or data object not found"),
            M::NotEnoughMemory => f.write_str("not enough memory"),
            M::WrongParameters => f.write_str("incorrect P1 or P2"),
            M::ReferenceNotFound => f.write_str("key reference not found"),
            M::InstructionNotSupported => f.write_str("instruction not supported"),
            M::ClassNotSupported => f.write_str("class not supported"),
            M::NoDiagnosis => f.write_str("no precise diagnosis"),
            M::Unknown => f.write_str("unknown"),
        }?;
        f.write_str(")")
    }
}

impl core::error::Error for StatusWord {}
