//! 环境检测: how far the way from this page to a card is sound, step by step, and a
//! short code for whoever helps over the telephone. The codes are stable: a new state
//! gets a new one, and none is given twice.

use card_protocol::{CardError, CardFault};

use super::{DeviceStatus, FaceKind};

/// The steps of the way, from the page's side to the card's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The browser lets the page reach this machine.
    Browser,
    /// The bridge runs, is of a fitting version, and serves this page under its
    /// server's grant.
    Bridge,
    /// The machine's smart-card service runs, and lets the bridge in.
    Service,
    /// There is a reader.
    Reader,
    /// There is a card, and it can serve.
    Card,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [
        Self::Browser,
        Self::Bridge,
        Self::Service,
        Self::Reader,
        Self::Card,
    ];
}

/// How one step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It is sound.
    Sound,
    /// It is being looked at.
    Busy,
    /// The way ends here.
    Fault,
    /// The way ended before it.
    Unknown,
    /// The way does not lead over it: the page opens the key itself.
    NotNeeded,
}

/// Where the way ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The first step that is not sound; `None` where all are.
    pub ends_at: Option<Step>,
    /// For the help desk: `E000` is a way that is sound, the hundreds' digit is the step.
    pub code: &'static str,
    /// Whether it is still being looked.
    pub is_busy: bool,
    /// Whether the way is that over a key which the page opens itself: then bridge and
    /// service have no part in it.
    pub is_by_key: bool,
}

impl Diagnosis {
    /// What follows from the way as it is now, and what the card to use shows.
    #[must_use]
    pub const fn of(status: &DeviceStatus, face: Option<&FaceKind>) -> Self {
        let (ends_at, code) = match status {
            DeviceStatus::NotStarted | DeviceStatus::Connecting => (Step::Bridge, "E200"),
            DeviceStatus::NeedsPermission => (Step::Browser, "E101"),
            DeviceStatus::BlockedByBrowser => (Step::Browser, "E102"),
            DeviceStatus::BridgeMissing => (Step::Bridge, "E201"),
            DeviceStatus::BridgeTooOld { .. } => (Step::Bridge, "E202"),
            DeviceStatus::OriginNotAllowed => (Step::Bridge, "E203"),
            DeviceStatus::OtherUsersBridge => (Step::Bridge, "E204"),
            DeviceStatus::TooManyPages => (Step::Bridge, "E205"),
            DeviceStatus::NoGrant => (Step::Bridge, "E206"),
            DeviceStatus::GrantRefused => (Step::Bridge, "E207"),
            DeviceStatus::PageTooOld => (Step::Bridge, "E208"),
            DeviceStatus::SeveralBridges => (Step::Bridge, "E209"),
            DeviceStatus::UnknownBridge => (Step::Bridge, "E210"),
            DeviceStatus::ServiceMissing => (Step::Service, "E301"),
            DeviceStatus::ServiceRefused => (Step::Service, "E302"),
            DeviceStatus::NoReader => (Step::Reader, "E401"),
            DeviceStatus::NoCard => (Step::Card, "E501"),
            DeviceStatus::CardMute => (Step::Card, "E502"),
            DeviceStatus::Ready => match face {
                // It takes a moment to read a card that was just put in.
                None => (Step::Card, "E500"),
                Some(FaceKind::Made {
                    pin_tries: Some(0), ..
                }) => (Step::Card, "E503"),
                Some(FaceKind::Made { .. }) => return Self::sound(),
                Some(FaceKind::Blank) => (Step::Card, "E504"),
                Some(FaceKind::Unreadable(error)) => (Step::Card, unreadable(*error)),
            },
        };
        Self {
            ends_at: Some(ends_at),
            code,
            is_busy: matches!(
                (status, face),
                (DeviceStatus::NotStarted | DeviceStatus::Connecting, _)
                    | (DeviceStatus::Ready, None)
            ),
            is_by_key: false,
        }
    }

    /// The same, of the way over a key that the page opens itself.
    #[must_use]
    pub const fn by_key(self) -> Self {
        Self {
            is_by_key: true,
            ..self
        }
    }

    const fn sound() -> Self {
        Self {
            ends_at: None,
            code: "E000",
            is_busy: false,
            is_by_key: false,
        }
    }

    /// How a step is.
    #[must_use]
    pub fn state(&self, step: Step) -> StepState {
        match self.ends_at {
            _ if self.is_by_key && matches!(step, Step::Bridge | Step::Service) => {
                StepState::NotNeeded
            }
            Some(end) if step > end => StepState::Unknown,
            Some(end) if step == end && self.is_busy => StepState::Busy,
            Some(end) if step == end => StepState::Fault,
            _ => StepState::Sound,
        }
    }
}

/// The code of a card that could not be read.
const fn unreadable(error: CardError) -> &'static str {
    match error {
        CardError::CardInUse => "E505",
        CardError::UnsupportedCard => "E506",
        CardError::CardRemoved => "E507",
        CardError::ReaderError => "E508",
        CardError::CardMute => "E519",
        CardError::CardStatus { .. } => "E520",
        CardError::UnfitCard { reason } => unfit(reason),
        _ => "E509",
    }
}

/// The code of a card that no PIN is for.
const fn unfit(fault: CardFault) -> &'static str {
    match fault {
        CardFault::NoProtocol => "E510",
        CardFault::NoCertificate => "E511",
        CardFault::Compressed => "E512",
        CardFault::BadCertificate => "E513",
        CardFault::RsaKey => "E514",
        CardFault::OtherKey => "E515",
        CardFault::SelfSigned => "E516",
        CardFault::OtherIssuer => "E517",
        CardFault::PinStatus => "E518",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(pin_tries: Option<u8>) -> FaceKind {
        FaceKind::Made {
            card_no: String::from("8930000000018"),
            holder: None,
            pin_tries,
        }
    }

    #[test]
    fn every_state_has_its_step_and_a_code_of_its_own() {
        let version = None;
        let statuses = [
            DeviceStatus::Connecting,
            DeviceStatus::NeedsPermission,
            DeviceStatus::BlockedByBrowser,
            DeviceStatus::BridgeMissing,
            DeviceStatus::BridgeTooOld { version },
            DeviceStatus::OriginNotAllowed,
            DeviceStatus::OtherUsersBridge,
            DeviceStatus::TooManyPages,
            DeviceStatus::NoGrant,
            DeviceStatus::GrantRefused,
            DeviceStatus::PageTooOld,
            DeviceStatus::SeveralBridges,
            DeviceStatus::UnknownBridge,
            DeviceStatus::ServiceMissing,
            DeviceStatus::ServiceRefused,
            DeviceStatus::NoReader,
            DeviceStatus::NoCard,
            DeviceStatus::CardMute,
            DeviceStatus::Ready,
        ];
        let faces = [
            made(Some(0)),
            FaceKind::Blank,
            FaceKind::Unreadable(CardError::CardInUse),
            FaceKind::Unreadable(CardError::UnsupportedCard),
            FaceKind::Unreadable(CardError::CardRemoved),
            FaceKind::Unreadable(CardError::ReaderError),
            FaceKind::Unreadable(CardError::Busy),
            FaceKind::Unreadable(CardError::CardMute),
            FaceKind::Unreadable(CardError::CardStatus {
                status: card_protocol::StatusWord(0x6F00),
            }),
        ];
        let unfit = |reason| FaceKind::Unreadable(CardError::UnfitCard { reason });
        let faces: Vec<_> = faces.into_iter().chain(CardFault::ALL.map(unfit)).collect();
        let of_ways = statuses.iter().map(|status| Diagnosis::of(status, None));
        let of_cards = faces
            .iter()
            .map(|face| Diagnosis::of(&DeviceStatus::Ready, Some(face)));
        let mut codes = Vec::new();
        for found in of_ways.chain(of_cards) {
            let step = found.ends_at.unwrap();
            let hundreds = Step::ALL.iter().position(|one| *one == step).unwrap() + 1;
            assert!(found.code.starts_with(&format!("E{hundreds}")), "{found:?}");
            assert!(!codes.contains(&found.code), "{found:?}");
            codes.push(found.code);
        }
        let sound = Diagnosis::of(&DeviceStatus::Ready, Some(&made(Some(1))));
        assert_eq!((sound.ends_at, sound.code), (None, "E000"));
    }

    #[test]
    fn what_is_behind_the_end_of_the_way_is_not_known() {
        let found = Diagnosis::of(&DeviceStatus::ServiceMissing, None);
        let states = Step::ALL.map(|step| found.state(step));
        let [sound, fault, unknown] = [StepState::Sound, StepState::Fault, StepState::Unknown];
        assert_eq!(states, [sound, sound, fault, unknown, unknown]);
        let busy = Diagnosis::of(&DeviceStatus::Connecting, None);
        assert_eq!(busy.state(Step::Browser), StepState::Sound);
        assert_eq!(busy.state(Step::Bridge), StepState::Busy);
        let by_key = Diagnosis::of(&DeviceStatus::NoCard, None).by_key();
        let not_needed = StepState::NotNeeded;
        let states = Step::ALL.map(|step| by_key.state(step));
        assert_eq!(states, [sound, not_needed, not_needed, sound, fault]);
        let ready = Diagnosis::of(&DeviceStatus::Ready, Some(&made(None)));
        assert!(
            Step::ALL
                .iter()
                .all(|step| ready.state(*step) == StepState::Sound)
        );
    }
}
