//! The journal of operations on a card in the reader. Every change names the
//! version that it saw; of two that race one wins. Whoever changes card and
//! journal locks the card first.

mod begin;
mod change;
mod confirm;
mod contradict;
mod count;
mod read;
mod ticket;

pub(in crate::storage) use contradict::contradict;
