//! The jobs over the log of all events (crate `event-log`): `sequencer` gives
//! events their places and has checkpoints witnessed, `waiting` says which have
//! none yet, `check` verifies single events for a page, [`archive`] moves old
//! months to files, `export` writes tables, `source` lets the verification read
//! the store. `docs/audit.md` says what the log proves.

pub mod archive;
pub mod check;
pub mod export;
mod sequencer;
mod source;
pub(crate) mod waiting;
mod witness;

pub use sequencer::{Sequencer, SequencerError};
pub use source::StoreLog;
pub use witness::{WitnessError, WitnessFile};
