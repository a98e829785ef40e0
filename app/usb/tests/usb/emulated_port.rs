//! The emulated key (`virtual_card::usb`) as a browser would hand it out, and what may
//! happen to it at a certain command.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    path::Path,
    rc::Rc,
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use card_protocol::ccid::{ControlRequest, ControlTarget};
use card_usb::port::{InterfaceAddress, PortError, PortLabel, UsbPort};
use virtual_card::{
    VirtualCard,
    usb::{Device, InterfaceClass, Level, Options},
};

use crate::browser::FakeClock;

pub(crate) const VERIFY: u8 = 0x20;

/// What happens at a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// The key is pulled; the card may have got the command or not.
    PullKey,
    /// The card is taken out of the key before it.
    PullCard,
    /// It gets no answer, ever.
    Swallow,
    /// The key is pulled, and the browser has another word for it first.
    PullKeyAs(PortError),
    /// Its answer takes so long.
    Late(Duration),
    /// It is answered with these bytes instead.
    Lie(&'static [u8]),
    /// The card gets it, and the reader says that it failed (bStatus, bError).
    Fail(u8, u8),
}

pub(crate) struct EmulatedPort {
    label: PortLabel,
    class: InterfaceClass,
    level: Level,
    clock: Rc<FakeClock>,
    /// `None` once it was pulled.
    device: RefCell<Option<Device>>,
    /// What is left of a message that did not fit.
    rest: RefCell<Vec<u8>>,
    /// Nothing comes before this.
    pub(crate) due: Cell<Duration>,
    /// The next answer is this failure instead.
    failure: Cell<Option<[u8; 2]>>,
    trap: Cell<Option<(u8, Act)>>,
    pub(crate) is_taken: Cell<bool>,
    is_open: Cell<bool>,
    pub(crate) is_claimed: Cell<bool>,
    /// How often it was given back.
    pub(crate) closes: Cell<u32>,
    pub(crate) resets: Cell<u32>,
    pub(crate) can_reset: Cell<bool>,
    /// The commands that the card got, in order.
    pub(crate) sent: RefCell<Vec<Sent>>,
    /// The kinds of the messages to the reader (bMessageType), in order.
    pub(crate) messages: RefCell<Vec<u8>>,
}

/// A command that the card got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) instruction: u8,
    pub(crate) has_data: bool,
}

impl EmulatedPort {
    pub(crate) fn plug(card: &Path, options: Options, clock: &Rc<FakeClock>) -> Rc<Self> {
        Rc::new(Self {
            label: PortLabel {
                product: "Ikey".to_owned(),
                serial: options.serial.clone(),
            },
            class: options.class,
            level: options.level,
            clock: Rc::clone(clock),
            device: RefCell::new(Some(Device::new(VirtualCard::open(card).unwrap(), options))),
            rest: RefCell::default(),
            due: Cell::default(),
            failure: Cell::default(),
            trap: Cell::default(),
            is_taken: Cell::default(),
            is_open: Cell::default(),
            is_claimed: Cell::default(),
            closes: Cell::default(),
            resets: Cell::default(),
            can_reset: Cell::new(true),
            sent: RefCell::default(),
            messages: RefCell::default(),
        })
    }

    /// At the next command with this instruction byte.
    pub(crate) fn trap(&self, instruction: u8, act: Act) {
        self.trap.set(Some((instruction, act)));
    }

    /// Pulls the key: its card loses its power.
    pub(crate) fn pull(&self) {
        drop(self.device.borrow_mut().take());
    }

    /// Takes the card out of the key, or puts it in again.
    pub(crate) fn set_card_present(&self, is_present: bool) {
        let mut device = self.device.borrow_mut();
        device.as_mut().unwrap().set_card_present(is_present);
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Device) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        match &mut *self.device.borrow_mut() {
            Some(device) => work(device),
            None => Err(PortError::Gone),
        }
    }

    fn control(&self, setup: [u8; 8]) -> Result<Vec<u8>, PortError> {
        self.with(|device| device.control(setup).map_err(|_stall| PortError::Stall))
    }

    fn request(&self, request: ControlRequest, direction: u8) -> Result<Vec<u8>, PortError> {
        let kind = match request.target {
            ControlTarget::StandardDevice => 0x00,
            ControlTarget::ClassInterface => 0x21,
        };
        let [v0, v1] = request.value.to_le_bytes();
        let [i0, i1] = request.index.to_le_bytes();
        let [l0, l1] = request.length.to_le_bytes();
        self.control([kind | direction, request.request, v0, v1, i0, i1, l0, l1])
    }

    /// As Chromium has it, for what is not open or not claimed.
    fn is_usable(&self) -> Result<(), PortError> {
        let name = match (self.is_open.get(), self.is_claimed.get()) {
            (true, true) => return Ok(()),
            (true, false) => "NotFoundError",
            (false, _) => "InvalidStateError",
        };
        Err(PortError::of_exception(name, self.is_open.get()))
    }

    /// The next message of the reader's, whole.
    fn answer(&self, device: &mut Device) -> Vec<u8> {
        const STATUS: usize = 7;
        let mut answer = device.bulk_in().unwrap_or_default();
        if !answer.is_empty()
            && let Some(failure) = self.failure.take()
        {
            answer.truncate(10);
            answer[1..5].fill(0);
            answer[STATUS..][..2].copy_from_slice(&failure);
        }
        answer
    }

    /// The command in a message.
    fn command(&self, message: &[u8]) -> Option<Sent> {
        const XFR_BLOCK: u8 = 0x6F;
        // Before the APDU in an I-block, and after it (ISO/IEC 7816-3 §11.3.1).
        let (prologue, epilogue) = match self.level {
            Level::TpduT1 => (3, 1),
            _ => (0, 0),
        };
        let apdu = message.get(10 + prologue..message.len() - epilogue)?;
        let is_apdu = message[0] == XFR_BLOCK && apdu.len() >= 4;
        is_apdu.then(|| Sent {
            instruction: apdu[1],
            has_data: apdu.len() > 5,
        })
    }

    /// How many PINs went to the card.
    pub(crate) fn pins_sent(&self) -> usize {
        let sent = self.sent.borrow();
        let pins = sent
            .iter()
            .filter(|sent| sent.instruction == VERIFY && sent.has_data);
        pins.count()
    }
}

#[async_trait(?Send)]
impl UsbPort for EmulatedPort {
    fn label(&self) -> PortLabel {
        self.label.clone()
    }

    async fn open(&self) -> Result<(), PortError> {
        self.with(|_| Ok(()))?;
        self.is_open.set(true);
        Ok(())
    }

    async fn claim(&self, address: InterfaceAddress) -> Result<(), PortError> {
        if self.is_taken.get() {
            return Err(PortError::Busy);
        }
        if self.class == InterfaceClass::SmartCard {
            return Err(PortError::Refused);
        }
        self.control([0, 9, address.configuration, 0, 0, 0, 0, 0])?;
        self.is_claimed.set(true);
        Ok(())
    }

    async fn control_in(&self, request: ControlRequest) -> Result<Vec<u8>, PortError> {
        self.request(request, 0x80)
    }

    async fn control_out(&self, request: ControlRequest) -> Result<(), PortError> {
        self.request(request, 0).map(drop)
    }

    async fn transfer_out(&self, _endpoint: u8, bytes: &[u8]) -> Result<(), PortError> {
        self.is_usable()?;
        self.messages.borrow_mut().extend(bytes.first());
        let command = self.command(bytes);
        let act = match (self.trap.get(), command) {
            // Without data, VERIFY asks for the tries.
            (Some((trapped, act)), Some(command))
                if command.instruction == trapped && (trapped != VERIFY || command.has_data) =>
            {
                self.trap.set(None);
                Some(act)
            }
            _ => None,
        };
        match act {
            Some(Act::Swallow) => return Ok(()),
            Some(Act::PullCard) => self.set_card_present(false),
            Some(Act::Late(time)) => self.due.set(self.clock.passed() + time),
            Some(Act::Lie(answer)) => {
                answer.clone_into(&mut self.rest.borrow_mut());
                return Ok(());
            }
            Some(Act::Fail(status, error)) => self.failure.set(Some([status, error])),
            Some(Act::PullKey | Act::PullKeyAs(_)) | None => {}
        }
        self.sent.borrow_mut().extend(command);
        self.with(|device| device.bulk_out(bytes).map_err(|_stall| PortError::Stall))?;
        match act {
            Some(Act::PullKey) => {
                self.pull();
                Err(PortError::Gone)
            }
            Some(Act::PullKeyAs(error)) => {
                self.pull();
                Err(error)
            }
            _ => Ok(()),
        }
    }

    async fn transfer_in(&self, endpoint: u8, length: usize) -> Result<Vec<u8>, PortError> {
        const INTERRUPT_PACKET: usize = 8;
        let is_interrupt = length <= INTERRUPT_PACKET;
        assert_ne!(endpoint, 0);
        self.is_usable()?;
        let closes = self.closes.get();
        poll_fn(|_| {
            if self.closes.get() != closes {
                return Poll::Ready(Err(PortError::of_exception("AbortError", false)));
            }
            let next = self.with(|device| {
                if is_interrupt {
                    return Ok(device.interrupt_in());
                }
                if self.clock.passed() < self.due.get() {
                    return Ok(None);
                }
                let mut rest = self.rest.borrow_mut();
                if rest.is_empty() {
                    *rest = self.answer(device);
                }
                let now = length.min(rest.len());
                let after = rest.split_off(now);
                Ok(Some(std::mem::replace(&mut *rest, after)).filter(|bytes| !bytes.is_empty()))
            });
            match next {
                Ok(Some(bytes)) => Poll::Ready(Ok(bytes)),
                Ok(None) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            }
        })
        .await
    }

    async fn reset(&self) -> Result<(), PortError> {
        if !self.can_reset.get() {
            return Err(PortError::Other);
        }
        self.resets.set(self.resets.get() + 1);
        self.rest.borrow_mut().clear();
        self.control([0, 9, 0, 0, 0, 0, 0, 0]).map(drop)
    }

    async fn close(&self) {
        self.is_open.set(false);
        self.is_claimed.set(false);
        self.closes.set(self.closes.get() + 1);
    }
}
