//! One opened device and the reader in it: its session (`card_protocol::ccid`) driven over
//! transfers, each of which may fail, come late or never come.
//!
//! A session is driven by one operation at a time; who drives it, holds the key's card
//! (`key`). What comes from the interrupt endpoint is told to it meanwhile.

mod card;
mod drive;
mod ends;
mod open;

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::pin,
    rc::Rc,
    time::Duration,
};

use card_protocol::{
    CardError,
    ccid::{
        Endpoint, IccStatus, Outcome, Presence, ReaderInterface, ReaderLimits, Session,
        SessionError, UnsupportedReader, Watch,
    },
};
use futures_util::future::{Either, LocalBoxFuture, select};

pub use self::open::OpenError;
pub(crate) use self::{card::PoweredCard, drive::Patience};
use crate::{
    platform::Clock,
    port::{InterfaceAddress, PortError, UsbPort},
};

/// How long a device may take for a transfer on the control pipe, or to take a message:
/// the card has no part in it (USB 2.0 §9.2.6.1 gives five seconds).
const TRANSFER: Duration = Duration::from_secs(5);

/// Why a command to the reader has no result.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReaderError {
    /// A transfer failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Reader or card say so, or break the rules.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Nobody waits for the answer any more; and what an operation says of that.
    #[error("given up: {0}")]
    GivenUp(CardError),
    /// The device can't be spoken to until it is reset.
    #[error("the device is out of step")]
    Lost,
}

impl From<ReaderError> for CardError {
    fn from(error: ReaderError) -> Self {
        match error {
            ReaderError::Port(error) => error.into(),
            ReaderError::Session(error) => error.into(),
            ReaderError::GivenUp(error) => error,
            ReaderError::Lost => Self::ReaderError,
        }
    }
}

/// A transfer from the device that is under way.
type Reading = LocalBoxFuture<'static, Result<Vec<u8>, PortError>>;

/// A reader in a device that was opened and claimed.
pub struct UsbReader {
    port: Rc<dyn UsbPort>,
    clock: Rc<dyn Clock>,
    address: InterfaceAddress,
    interface: ReaderInterface,
    rates: Vec<u32>,
    state: RefCell<State>,
    /// It was pulled, or the page gave it back: it is spoken to no more.
    is_ended: Cell<bool>,
    is_given_back: Cell<bool>,
}

struct State {
    session: Session,
    /// A transfer whose bytes did not come in time: they belong to the session all the same.
    late: Option<Reading>,
    /// Only a reset helps.
    is_lost: bool,
    /// A command was given up since this was asked last: what the card did of it, nobody
    /// knows.
    was_given_up: bool,
    /// The reader said to an operation that there is no card.
    was_absent: bool,
    notices: Notices,
}

/// What came from the interrupt endpoint since the device was opened or reset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Notices {
    /// The device was reset, and its card not powered since: nothing counts.
    Settling,
    /// Nothing.
    None,
    /// Something.
    Some,
}

impl State {
    /// The number of the session's first message is `sequence`.
    fn new(
        interface: ReaderInterface,
        rates: Vec<u32>,
        sequence: u8,
    ) -> Result<Self, UnsupportedReader> {
        let session = Session::new(interface, 0, ReaderLimits::default())?;
        Ok(Self {
            session: session.with_data_rates(rates).with_sequence(sequence),
            late: None,
            is_lost: false,
            was_given_up: false,
            was_absent: false,
            notices: Notices::None,
        })
    }
}

impl UsbReader {
    /// How to learn that a card comes or goes.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.state.borrow().session.watch()
    }

    /// The answer to reset of the card, while it has power.
    #[must_use]
    pub fn atr(&self) -> Option<Vec<u8>> {
        self.state.borrow().session.atr().map(<[u8]>::to_vec)
    }

    /// Whether the device can't be spoken to until [`Self::recover`].
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let state = self.state.borrow();
        state.is_lost || state.session.is_out_of_step()
    }

    /// Whoever drove the session went away in the midst of it.
    pub(crate) fn lose(&self) {
        self.state.borrow_mut().is_lost = true;
    }

    /// Whether a command was given up since this was asked last.
    pub(crate) fn take_given_up(&self) -> bool {
        std::mem::take(&mut self.state.borrow_mut().was_given_up)
    }

    /// Whether the reader said to an operation, since this was asked last, that there is no
    /// card.
    pub(crate) fn take_absent(&self) -> bool {
        std::mem::take(&mut self.state.borrow_mut().was_absent)
    }

    /// Powers the card, or resets it if it has power. Gives its answer to reset.
    ///
    /// # Errors
    /// [`ReaderError`]
    pub async fn power_on(&self) -> Result<Vec<u8>, ReaderError> {
        let outcome = self.run(Session::power_on, &Patience::alone(self)).await;
        self.settle();
        match outcome? {
            Outcome::Activated(atr) => Ok(atr),
            _ => Err(ReaderError::Lost),
        }
    }

    /// The device has said what is in it.
    fn settle(&self) {
        let mut state = self.state.borrow_mut();
        if state.notices == Notices::Settling {
            state.notices = Notices::None;
        }
    }

    /// Takes the card's power: it forgets what was verified.
    ///
    /// # Errors
    /// [`ReaderError`]
    pub async fn power_off(&self) -> Result<(), ReaderError> {
        match self.run(Session::power_off, &Patience::short(self)).await? {
            Outcome::Deactivated => Ok(()),
            _ => Err(ReaderError::Lost),
        }
    }

    /// What is in the slot, by the reader's word.
    ///
    /// # Errors
    /// [`ReaderError`]
    pub async fn status(&self) -> Result<IccStatus, ReaderError> {
        match self
            .run(Session::get_status, &Patience::short(self))
            .await?
        {
            Outcome::Status(status) => Ok(status),
            _ => Err(ReaderError::Lost),
        }
    }

    /// Waits for the next thing that the interrupt endpoint says.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn notice(&self, endpoint: Endpoint) -> Result<Vec<u8>, PortError> {
        let length = usize::from(endpoint.packet);
        self.port.transfer_in(endpoint.number, length).await
    }

    /// Takes what the interrupt endpoint said; `None` if there is nothing new in it.
    ///
    /// The first word after the device was opened or reset is about the card that was found
    /// in it already, whose power it would take. It is left aside: were it another card, the
    /// reader would say so of the next command. So is all that a device says between its
    /// reset and the answer of its card: nobody's hand was in that.
    pub fn noticed(&self, bytes: &[u8]) -> Option<Presence> {
        let mut state = self.state.borrow_mut();
        let is_first = match state.notices {
            Notices::Settling => return None,
            Notices::None => true,
            Notices::Some => false,
        };
        state.notices = Notices::Some;
        // bmSlotICCState's first bit (CCID 1.1 §6.3.1): there is a card in slot 0.
        let is_present = matches!(*bytes, [0x50, slots, ..] if slots & 1 == 1);
        if is_first && is_present && state.session.atr().is_some() {
            return None;
        }
        state
            .session
            .notified(bytes)
            .inspect_err(|error| tracing::warn!(%error, "a USB reader's notification"))
            .ok()
    }

    /// What `transfer` ends with, or that it took too long.
    async fn within<T>(
        &self,
        time: Duration,
        transfer: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        within(&*self.clock, time, transfer).await
    }
}

async fn within<T>(
    clock: &dyn Clock,
    time: Duration,
    transfer: impl Future<Output = Result<T, PortError>>,
) -> Result<T, PortError> {
    match select(pin!(transfer), pin!(clock.sleep(time))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(PortError::Other),
    }
}
