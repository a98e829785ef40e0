//! The journal of operations on a card in the reader. Every change names the
//! version that it saw; of two that race one wins. Whoever changes card and
//! journal locks the card first.

mod begin;
mod change;
mod confirm;
mod count;
mod read;
mod ticket;

pub(in crate::storage) use self::{
    begin::BeginBatch,
    change::SaveOperation,
    confirm::ConfirmOperation,
    count::count,
    read::{batch_by_id, by_id, by_ticket, card_of_chip, of_batch, open, overdue, unfinished_on},
    ticket::{RenewTicket, VoidTicket},
};
