//! The virtual card in process, APDU by APDU. What the screens and the bridge
//! rely on is pinned here; what programs of others think of the card is in
//! `judges.rs`.

mod administration;
mod keys;
mod objects;
mod pin;
mod power;
mod support;
