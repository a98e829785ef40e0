//! The log of all events, for whoever has to check it: every event is a leaf
//! of one Merkle tree (RFC 6962), whose root is signed again and again, in the
//! database and in a file outside of it.
//!
//! What an event is as bytes: [`body`], [`leaf`], [`facts`]. The tree over
//! them: [`tree`], [`proof`]. What is signed: [`note`], [`checkpoint`],
//! [`keys`], [`archive_note`], and the legal person's [`statement`] in its
//! [`structured`] form with the [`certificate`] of its card, and who that is
//! ([`signer`]). What is given away: [`proof_file`],
//! [`proof_code`], [`witness`]. [`verify`] checks all of it over a [`LogSource`], and that the log
//! explains the [`register`].
//!
//! Nothing here knows a database, a socket or a clock, and nothing here writes
//! a file: the server's jobs do, over these types.

pub mod archive_note;
pub mod body;
pub mod card_facts;
pub mod certificate;
pub mod checkpoint;
mod digest;
pub mod facts;
pub mod keys;
pub mod leaf;
pub mod leaves;
pub mod note;
pub mod operation;
pub mod proof;
pub mod proof_code;
pub mod proof_file;
pub mod register;
pub mod signer;
pub mod source;
pub mod statement;
pub mod structured;
pub mod tree;
pub mod verify;
pub mod witness;

pub use archive_note::ArchiveNote;
pub use card_facts::CardFacts;
pub use checkpoint::Checkpoint;
pub use facts::EventFacts;
pub use note::{NoteError, VerifyKey};
pub use proof::LogPosition;
pub use signer::{SignatureFault, SignerProof};
pub use source::LogSource;
