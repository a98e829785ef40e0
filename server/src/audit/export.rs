//! What leaves the log: a table for people (`csv`) and a proof that verifies
//! offline (`format`).

mod csv;
mod format;

pub(crate) use csv::CsvWriter;
pub(crate) use format::ProofWriter;
pub(in crate::audit) use format::{FORMAT, Line};
