//! The crate as those see it who check a log with it: against vectors from
//! elsewhere, against untrusted bytes, and as a program.
#![cfg(test)]

mod fuzz;
mod notes;
mod program;
mod rfc6962;
mod sample;
