//! The log that nobody can change unnoticed: every event is a leaf of one
//! Merkle tree (RFC 6962), whose root is signed again and again, in the
//! database and in a file outside of it.
//!
//! Pure: `leaf` and `body` (an event as bytes), `tree` and `proof` (hashes), `note` and
//! `checkpoint` (signatures). With the store: `sequencer` (gives events their
//! places), `waiting` (which have none yet), `signer` and `statement` (who signed),
//! `check` (verifies single events for a page), [`verify`] (verifies
//! everything), `export` and [`archive`]. `docs/audit.md` says what it proves.

pub mod archive;
pub mod body;
pub mod check;
mod checkpoint;
pub mod export;
mod facts;
pub mod keys;
pub mod leaf;
pub mod leaves;
mod note;
mod proof;
mod sequencer;
pub(crate) mod signer;
mod statement;
pub mod tree;
pub mod verify;
pub(crate) mod waiting;
mod witness;

pub use checkpoint::Checkpoint;
pub use facts::Facts;
pub use note::{NoteError, VerifyKey};
pub use proof::TileCache;
pub use sequencer::{Sequencer, SequencerError};
pub use signer::{SignatureFault, SignerProof};
pub use witness::{WitnessError, WitnessFile};
