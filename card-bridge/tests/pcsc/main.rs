//! The bridge on the real PC/SC stack: `pcscd` with vpcd, and software cards
//! that come as TCP connections. Runs with `--features pcsc`, as root, because
//! it starts, stops and kills a `pcscd` of its own.

#[path = "../support/card.rs"]
#[cfg(test)]
mod card;
#[cfg(test)]
mod cards;
#[path = "../support/page.rs"]
#[cfg(test)]
mod page;
#[cfg(test)]
mod service;
#[cfg(test)]
mod stand;
