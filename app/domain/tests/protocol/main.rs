//! A model of 延期 and 解锁 (`docs/operations.md`), every state of which is
//! visited: two legal persons' pages with a bridge each, the server, one card,
//! and a terminal that lies. Reports come late, twice or not at all; replies are
//! lost; the card is pulled at any command; bridges and the server die at any
//! moment; and whoever lies says what it likes, at any time, on any word that it
//! can have.
//!
//! `card` is the card; `program` what it is sent and `report` what comes back;
//! `register` what the server keeps, `conversation` with whom it talks and
//! `decide` what it decides, over the domain's own [`card_domain::advance`];
//! `state` everything together, `liar` who lies, and `system` what may happen;
//! `properties` what holds all the same. `checks` lets it all happen, `needed`
//! shows that each of the `rules` is needed: without it a property fails; and
//! `limits` what a terminal can do that lies and has the card.

#[cfg(test)]
mod card;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod decide;
#[cfg(test)]
mod liar;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod needed;
#[cfg(test)]
mod program;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod register;
#[cfg(test)]
mod report;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod state;
#[cfg(test)]
mod system;
