//! The PIV applet of a powered card, and what cards of the field do that it
//! does not (the crate's documentation lists it).

use heapless::VecView;
use iso7816::{
    Instruction, Status,
    command::{CommandBuilder, CommandView, class::Class},
};
use piv_authenticator::{Authenticator, Options, Pin};
use trussed_auth::AuthClient as _;
use trussed_core::try_syscall;

mod dispatch;
mod platform;
mod template;

pub(crate) use platform::Store;
pub(crate) use trussed::pipe::TrussedChannel;

use crate::{
    attestation::{self, AttestationKey, SLOTS},
    image::Image,
    response::Response,
    transport::Command,
};
use platform::{Client, SharedService};

/// NIST SP 800-73-4 part 1 section 2.2.
const AID: [u8; 11] = [0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0];
/// The card's own manager (`GlobalPlatform` card specification 2.3, H.1): the other
/// application of the card, which has no command of PIV's.
const MANAGER: [u8; 8] = [0xA0, 0, 0, 1, 0x51, 0, 0, 0];
/// The shortest name under which an application is found: its registered provider.
const RID_LEN: usize = 5;
/// More than the largest object that the applet keeps.
const MAX_ANSWER: usize = 16 * 1024;

/// GET DATA of the object with the certificate of the attestation key.
const ATTESTATION_OBJECT: [u8; 5] = [0x5C, 0x03, 0x5F, 0xFF, 0x01];

const PIN: u8 = 0x80;
const PUK: u8 = 0x81;

/// The applet from power on to power off.
pub(crate) struct Applet<'a> {
    authenticator: Authenticator<Client<'a>>,
    /// Reads the try counters, which the applet doesn't tell for the PUK.
    counters: Client<'a>,
    image: &'a Image,
    /// Signs what the card attests, if it does.
    attestation: Option<AttestationKey>,
    selected: bool,
}

impl<'a> Applet<'a> {
    /// Starts the applet over `store`. `None` if a channel is taken already, or the
    /// card's file can't be read.
    pub(crate) fn new(
        store: Store<'a>,
        channels: &'a [TrussedChannel; 2],
        image: &'a Image,
    ) -> Option<Self> {
        let service = SharedService::new(store);
        let [first, second] = channels;
        Some(Self {
            authenticator: Authenticator::new(service.client(first)?, Options::new()),
            counters: service.client(second)?,
            image,
            attestation: image.attestation_key().ok()?,
            selected: false,
        })
    }

    /// Runs one complete command.
    pub(crate) fn run(&mut self, command: &Command) -> Response {
        let [_, ins, p1, p2] = command.header;
        match (ins, p1, p2) {
            (0xA4, 0x04, 0x00) => self.select(command),
            _ if !self.selected => Response::status(Status::InstructionNotSupportedOrInvalid),
            (0x01 | 0xF8, 0x00, 0x00) => Response::success(self.image.serial().to_vec()),
            (0x47, 0x00, slot) => self.generate(command, slot),
            (0xFB | 0xFE, _, _) => self.forget(command),
            (0xF9, slot, 0x00) if self.attestation.is_some() => self.attest(slot),
            (0xCB, 0x3F, 0xFF) if command.data == ATTESTATION_OBJECT => self.certificate(command),
            (0x24, 0x00, PIN | PUK) => self.change_reference_data(command, p2),
            (0x2C, 0x00, PIN) => self.reset_retry_counter(command),
            (0x87, _, _) => {
                let data = template::without_empty_response(&command.data);
                self.forward(&Command {
                    header: command.header,
                    data,
                })
            }
            _ => self.forward(command),
        }
    }

    fn select(&mut self, command: &Command) -> Response {
        let name = command.data.as_slice();
        if name.len() >= RID_LEN && MANAGER.starts_with(name) {
            self.selected = false;
            return Response::success(Vec::new());
        }
        if name.len() < RID_LEN || !AID.starts_with(name) {
            return Response::status(Status::NotFound);
        }
        self.selected = true;
        self.forward(&Command {
            header: command.header,
            data: AID.to_vec(),
        })
    }

    /// GENERATE ASYMMETRIC KEY PAIR: a key that the card made, it can attest.
    fn generate(&mut self, command: &Command, slot: u8) -> Response {
        let response = self.forward(command);
        if response.status == u16::from(Status::Success) {
            let point = attestation::generated_point(&response.data);
            if self.image.note_point(slot, point.as_ref()).is_err() {
                return Response::status(Status::UnspecifiedNonpersistentExecutionError);
            }
        }
        response
    }

    /// RESET and IMPORT ASYMMETRIC KEY: what the card made is not there any more.
    fn forget(&mut self, command: &Command) -> Response {
        let response = self.forward(command);
        let [_, ins, _, reference] = command.header;
        if response.status == u16::from(Status::Success) {
            for slot in SLOTS {
                let is_gone = ins == 0xFB || slot == reference;
                if is_gone && self.image.note_point(slot, None).is_err() {
                    return Response::status(Status::UnspecifiedNonpersistentExecutionError);
                }
            }
        }
        response
    }

    /// ATTEST (Yubico's "PIV attestation").
    fn attest(&self, slot: u8) -> Response {
        let point = self.image.point(slot).ok().flatten();
        let statement = self.attestation.as_ref().zip(point);
        let statement =
            statement.and_then(|(key, point)| key.attest(slot, &point, self.image.serial()));
        statement.map_or_else(
            || Response::status(Status::KeyReferenceNotFound),
            Response::success,
        )
    }

    /// GET DATA of the certificate of the attestation key.
    fn certificate(&mut self, command: &Command) -> Response {
        match &self.attestation {
            Some(key) => Response::success(key.object()),
            None => self.forward(command),
        }
    }

    /// SP 800-73-4 part 2 section 3.2.2.
    fn change_reference_data(&mut self, command: &Command, reference: u8) -> Response {
        if self.tries(reference) == 0 {
            return Response::status(Status::OperationBlocked);
        }
        let response = self.forward(command);
        if response.status != u16::from(Status::VerificationFailed) {
            return response;
        }
        if reference == PIN {
            let logout = Command {
                header: [0x00, 0x20, 0xFF, PIN],
                data: Vec::new(),
            };
            self.forward(&logout);
        }
        self.wrong(reference)
    }

    /// SP 800-73-4 part 2 section 3.2.3.
    fn reset_retry_counter(&mut self, command: &Command) -> Response {
        let new_pin = command.data.get(8..).unwrap_or_default();
        if Pin::try_from(new_pin).is_err() {
            return Response::status(Status::IncorrectDataParameter);
        }
        let response = self.forward(command);
        if response.status == u16::from(Status::RemainingRetries(0)) {
            return Response::status(Status::OperationBlocked);
        }
        response
    }

    fn wrong(&mut self, reference: u8) -> Response {
        Response::status(match self.tries(reference) {
            0 => Status::OperationBlocked,
            left => Status::RemainingRetries(left),
        })
    }

    /// Tries left of the PIN or the PUK; none if the counter can't be read.
    fn tries(&mut self, reference: u8) -> u8 {
        // As the applet numbers them: 0 is the PIN, 1 the PUK.
        try_syscall!(self.counters.pin_retries(reference - PIN))
            .ok()
            .and_then(|reply| reply.retries)
            .unwrap_or(0)
    }

    fn forward(&mut self, command: &Command) -> Response {
        let [cla, ins, p1, p2] = command.header;
        let Ok(class) = Class::try_from(cla) else {
            return Response::status(Status::ClaNotSupported);
        };
        let apdu = CommandBuilder::new(
            class,
            Instruction::from(ins),
            p1,
            p2,
            command.data.as_slice(),
            0,
        )
        .force_extended()
        .serialize_to_vec();
        let Ok(view) = CommandView::try_from(apdu.as_slice()) else {
            return Response::status(Status::WrongLength);
        };
        let mut buffer = heapless::Vec::<u8, MAX_ANSWER>::new();
        let answer: &mut VecView<u8> = &mut buffer;
        match self.authenticator.respond(view, answer) {
            Ok(()) => Response::success(answer.to_vec()),
            Err(status) => Response::status(status),
        }
    }
}
