//! The log: that it goes on, what it proves, and every attack on it that
//! anybody here could think of.

mod attacks;
mod command;
mod downloads;
pub(crate) mod edits;
mod forged;
pub(crate) mod forgery;
mod full;
pub(crate) mod log_fixture;
mod numbers;
mod receipts;
mod retention;
mod sequencing;
mod taken_up;
mod timeline;
mod upgrade;
