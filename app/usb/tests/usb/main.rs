//! The way over USB against the emulated key, in one process: from the page's call to the
//! card's answer, and what may happen in between.
#![cfg(test)]

mod browser;
mod closing;
mod contacts;
mod emulated_port;
mod endless;
mod fixture;
mod hostile;
mod liar;
mod login;
mod pin;
mod plugging;
mod program;
mod pulled;
mod sessions;
mod sign;
