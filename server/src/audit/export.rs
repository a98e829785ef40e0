//! What leaves the log: tables for people (`csv`, `xlsx`), and proof files, whose form
//! is `event-log`'s.

mod csv;
mod xlsx;

pub(crate) use csv::CsvWriter;
pub(crate) use event_log::proof_file::ProofWriter;
pub(crate) use xlsx::workbook;
