//! A model of 延期 and 解锁 (`docs/operations.md`), every state of which is
//! visited: two legal persons' pages with a bridge each, the server, and one
//! card. Reports come late, twice or not at all; replies are lost; the card is
//! pulled at any command; bridges and the server die at any moment.
//!
//! `card` is the card; `program` what it is sent; `register` what the server
//! keeps and `judge` what it decides, over the domain's own
//! [`card_domain::advance`]; `system` everything together, and what may happen;
//! `properties` what holds all the same. `checks` lets it all happen, and shows
//! that each of the `rules` is needed: without it a property fails.

#[cfg(test)]
mod card;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod program;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod register;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod system;
