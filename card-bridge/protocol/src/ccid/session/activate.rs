//! From the answer to reset to a card that takes commands.

use core::time::Duration;

use super::{Card, Outcome, Session, Task, answers::processed};
use crate::{
    atr::{Atr, AtrError, Protocol},
    ccid::{
        AnswerHeader, ExchangeLevel, IccStatus, Parameters, SessionError, SlotError, Voltage,
        activation::Plan,
        message::{Request, Transfer},
        rates,
        t1::Link,
    },
};

impl Session {
    pub(super) fn power(&mut self, voltage: Option<Voltage>) {
        self.ask(&Request::IccPowerOn(voltage), Task::PowerOn(voltage));
    }

    pub(super) fn powered(
        &mut self,
        header: AnswerHeader,
        atr: Vec<u8>,
        voltage: Option<Voltage>,
    ) -> Result<(), SessionError> {
        match processed(header) {
            Ok(()) if header.icc == IccStatus::Absent => return Err(SessionError::CardAbsent),
            Ok(()) => {}
            Err(error) => {
                let may_help = matches!(
                    error,
                    SessionError::CardMute
                        | SessionError::Reader(
                            SlotError::BadAtrTs
                                | SlotError::BadAtrTck
                                | SlotError::IccProtocolNotSupported
                                | SlotError::IccClassNotSupported
                                | SlotError::ParityError
                                | SlotError::Overrun
                                | SlotError::Parameter(_)
                                | SlotError::Vendor(_)
                                | SlotError::Reserved(_)
                        )
                );
                let next = voltage.and_then(|tried| {
                    let rest = Voltage::ALL
                        .into_iter()
                        .skip_while(|one| *one != tried)
                        .skip(1);
                    let functional = &self.reader.functional;
                    rest.into_iter()
                        .find(|one| functional.supports_voltage(*one))
                });
                return match next {
                    Some(next) if may_help => {
                        self.power(Some(next));
                        Ok(())
                    }
                    _ => Err(error),
                };
            }
        }
        // Not even a reader that sees to everything may give what no card has.
        if !(2..=33).contains(&atr.len()) {
            return Err(Atr::parse(&atr).err().unwrap_or(AtrError::Truncated).into());
        }
        match Plan::of(&self.reader.functional, self.level, &self.rates, &atr)? {
            Plan::Nothing => {
                let protocol = Atr::parse(&atr).ok();
                let protocol =
                    protocol.and_then(|read| Protocol::from_number(read.first_protocol()));
                self.activated(Card {
                    atr,
                    protocol,
                    link: None,
                    block_wait: Duration::ZERO,
                });
            }
            Plan::Ask(read) => self.ask(&Request::GetParameters, Task::Asking(atr, read)),
            Plan::Set {
                atr: read,
                pps: Some(pps),
                ..
            } => {
                let transfer = Transfer {
                    waiting: 0,
                    level: 0,
                    data: &pps.request(),
                };
                self.ask(
                    &Request::XfrBlock(transfer),
                    Task::Negotiating(atr, read, pps),
                );
            }
            Plan::Set {
                atr: read,
                protocol,
                rates,
                pps: None,
            } => {
                let parameters = Parameters::from_atr(&read, protocol, rates);
                self.set(atr, read, parameters);
            }
        }
        Ok(())
    }

    pub(super) fn set(&mut self, atr: Vec<u8>, read: Atr, parameters: Parameters) {
        let task = Task::Setting(atr, read, parameters.protocol());
        self.ask(&Request::SetParameters(&parameters), task);
    }

    /// An answer to `SetParameters` that can be gone on with.
    pub(super) fn has_set(&self, header: AnswerHeader) -> Result<(), SessionError> {
        let by_itself = self.reader.functional.features.configures_by_atr();
        match processed(header) {
            // The reader has seen to it itself, or does not let it be changed.
            Err(SessionError::Reader(SlotError::CommandNotSupported)) if by_itself => Ok(()),
            Err(SessionError::Reader(SlotError::Parameter(_))) => Ok(()),
            result => result,
        }
    }

    /// Protocol and parameters are agreed; what is left is IFSD, with T=1.
    pub(super) fn agreed(&mut self, atr: Vec<u8>, read: &Atr, protocol: Protocol) {
        let functional = &self.reader.functional;
        let block = read.block_parameters();
        let mut card = Card {
            atr,
            protocol: Some(protocol),
            link: None,
            block_wait: rates::block_waiting_time(functional, block.waiting_integers),
        };
        if self.level != ExchangeLevel::Tpdu || protocol == Protocol::T0 {
            return self.activated(card);
        }
        // Prologue and epilogue have to fit as well.
        let room = u8::try_from(functional.maximum_data().saturating_sub(5)).unwrap_or(254);
        let ifsd = u8::try_from(functional.maximum_ifsd).unwrap_or(254);
        let ifsd = ifsd.clamp(1, 254).min(room.max(1));
        let mut link = Link::new(block, self.limits.exchange).with_room(room);
        if functional.features.exchanges_ifsd() {
            card.link = Some(link.with_ifsd(ifsd));
            return self.activated(card);
        }
        // (A link that was just made is ready.)
        let begun = link.negotiate_ifsd(ifsd);
        card.link = Some(link);
        if begun.is_ok() && self.send_block_of(&card) {
            self.task = Task::Ifsd(Box::new(card));
        }
    }

    pub(super) fn activated(&mut self, card: Card) {
        self.task = Task::Done(Outcome::Activated(card.atr.clone()));
        self.card = Some(card);
    }
}

/// The protocol that the reader chose; its first one, if the reader does not say.
pub(super) fn chosen(
    header: AnswerHeader,
    data: &[u8],
    atr: &Atr,
) -> Result<Protocol, SessionError> {
    let protocol = match processed(header) {
        Ok(()) => Some(Parameters::parse(header.specific, data)?.protocol()),
        Err(SessionError::Reader(_)) => Protocol::from_number(atr.first_protocol()),
        Err(error) => return Err(error),
    };
    protocol.ok_or(SessionError::NothingInCommon)
}
