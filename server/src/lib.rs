//! The service: the only crate that knows SQL and HTTP.
//!
//! [`run::run`] is the whole server; [`admin`] is what the command line does
//! without one. Everything else serves these two.

// The types of whole pages nest deeply.
#![recursion_limit = "256"]

mod acts;
pub mod admin;
pub mod audit;
pub mod backup;
mod bearer;
pub mod card_program;
mod cards;
mod client;
pub mod clock;
pub mod config;
mod context;
mod digest;
mod enroll;
mod history;
mod housekeeping;
mod http;
mod input;
pub mod keys;
pub mod known_time;
pub mod metrics;
mod name_key;
pub mod operations;
pub mod pki;
mod private_file;
mod program_signing;
mod proposal;
mod provenance;
mod random;
mod rate;
pub mod run;
mod scrape;
mod serve;
mod service;
mod sessions;
pub mod signed_statement;
pub mod storage;
mod timer;
mod turns;

pub use http::router;
pub use run::{RunError, run};
pub use service::Service;
