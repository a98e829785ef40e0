//! One connection's URBs: what comes is taken apart, what the device has to say is put
//! together. A transfer in for which there is nothing is held until there is, or until it
//! is unlinked. Sans-IO.

use std::collections::VecDeque;

use super::{
    LineError,
    wire::{HEADER, Urb, status, submitted, unlinked},
};
use crate::usb::{
    chip::{Job, Outcome},
    descriptors::{BULK_IN, BULK_OUT, INTERRUPT_IN, PACKET},
    options::Options,
    reader::{Reader, Stall},
};

/// A transfer in that waits.
#[derive(Clone, Copy)]
struct Held {
    seq: u32,
    endpoint: u8,
    room: usize,
}

pub(super) struct Session {
    reader: Reader,
    received: Vec<u8>,
    held: VecDeque<Held>,
    to_send: Vec<u8>,
}

impl Session {
    pub(super) fn new(options: Options) -> Self {
        Self {
            reader: Reader::new(options),
            received: Vec::new(),
            held: VecDeque::new(),
            to_send: Vec::new(),
        }
    }

    /// What the host sent, in whatever pieces it comes.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<(), LineError> {
        self.received.extend_from_slice(bytes);
        while let Some(header) = self.received.first_chunk::<HEADER>() {
            let urb = Urb::read(header)?;
            let follows = match urb {
                Urb::Submit {
                    is_in: false,
                    length,
                    ..
                } => length,
                _ => 0,
            };
            let Some(data) = self.received.get(HEADER..HEADER + follows) else {
                break;
            };
            let data = data.to_vec();
            self.received.drain(..HEADER + follows);
            self.serve(urb, &data);
        }
        self.answer_held();
        Ok(())
    }

    fn serve(&mut self, urb: Urb, data: &[u8]) {
        match urb {
            Urb::Unlink { seq, victim } => {
                let place = self.held.iter().position(|held| held.seq == victim);
                let was_held = place.and_then(|place| self.held.remove(place)).is_some();
                // One that was answered already: nothing was unlinked.
                let status = if was_held {
                    status::UNLINKED
                } else {
                    status::OK
                };
                self.to_send.extend(unlinked(seq, status));
            }
            Urb::Submit {
                seq,
                is_in,
                endpoint: 0,
                setup,
                ..
            } => match self.reader.control(setup) {
                Ok(answer) if is_in => self.complete(seq, &answer, 0),
                Ok(_) => self.complete(seq, &[], data.len()),
                Err(Stall) => self.stall(seq),
            },
            Urb::Submit {
                seq,
                is_in: false,
                endpoint,
                ..
            } => {
                let taken = if endpoint == BULK_OUT {
                    self.reader.bulk_out(data)
                } else {
                    Err(Stall)
                };
                match taken {
                    Ok(()) => self.complete(seq, &[], data.len()),
                    Err(Stall) => self.stall(seq),
                }
            }
            Urb::Submit {
                seq,
                is_in: true,
                endpoint,
                length,
                ..
            } => {
                let endpoint = endpoint | 0x80;
                match self.reader.check(endpoint) {
                    Ok(()) => self.held.push_back(Held {
                        seq,
                        endpoint,
                        room: length,
                    }),
                    Err(Stall) => self.stall(seq),
                }
            }
        }
    }

    /// Answers transfers in, in their order, as far as there is something to say.
    fn answer_held(&mut self) {
        for endpoint in [BULK_IN, INTERRUPT_IN] {
            while let Some(place) = self.held.iter().position(|held| held.endpoint == endpoint) {
                let Some(&Held { seq, room, .. }) = self.held.get(place) else {
                    break;
                };
                let said = if endpoint == BULK_IN {
                    self.reader.bulk_in(room)
                } else {
                    self.reader.interrupt_in()
                };
                let Some(said) = said else {
                    break;
                };
                self.held.remove(place);
                let is_cut = endpoint == BULK_IN && said.len() == room && self.reader.has_rest();
                // Packets are not cut: what has no room for a whole one is too small.
                if is_cut && !room.is_multiple_of(usize::from(PACKET)) {
                    self.to_send
                        .extend(submitted(seq, status::BABBLE, &said, 0));
                    continue;
                }
                self.complete(seq, &said, 0);
            }
        }
    }

    fn complete(&mut self, seq: u32, data: &[u8], taken: usize) {
        self.to_send.extend(submitted(seq, status::OK, data, taken));
    }

    fn stall(&mut self, seq: u32) {
        self.to_send.extend(submitted(seq, status::STALL, &[], 0));
    }

    /// What is to be sent now.
    pub(super) fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.to_send)
    }

    /// The beginning of an answer, for a key that is pulled in the middle of one.
    pub(super) fn half_an_answer(&self) -> Vec<u8> {
        let seq = self.held.front().map_or(0, |held| held.seq);
        let mut answer = submitted(seq, status::OK, &[], 0);
        answer.truncate(HEADER / 2);
        answer
    }

    pub(super) fn take_job(&mut self) -> Option<Job> {
        self.reader.take_job()
    }

    pub(super) fn finished(&mut self, outcome: Outcome) {
        self.reader.finished(outcome);
        self.answer_held();
    }

    /// Whether the host waits for the card.
    pub(super) const fn is_waiting(&mut self) -> bool {
        self.reader.slot().is_waiting()
    }

    pub(super) fn is_slow(&mut self) {
        self.reader.slot().is_slow();
        self.answer_held();
    }

    pub(super) fn set_card_present(&mut self, is_present: bool) {
        self.reader.set_present(is_present);
        self.answer_held();
    }
}
