//! What leaves the log: a table for people (`csv`), and proof files, whose form
//! is `event-log`'s.

mod csv;

pub(crate) use csv::CsvWriter;
pub(crate) use event_log::proof_file::ProofWriter;
