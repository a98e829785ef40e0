//! What there is to show of the keys that this page opens itself (`WebUSB`).

use card_protocol::bridge::Reader;

/// The keys that this page may open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsbView {
    /// Whether this browser lets pages open USB devices at all.
    pub is_supported: bool,
    /// Whether this browser opened such a key before: then one that is missing is missing,
    /// and nobody has to install a bridge.
    pub was_used: bool,
    /// The keys, each with its card.
    pub keys: Vec<Reader>,
    /// Devices that the page may use, and can't.
    pub unusable: Vec<UnusableKey>,
}

/// A device that the page may use, and can't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableKey {
    /// What it calls itself.
    pub name: String,
    /// Why not.
    pub fault: KeyFault,
}

/// Why a device is no way to a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// Its interface is of class 0B, which browsers keep from pages.
    Protected,
    /// The system, or the browser, does not let the page open it.
    Refused,
    /// Another tab of this origin has it: its title.
    OtherTab(String),
    /// Another program has it.
    OtherProgram,
    /// There is no reader in it.
    NoReader,
    /// Its reader is of a kind that the driver is not written for.
    Unsupported,
    /// It did not answer as it has to.
    Failed,
}

impl KeyFault {
    /// For the help desk, as the codes of `Diagnosis`: never given twice.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Protected => "U101",
            Self::Refused => "U102",
            Self::OtherTab(_) => "U103",
            Self::OtherProgram => "U104",
            Self::NoReader => "U105",
            Self::Unsupported => "U106",
            Self::Failed => "U107",
        }
    }
}
