//! card-bridge in this process: software cards, a bridge on a port of its own,
//! and a page that speaks its WebSocket.

mod card;
pub mod certificate;
mod fixture;
mod page;
mod program_signer;
mod proposed_signer;
pub mod readers;
mod server_signer;

pub use self::{
    card::{CardFixture, attesting_card, blank_card, with_piv},
    certificate::CERTIFICATE,
    fixture::{BridgeBuilder, BridgeFixture},
    page::{CallError, Page},
    program_signer::{ProgramSigner, command_step, expecting_step, proof_step},
    proposed_signer::ProposedSigner,
    server_signer::{LIFE, ServerSigner, session_of},
};
