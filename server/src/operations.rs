//! 延期 and 解锁: operations on a card in the reader, which the server drives by
//! signed programs and keeps in a journal, so that register and card agree
//! whatever interrupts them. `docs/operations.md` has the protocol.
//!
//! How a program is put together, signed and read is the engine's
//! (`card_program`); which one is next is decided here.
//!
//! A module for each use case: `propose` and `commit` have the legal person sign and
//! open the journal, `next` relays under the ticket, `cancel` ends it, `open` and
//! `resume` take up what is left; `card_seen` and `heal_next` finish what was
//! interrupted (`heal`). Below them `drive` leads from a report to the next program:
//! `authority` says who may have a card do what, `decide` what follows from a card's
//! answers. [`expiry`] abandons what nobody finishes.

mod authority;
mod cancel;
mod card_seen;
mod commit;
mod decide;
mod decision;
mod drive;
mod event;
pub mod expiry;
mod heal;
mod heal_next;
mod healing_token;
mod identify;
mod mandate;
mod marker;
mod next;
mod open;
mod programs;
mod progress;
mod propose;
mod resume;
mod ticket;
mod view;

pub(crate) use self::{
    cancel::cancel, card_seen::card_seen, commit::commit, heal_next::heal_next, next::next,
    open::open, propose::propose, resume::resume,
};
