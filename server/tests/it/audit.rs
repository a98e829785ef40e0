//! The log: that it goes on, what it proves, and every attack on it that
//! anybody here could think of.

mod attacks;
mod command;
mod downloads;
mod edits;
mod full;
mod numbers;
mod retention;
pub(crate) mod scene;
mod sequencing;
mod timeline;
