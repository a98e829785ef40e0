//! How the rows of the tables become records. For each record there is one list
//! of columns, one `SELECT` to which the queries add their `WHERE`, and one
//! function that reads a row by the columns' names.
//!
//! A name that several tables of one `SELECT` have begins with its table's:
//! `card_state`, `operation_state`.

pub(super) mod act;
pub(super) mod card;
pub(super) mod certificate;
pub(super) mod enrolment;
pub(super) mod event;
pub(super) mod nonce;
pub(super) mod operation;
pub(super) mod register;
pub(super) mod session;
pub(super) mod state;

#[cfg(test)]
mod tests;
