//! Tests of the card protocol through its public interface: conversations with
//! cards and readers, written down as data, properties that hold for any input, and the
//! PIV applet of a real security key as the judge of both.
#![cfg(test)]

#[macro_use]
mod files;

mod applet;
mod ccid;
mod conversations;
mod errors;
mod exchanges;
mod operations;
mod properties;
mod script;
mod secrets;
