//! The closed list of what can go wrong with a card, as the bridge and the
//! server tell the page. Codes only: the sentences a person reads live with the
//! application's texts.

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer as _, value::StrDeserializer},
};

use crate::{
    apdu::{StatusMeaning, StatusWord},
    exchange::ExchangeError,
    fault::CardFault,
    pin_policy::PinWeakness,
    piv::{PinTries, PivError},
};

/// Why a card could not do what was asked. In JSON: an object whose `code` is
/// [`CardError::code`], e.g. `{"code":"wrong_pin","tries_left":2}`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case", try_from = "Raw")]
pub enum CardError {
    /// Nothing answers where the bridge should be.
    #[error("the bridge is not running")]
    BridgeNotRunning,
    /// The bridge does not speak this protocol's version.
    #[error("the bridge is too old")]
    BridgeTooOld,
    /// The bridge does not serve pages of this protocol's version any more.
    #[error("the page is too old")]
    PageTooOld,
    /// More than one program says that it is the bridge, and the page knows none of
    /// them.
    #[error("several programs say that they are the bridge")]
    SeveralBridges,
    /// Who says that it is the bridge is not the one that this browser knows.
    #[error("not the bridge that this browser knows")]
    UnknownBridge,
    /// The browser does not let the page reach the local network.
    #[error("the browser's permission blocks the bridge")]
    BlockedByBrowser,
    /// Nobody allowed this origin in the bridge.
    #[error("the bridge does not allow this origin")]
    OriginNotAllowed,
    /// The port is held, and nothing answers there: most likely another user's
    /// bridge, which serves its own user only.
    #[error("another user's bridge holds the port")]
    OtherUser,
    /// This origin has as many pages at the bridge as it may have.
    #[error("too many pages of this origin")]
    TooManyPages,
    /// There is no reader.
    #[error("there is no reader")]
    NoReader,
    /// No reader has a card in it.
    #[error("there is no card")]
    NoCard,
    /// The card was pulled in the middle.
    #[error("the card was removed")]
    CardRemoved,
    /// Another program holds the card.
    #[error("another program uses the card")]
    CardInUse,
    /// The card does not answer. Whether it did what it was told is not known.
    #[error("the card does not answer")]
    CardMute,
    /// It is no PIV card, or lacks what we need of one.
    #[error("this kind of card is not supported")]
    UnsupportedCard,
    /// It is a card that no PIN is for: foreign, half made, or of another kind. It got
    /// none.
    #[error("no PIN is for this card: {reason}")]
    UnfitCard {
        /// What is wrong with it.
        reason: CardFault,
    },
    /// The PIN (or PUK) was wrong, and so many tries are left.
    #[error("wrong PIN, {} tries left", tries_left.0)]
    WrongPin {
        /// Tries left, as the card says.
        tries_left: PinTries,
    },
    /// The PIN (or PUK) has no tries left.
    #[error("the PIN is blocked")]
    PinBlocked,
    /// Another card is in the reader than the one that was chosen. It got no PIN.
    #[error("it is another card")]
    OtherCard,
    /// One try is left, and nobody but the page said that it is to be used. The
    /// card got no PIN.
    #[error("the last try is not used without a confirmation outside of the page")]
    LastTry,
    /// Pages of this origin had too many wrong PINs tried within the hour. The
    /// card got no PIN.
    #[error("too many wrong PINs within the hour")]
    TooManyTries,
    /// The page sent a PIN where PINs are typed outside of the page. Nothing was
    /// done.
    #[error("no page may bring a PIN here")]
    PinNotTaken,
    /// The card refused a command, or did not carry it out, in words that have no error of
    /// their own here.
    #[error("the card answered {status}")]
    CardStatus {
        /// Its words, for a sentence and for the help desk.
        status: StatusWord,
    },
    /// The reader, or the card in it, failed.
    #[error("the reader failed")]
    ReaderError,
    /// The card wants its PIN (again): it is not, or no longer, verified.
    #[error("the card needs its PIN")]
    PinRequired,
    /// The new PIN is not one that the server's policy allows. No card saw it.
    #[error("{weakness}")]
    WeakPin {
        /// What is weak about it.
        weakness: PinWeakness,
    },
    /// The person, or the page, cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Another operation of ours is running.
    #[error("another operation is running")]
    Busy,
    /// The bridge refused the program of commands.
    #[error("the program was refused: {reason}")]
    ProgramRefused {
        /// What did not hold.
        reason: ProgramRefusal,
    },
    /// The bridge does not do that for this page: its server did not grant it.
    #[error("not granted: {reason}")]
    NotGranted {
        /// What did not hold.
        reason: GrantRefusal,
    },
    /// The bridge has no card sign that: its server did not propose it.
    #[error("not proposed: {reason}")]
    NotProposed {
        /// What did not hold.
        reason: ProposalRefusal,
    },
    /// The message makes no sense.
    #[error("bad request")]
    BadRequest,
}

/// An error as it stands in JSON. serde's own reader of a tagged enum keeps
/// what it has not understood yet in a buffer of its own, and all the readers
/// out of that buffer are a good part of a page's wasm.
#[derive(Deserialize)]
struct Raw {
    code: String,
    tries_left: Option<PinTries>,
    weakness: Option<PinWeakness>,
    reason: Option<String>,
    status: Option<StatusWord>,
}

/// A reason by its name in JSON.
fn named<'a, T: Deserialize<'a>>(reason: Option<&'a str>) -> Option<T> {
    let name: StrDeserializer<'a, serde::de::value::Error> = reason?.into_deserializer();
    T::deserialize(name).ok()
}

impl TryFrom<Raw> for CardError {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        const PLAIN: [CardError; 25] = [
            CardError::BridgeNotRunning,
            CardError::BridgeTooOld,
            CardError::PageTooOld,
            CardError::SeveralBridges,
            CardError::UnknownBridge,
            CardError::BlockedByBrowser,
            CardError::OriginNotAllowed,
            CardError::OtherUser,
            CardError::TooManyPages,
            CardError::OtherCard,
            CardError::LastTry,
            CardError::TooManyTries,
            CardError::PinNotTaken,
            CardError::NoReader,
            CardError::NoCard,
            CardError::CardRemoved,
            CardError::CardInUse,
            CardError::CardMute,
            CardError::UnsupportedCard,
            CardError::PinBlocked,
            CardError::ReaderError,
            CardError::PinRequired,
            CardError::Cancelled,
            CardError::Busy,
            CardError::BadRequest,
        ];
        let reason = raw.reason.as_deref();
        let about = match (raw.code.as_str(), raw.tries_left, raw.weakness) {
            ("wrong_pin", Some(tries_left), _) => Some(Self::WrongPin { tries_left }),
            ("weak_pin", _, Some(weakness)) => Some(Self::WeakPin { weakness }),
            ("card_status", ..) => raw.status.map(|status| Self::CardStatus { status }),
            ("program_refused", ..) => named(reason).map(|reason| Self::ProgramRefused { reason }),
            ("unfit_card", ..) => named(reason).map(|reason| Self::UnfitCard { reason }),
            ("not_granted", ..) => named(reason).map(|reason| Self::NotGranted { reason }),
            ("not_proposed", ..) => named(reason).map(|reason| Self::NotProposed { reason }),
            _ => None,
        };
        about
            .or_else(|| PLAIN.into_iter().find(|error| error.code() == raw.code))
            .ok_or("an error of the closed list")
    }
}

/// Why the bridge did not run a program of commands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ProgramRefusal {
    /// The signature is not that of the origin's pinned key.
    #[error("signature")]
    Signature,
    /// Its time is over, or has not come yet.
    #[error("expired")]
    Expired,
    /// It is for another origin.
    #[error("origin")]
    Origin,
    /// It is for another card.
    #[error("chip")]
    Chip,
    /// It is sealed to the key of an exchange that is over: the card was pulled
    /// or the bridge started anew in between.
    #[error("exchange")]
    Exchange,
    /// That it runs can't be noted, so that it would not run twice. (The bridge says
    /// [`CardError::ReaderError`].)
    #[error("it can't be noted")]
    NotNoted,
}

/// Why the bridge did not take a grant, or does not do something under it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum GrantRefusal {
    /// There is none (yet), or it ended.
    #[error("there is none")]
    Missing,
    /// The signature is not that of the origin's pinned key.
    #[error("signature")]
    Signature,
    /// It is for another origin.
    #[error("origin")]
    Origin,
    /// It is over another nonce than the one that was given out last.
    #[error("nonce")]
    Nonce,
    /// Its time is over, or longer than any server gives.
    #[error("expired")]
    Expired,
    /// It is of another session than the one before.
    #[error("session")]
    Session,
    /// It is not for this: a page that logs in has nothing to sign.
    #[error("purpose")]
    Purpose,
}

/// Why the bridge had a card sign neither a challenge nor a statement.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ProposalRefusal {
    /// The signature is not that of the origin's pinned key.
    #[error("signature")]
    Signature,
    /// It is for another origin.
    #[error("origin")]
    Origin,
    /// Text, structured form or nonce are not what was proposed.
    #[error("content")]
    Content,
    /// It is for another card than the session's.
    #[error("certificate")]
    Certificate,
    /// The card in the reader is not the session's.
    #[error("card")]
    Card,
    /// Its time is over.
    #[error("expired")]
    Expired,
}

impl CardError {
    /// The stable code, as in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BridgeNotRunning => "bridge_not_running",
            Self::BridgeTooOld => "bridge_too_old",
            Self::PageTooOld => "page_too_old",
            Self::SeveralBridges => "several_bridges",
            Self::UnknownBridge => "unknown_bridge",
            Self::BlockedByBrowser => "blocked_by_browser",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::OtherUser => "other_user",
            Self::TooManyPages => "too_many_pages",
            Self::OtherCard => "other_card",
            Self::LastTry => "last_try",
            Self::TooManyTries => "too_many_tries",
            Self::PinNotTaken => "pin_not_taken",
            Self::NoReader => "no_reader",
            Self::NoCard => "no_card",
            Self::CardRemoved => "card_removed",
            Self::CardInUse => "card_in_use",
            Self::CardMute => "card_mute",
            Self::UnsupportedCard => "unsupported_card",
            Self::UnfitCard { .. } => "unfit_card",
            Self::WrongPin { .. } => "wrong_pin",
            Self::PinBlocked => "pin_blocked",
            Self::CardStatus { .. } => "card_status",
            Self::ReaderError => "reader_error",
            Self::PinRequired => "pin_required",
            Self::WeakPin { .. } => "weak_pin",
            Self::Cancelled => "cancelled",
            Self::Busy => "busy",
            Self::ProgramRefused { .. } => "program_refused",
            Self::NotGranted { .. } => "not_granted",
            Self::NotProposed { .. } => "not_proposed",
            Self::BadRequest => "bad_request",
        }
    }

    /// Whether waiting helps: the same request may succeed once the state of
    /// the machine, not the request, has changed. A PIN is never sent again by
    /// itself, so a wrong PIN is not retriable.
    #[must_use]
    pub const fn is_retriable(&self) -> bool {
        match self {
            Self::BridgeNotRunning
            | Self::SeveralBridges
            | Self::OtherUser
            | Self::TooManyPages
            | Self::NoReader
            | Self::NoCard
            | Self::CardRemoved
            | Self::CardInUse
            | Self::CardMute
            | Self::ReaderError
            | Self::Busy => true,
            Self::BridgeTooOld
            | Self::PageTooOld
            | Self::UnknownBridge
            | Self::BlockedByBrowser
            | Self::OriginNotAllowed
            | Self::OtherCard
            | Self::LastTry
            | Self::TooManyTries
            | Self::PinNotTaken
            | Self::UnsupportedCard
            | Self::UnfitCard { .. }
            | Self::CardStatus { .. }
            | Self::WrongPin { .. }
            | Self::PinBlocked
            | Self::PinRequired
            | Self::WeakPin { .. }
            | Self::Cancelled
            | Self::ProgramRefused { .. }
            | Self::NotGranted { .. }
            | Self::NotProposed { .. }
            | Self::BadRequest => false,
        }
    }

    /// What a status word other than success means to a person. `63C0` is a
    /// blocked PIN: that try was the last.
    #[must_use]
    pub fn from_status(status: StatusWord) -> Self {
        match status.meaning() {
            StatusMeaning::TriesLeft(0) | StatusMeaning::AuthenticationBlocked => Self::PinBlocked,
            StatusMeaning::TriesLeft(tries) => Self::WrongPin {
                tries_left: PinTries(tries),
            },
            StatusMeaning::SecurityStatusNotSatisfied => Self::PinRequired,
            StatusMeaning::NotFound
            | StatusMeaning::FunctionNotSupported
            | StatusMeaning::ReferenceNotFound
            | StatusMeaning::InstructionNotSupported
            | StatusMeaning::ClassNotSupported
            | StatusMeaning::SecureMessagingNotSupported
            | StatusMeaning::ChannelNotSupported
            | StatusMeaning::ChainingNotSupported => Self::UnsupportedCard,
            _ => Self::CardStatus { status },
        }
    }
}

impl From<StatusWord> for CardError {
    fn from(status: StatusWord) -> Self {
        Self::from_status(status)
    }
}

impl From<PivError> for CardError {
    /// A card whose answers make no sense, or that can't prove its key, is none
    /// that we support.
    fn from(error: PivError) -> Self {
        match error {
            PivError::Status(status) => Self::from_status(status),
            _ => Self::UnsupportedCard,
        }
    }
}

impl From<ExchangeError> for CardError {
    fn from(_error: ExchangeError) -> Self {
        Self::ReaderError
    }
}
