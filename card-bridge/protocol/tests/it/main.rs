//! Tests of the card protocol through its public interface: conversations with
//! cards, written down as data, and properties that hold for any input.
#![cfg(test)]

mod conversations;
mod errors;
mod exchanges;
mod operations;
mod properties;
mod script;
mod secrets;
