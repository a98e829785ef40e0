//! Tests of the card protocol through its public interface: conversations with
//! cards, written down as data, and properties that hold for any input.

mod conversations;
mod operations;
mod properties;
mod script;
