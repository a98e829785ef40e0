//! The messages between a page and the bridge: JSON-RPC 2.0 over a WebSocket
//! on the loopback interface. Text frames, one message a frame, at most
//! [`MAX_MESSAGE`] bytes. The first request is `hello`, then `request_grant` and
//! `present_grant`; anything else before that is refused.

mod hello;

use serde::{Deserialize, Serialize};

pub use self::hello::{
    Hello, OLDEST_PROTOCOL, PROTOCOL_VERSION, PROTOCOL_WITH_PROOF, Welcome, spoken,
};

use crate::{
    acquaintance::Acquaintance, error::CardError, fault::CardFault, grant::SignedGrant,
    piv::ChipId, program::SignedProgram, proposal::SignedProposal, statement::Statement,
    token::SignedChallenge,
};

/// What the bridge calls itself in `hello`.
pub const PRODUCT: &str = "card-bridge";

/// The ports that the bridge listens on and a page tries, in this order.
pub const PORTS: [u16; 4] = [43117, 43118, 43119, 43120];

/// Longest message in bytes, both ways.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// A request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Always `"2.0"`.
    pub jsonrpc: Version,
    /// Chosen by the page, repeated in the response.
    pub id: u64,
    /// The method and its parameters.
    #[serde(flatten)]
    pub call: Call,
}

/// The version of JSON-RPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// The only one.
    #[serde(rename = "2.0")]
    V2,
}

/// A PIN on its way from the page's field to the card. It is wiped when dropped
/// and never printed.
#[derive(Clone, Serialize, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
#[serde(transparent)]
pub struct PinText(pub String);

impl<'de> Deserialize<'de> for PinText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde's own error would repeat what stood there, and that may be a PIN.
        String::deserialize(deserializer)
            .map(Self)
            .map_err(|_repeats_it| serde::de::Error::custom("a PIN is a string"))
    }
}

impl core::fmt::Debug for PinText {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("PinText(…)")
    }
}

/// The methods of the bridge.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    tag = "method",
    content = "params",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Call {
    /// Must come first. Answer: [`Welcome`].
    Hello(Hello),
    /// Asks for a nonce, over which the server is to sign a grant for this
    /// connection; a nonce from before is void. Answer: [`GrantRequest`].
    RequestGrant {},
    /// Brings the grant. A later one of the same purpose and session takes the
    /// place of the one before. Answer: [`Granted`].
    PresentGrant {
        /// Over the nonce that was given out last.
        grant: SignedGrant,
    },
    /// Sends the readers now and from now on, each time something changes, as
    /// [`Notification::Readers`]. Answer: [`Readers`].
    Watch {},
    /// Reads what is public on the card in a reader. Answer: [`Identity`].
    Identify {
        /// The reader's name.
        reader: String,
    },
    /// Verifies the PIN and signs the login message. Answer: [`AuthToken`](crate::token::AuthToken).
    Authenticate {
        /// The reader's name.
        reader: String,
        /// The certificate of the card that the person chose, as
        /// [`Identity::certificate`] had it. Another card gets no PIN:
        /// [`CardError::OtherCard`].
        card: String,
        /// The server's challenge, as it was received.
        challenge: SignedChallenge,
        /// The PIN, unless it is entered outside of the page.
        pin: Option<PinText>,
    },
    /// Signs a statement that the server proposed to the card of the grant's
    /// session, once its holder confirmed it ([`Welcome::confirm`]). Without a
    /// PIN only while the card is still verified; else
    /// [`CardError::PinRequired`]. Answer:
    /// [`StatementSignature`](crate::statement::StatementSignature).
    SignStatement {
        /// The reader's name.
        reader: String,
        /// The certificate of the card that has to sign, as
        /// [`Identity::certificate`] had it.
        card: String,
        /// What to sign.
        statement: Statement,
        /// The server's word that it proposed exactly this.
        proposal: SignedProposal,
        /// The PIN, when the card asks for it.
        pin: Option<PinText>,
    },
    /// Changes the PIN. Answer: [`Empty`].
    ChangePin {
        /// The reader's name.
        reader: String,
        /// The certificate of the card, as [`Identity::certificate`] had it.
        card: String,
        /// The present PIN, unless it is entered outside of the page.
        old: Option<PinText>,
        /// The new PIN, unless it is entered outside of the page.
        new: Option<PinText>,
    },
    /// Runs a signed program on the card. Answer:
    /// [`ProgramOutcome`](crate::program::ProgramOutcome).
    RunProgram {
        /// The reader's name.
        reader: String,
        /// The program.
        program: SignedProgram,
        /// The new PIN, for programs with a step that sets one, unless it is
        /// entered outside of the page.
        new_pin: Option<PinText>,
    },
    /// Lets go of all cards of this page: what was verified is so no more.
    /// Answer: [`Empty`].
    Release {},
    /// Ends what this page has under way; it answers [`CardError::Cancelled`]. Answer: [`Empty`].
    Cancel {},
    /// The demo's software cards, on a virtual reader only. Answer: [`VirtualCards`].
    VirtualCards {},
    /// Inserts a software card into a virtual reader. Answer: [`Empty`].
    VirtualInsert {
        /// The virtual reader's name.
        reader: String,
        /// The card's [`VirtualCard::key`].
        card: String,
    },
    /// Pulls the software card out of a virtual reader. Answer: [`Empty`].
    VirtualRemove {
        /// The virtual reader's name.
        reader: String,
    },
    /// Unplugs all virtual readers but the first ones, with the cards in them,
    /// and plugs in those that were unplugged. Answer: [`Empty`].
    VirtualReaders {
        /// How many stay, one or more.
        count: usize,
    },
}

impl Call {
    /// Whether a PIN came along.
    #[must_use]
    pub const fn brings_pin(&self) -> bool {
        match self {
            Self::Authenticate { pin, .. } | Self::SignStatement { pin, .. } => pin.is_some(),
            Self::ChangePin { old, new, .. } => old.is_some() || new.is_some(),
            Self::RunProgram { new_pin, .. } => new_pin.is_some(),
            Self::Hello(_)
            | Self::RequestGrant {}
            | Self::PresentGrant { .. }
            | Self::Watch {}
            | Self::Identify { .. }
            | Self::Release {}
            | Self::Cancel {}
            | Self::VirtualCards {}
            | Self::VirtualInsert { .. }
            | Self::VirtualRemove { .. }
            | Self::VirtualReaders { .. } => false,
        }
    }

    /// The reader that it is about, unless it is about all of them.
    #[must_use]
    pub fn reader(&self) -> Option<&str> {
        match self {
            Self::Identify { reader }
            | Self::Authenticate { reader, .. }
            | Self::SignStatement { reader, .. }
            | Self::ChangePin { reader, .. }
            | Self::RunProgram { reader, .. }
            | Self::VirtualInsert { reader, .. }
            | Self::VirtualRemove { reader } => Some(reader),
            Self::Hello(_)
            | Self::RequestGrant {}
            | Self::PresentGrant { .. }
            | Self::Watch {}
            | Self::Release {}
            | Self::Cancel {}
            | Self::VirtualCards {}
            | Self::VirtualReaders { .. } => None,
        }
    }
}

/// Who shows a statement to the card's holder and asks whether to sign it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// The page.
    #[default]
    Page,
    /// The bridge, in a window of its own: the page does not ask too.
    Window,
}

/// The answer to `request_grant`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRequest {
    /// Of this connection, for one grant.
    pub nonce: String,
}

/// The answer to `present_grant`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// For how long the grant is good, in seconds from now.
    pub seconds: u32,
    /// By which the pages of this origin know the bridge again. Not said to a page of
    /// version 3, nor by a bridge that can't keep its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquaintance: Option<Acquaintance>,
}

/// Where a PIN is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinEntry {
    /// In the page, which sends it with the call.
    Page,
    /// In the machine's own dialog (`pinentry`); the page sends none.
    Dialog,
    /// On the reader's pin pad (PC/SC part 10), a new one in the machine's own
    /// dialog; the page sends none.
    PinPad,
}

/// All readers and what is in them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readers {
    /// Whether the machine's smart-card service (`pcscd`) can be reached.
    pub service: bool,
    /// Whether the system's policy keeps this user from it (`SCARD_W_SECURITY_VIOLATION`,
    /// 0x8010006A): on Linux polkit lets a session in front of the machine in, and no
    /// other.
    #[serde(default)]
    pub refused: bool,
    /// In the order of the smart-card service.
    pub readers: Vec<Reader>,
}

/// With this the names of keys begin that a page opens itself, over `WebUSB`: so they are
/// nobody else's, and a key can't call itself what a reader of the bridge is called. The
/// bridge has none that begins so.
pub const KEY_PREFIX: &str = "USB直连：";

/// A reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Its name, the key in every call.
    pub name: String,
    /// What is in it.
    pub slot: Slot,
    /// Whether it is a virtual reader of the demo.
    pub is_virtual: bool,
    /// Whether it has its own pin pad.
    pub has_pin_pad: bool,
}

/// What is in a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", try_from = "RawSlot")]
pub enum Slot {
    /// Nothing.
    Empty,
    /// A card. `insertion` grows with every insertion in this reader, so a
    /// page can tell a card that was pulled and put back from one that stayed.
    Card {
        /// The count of insertions.
        insertion: u64,
        /// The answer to reset, in hex.
        atr: String,
    },
    /// Something that does not answer.
    Mute,
}

/// A slot as it stands in JSON, see `Raw` in `error.rs` for why.
#[derive(Deserialize)]
struct RawSlot {
    name: String,
    insertion: Option<u64>,
    atr: Option<String>,
}

impl TryFrom<RawSlot> for Slot {
    type Error = &'static str;

    fn try_from(raw: RawSlot) -> Result<Self, Self::Error> {
        match (raw.name.as_str(), raw.insertion, raw.atr) {
            ("empty", None, None) => Ok(Self::Empty),
            ("mute", None, None) => Ok(Self::Mute),
            ("card", Some(insertion), Some(atr)) => Ok(Self::Card { insertion, atr }),
            _ => Err("a slot"),
        }
    }
}

/// What is public on a card. It goes on to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The card's chip id; `None` on a card without a CHUID.
    pub chip: Option<ChipId>,
    /// The certificate of slot 9A, DER in base64; `None` on a blank card.
    pub certificate: Option<String>,
    /// Tries left for the PIN; 0 when blocked; `None` when the card doesn't
    /// say because the PIN is verified.
    pub pin_tries: Option<u8>,
    /// Why no PIN goes to this card, where none does: by the certificates of the
    /// server's CAs ([`Grant::issuers`](crate::grant::Grant::issuers)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<CardFault>,
}

/// The software cards of the demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualCards {
    /// All of them.
    pub cards: Vec<VirtualCard>,
    /// How many virtual readers there are, with those that are unplugged. Older
    /// bridges don't say: theirs can't be.
    #[serde(default)]
    pub readers: usize,
}

/// A software card of the demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualCard {
    /// Its key in `virtual_insert`.
    pub key: String,
    /// What a person calls it, for example `法人卡 王明（演示）`.
    pub label: String,
    /// The reader it is in.
    pub reader: Option<String>,
}

/// An answer without content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// A response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "RawResponse")]
pub struct Response {
    /// Always `"2.0"`.
    pub jsonrpc: Version,
    /// The request's id; `null` when it could not be read.
    pub id: Option<u64>,
    /// The answer or the error.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Answer or error.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The answer of the method, see [`Call`].
    Result(serde_json::Value),
    /// Why there is none.
    Error(RpcError),
}

/// A response as it stands in JSON.
#[derive(Deserialize)]
struct RawResponse {
    jsonrpc: Version,
    id: Option<u64>,
    result: Option<serde_json::Value>,
    error: Option<RpcError>,
}

impl TryFrom<RawResponse> for Response {
    type Error = &'static str;

    fn try_from(raw: RawResponse) -> Result<Self, Self::Error> {
        let outcome = match (raw.result, raw.error) {
            (Some(value), None) => Outcome::Result(value),
            (None, Some(error)) => Outcome::Error(error),
            _ => return Err("a result or an error"),
        };
        Ok(Self {
            jsonrpc: raw.jsonrpc,
            id: raw.id,
            outcome,
        })
    }
}

/// A JSON-RPC error.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RpcError {
    /// JSON-RPC's codes for malformed messages (-32700, -32600, -32601, -32602), [`CARD_ERROR`] else.
    pub code: i32,
    /// For developers, English; a page shows its own sentence for `data`.
    pub message: String,
    /// The error of the closed list.
    pub data: CardError,
}

/// The JSON-RPC code of every error of the closed list.
pub const CARD_ERROR: i32 = -32000;

/// What the bridge sends unasked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "method", content = "params", rename_all = "snake_case")]
pub enum Notification {
    /// The readers changed.
    Readers(Readers),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_of_the_wrong_type_is_not_repeated() {
        let error = serde_json::from_str::<PinText>("482913").unwrap_err();
        assert!(!error.to_string().contains("482913"), "{error}");
        assert_eq!(
            serde_json::from_str::<PinText>("\"482913\"").unwrap().0,
            "482913"
        );
    }
}
