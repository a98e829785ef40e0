//! The bridge on the real PC/SC stack: `pcscd` with vpcd, and software cards
//! that come as TCP connections. Runs with `--features pcsc`, as root, because
//! it starts, stops and kills a `pcscd` of its own.

#[cfg(test)]
mod cards;
#[cfg(test)]
mod ended;
#[cfg(test)]
mod endurance;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod odd_card;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod service;
