//! The virtual card in process, APDU by APDU. What the screens and the bridge
//! rely on is pinned here; what programs of others think of the card is in
//! `judges.rs`.

#[cfg(test)]
mod administration;
#[cfg(test)]
mod attestation;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod pin;
#[cfg(test)]
mod power;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vpcd;
