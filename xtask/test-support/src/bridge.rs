//! card-bridge in this process: software cards, a bridge on a port of its own,
//! and a page that speaks its WebSocket.

mod card;
mod fixture;
mod page;
pub mod readers;

pub use self::{
    card::{CERTIFICATE, CardFixture, blank_card, with_piv},
    fixture::{BridgeBuilder, BridgeFixture},
    page::{CallError, Page},
};
