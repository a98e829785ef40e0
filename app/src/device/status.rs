//! What stands between the page and a card, as one word for the screens, and
//! how it follows from what the bridge says of the readers.

use card_protocol::{
    CardError,
    bridge::{Confirm, PinEntry, Reader, Readers, Slot},
    error::GrantRefusal,
};

/// The way to a card, from the page's side to the card's: the first thing
/// that is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceStatus {
    /// Nothing was tried yet; always so on the server.
    #[default]
    NotStarted,
    /// The bridge is being looked for.
    Connecting,
    /// The browser would ask the person for permission: wait for a click
    /// ([`Device::connect`](super::Device::connect)), then let it ask.
    NeedsPermission,
    /// The person, or a policy, denied this page the local network.
    BlockedByBrowser,
    /// Nothing answers on the bridge's ports.
    BridgeMissing,
    /// No bridge answers, and something that says nothing holds one of its ports:
    /// most likely another user's, which serves its own user only.
    OtherUsersBridge,
    /// The bridge has as many pages of this origin as it takes.
    TooManyPages,
    /// The bridge speaks an older protocol.
    BridgeTooOld {
        /// The bridge's own version, when it told.
        version: Option<String>,
    },
    /// The bridge does not serve pages as old as this one any more.
    PageTooOld,
    /// More than one program says that it is the bridge, and this browser knows none
    /// of them: nobody is to type a PIN.
    SeveralBridges,
    /// Who says that it is the bridge can't prove that it is the one that this browser
    /// knows: nobody is to type a PIN.
    UnknownBridge,
    /// The bridge runs and was not told to serve this origin.
    OriginNotAllowed,
    /// The server did not grant the use of the bridge: it can't be reached, say.
    NoGrant,
    /// The bridge does not take the server's grant: the key that signed it is not
    /// the one that it knows.
    GrantRefused,
    /// The bridge runs; the machine's smart-card service does not.
    ServiceMissing,
    /// The bridge runs, and the system's policy keeps its user from the smart-card
    /// service.
    ServiceRefused,
    /// There is no reader.
    NoReader,
    /// No reader has a card in it.
    NoCard,
    /// There is a card, and it does not answer (upside down, for example).
    CardMute,
    /// At least one reader has a card that answers.
    Ready,
}

impl DeviceStatus {
    /// What follows from the readers once the bridge is there.
    #[must_use]
    pub fn of_readers(readers: &Readers) -> Self {
        if readers.refused {
            return Self::ServiceRefused;
        }
        if !readers.service {
            return Self::ServiceMissing;
        }
        if readers.readers.is_empty() {
            return Self::NoReader;
        }
        let mut worst = Self::NoCard;
        for reader in &readers.readers {
            match reader.slot {
                Slot::Card { .. } => return Self::Ready,
                Slot::Mute => worst = Self::CardMute,
                Slot::Empty => {}
            }
        }
        worst
    }

    /// Whether the bridge is there and talks with this page.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        matches!(
            self,
            Self::ServiceMissing
                | Self::ServiceRefused
                | Self::NoReader
                | Self::NoCard
                | Self::CardMute
                | Self::Ready
        )
    }

    /// Whether the page sees which cards are in: where the smart-card service stands still,
    /// nobody took one.
    #[must_use]
    pub const fn sees_readers(&self) -> bool {
        matches!(
            self,
            Self::NoReader | Self::NoCard | Self::CardMute | Self::Ready
        )
    }

    /// What an operation fails with in this status, unless it may be tried.
    #[must_use]
    pub const fn error(&self) -> Option<CardError> {
        match self {
            Self::Ready => None,
            Self::NotStarted | Self::Connecting | Self::NeedsPermission | Self::BridgeMissing => {
                Some(CardError::BridgeNotRunning)
            }
            Self::OtherUsersBridge => Some(CardError::OtherUser),
            Self::TooManyPages => Some(CardError::TooManyPages),
            Self::BlockedByBrowser => Some(CardError::BlockedByBrowser),
            Self::BridgeTooOld { .. } => Some(CardError::BridgeTooOld),
            Self::PageTooOld => Some(CardError::PageTooOld),
            Self::SeveralBridges => Some(CardError::SeveralBridges),
            Self::UnknownBridge => Some(CardError::UnknownBridge),
            Self::OriginNotAllowed => Some(CardError::OriginNotAllowed),
            Self::NoGrant => Some(CardError::NotGranted {
                reason: GrantRefusal::Missing,
            }),
            Self::GrantRefused => Some(CardError::NotGranted {
                reason: GrantRefusal::Signature,
            }),
            Self::ServiceMissing | Self::ServiceRefused | Self::NoReader => {
                Some(CardError::NoReader)
            }
            Self::NoCard => Some(CardError::NoCard),
            Self::CardMute => Some(CardError::CardMute),
        }
    }
}

/// Everything the screens show of the way to a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The first thing that is missing.
    pub status: DeviceStatus,
    /// The readers; empty while the bridge is not connected.
    pub readers: Vec<Reader>,
    /// Where a PIN is typed.
    pub pin_entry: PinEntry,
    /// What else it said of itself.
    pub bridge: AboutBridge,
}

/// What the bridge said of itself in `hello`, besides where PINs are typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AboutBridge {
    /// Its own version, while it is connected.
    pub version: Option<String>,
    /// Who asks before something is signed.
    pub confirm: Confirm,
    /// Which of its ports somebody else holds. Only by the word of a bridge that this
    /// browser knows.
    pub held: Vec<u16>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            status: DeviceStatus::NotStarted,
            readers: Vec::new(),
            pin_entry: PinEntry::Page,
            bridge: AboutBridge::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(slots: &[Slot]) -> Readers {
        let reader = |(index, slot): (usize, &Slot)| Reader {
            name: format!("R{index}"),
            slot: slot.clone(),
            is_virtual: false,
            has_pin_pad: false,
        };
        Readers {
            service: true,
            refused: false,
            readers: slots.iter().enumerate().map(reader).collect(),
        }
    }

    #[test]
    fn the_first_missing_thing_is_named() {
        let card = || Slot::Card {
            insertion: 1,
            atr: String::new(),
        };
        let stopped = Readers::default();
        assert_eq!(
            DeviceStatus::of_readers(&stopped),
            DeviceStatus::ServiceMissing
        );
        let refused = Readers {
            refused: true,
            ..Readers::default()
        };
        assert_eq!(
            DeviceStatus::of_readers(&refused),
            DeviceStatus::ServiceRefused
        );
        for (slots, status) in [
            (&[][..], DeviceStatus::NoReader),
            (&[Slot::Empty, Slot::Empty], DeviceStatus::NoCard),
            (&[Slot::Empty, Slot::Mute], DeviceStatus::CardMute),
            (&[Slot::Mute, card()], DeviceStatus::Ready),
            (&[card(), Slot::Empty], DeviceStatus::Ready),
        ] {
            assert_eq!(
                DeviceStatus::of_readers(&readers(slots)),
                status,
                "{slots:?}"
            );
        }
    }

    /// A service that is started anew took no card away.
    #[test]
    fn without_the_service_nobody_sees_what_is_in() {
        for status in [
            DeviceStatus::of_readers(&Readers::default()),
            DeviceStatus::of_readers(&Readers {
                refused: true,
                ..Readers::default()
            }),
            DeviceStatus::BridgeMissing,
            DeviceStatus::Connecting,
        ] {
            assert!(!status.sees_readers(), "{status:?}");
        }
        for slots in [&[][..], &[Slot::Empty], &[Slot::Mute]] {
            let status = DeviceStatus::of_readers(&readers(slots));
            assert!(status.sees_readers() && status.is_connected(), "{status:?}");
        }
    }
}
