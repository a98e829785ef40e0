//! The service: the only crate that knows SQL and HTTP.
//!
//! [`run::run`] is the whole server; [`admin`] is what the command line does
//! without one. Everything else serves these two.

// The types of whole pages nest deeply.
#![recursion_limit = "256"]

pub mod admin;
pub mod audit;
mod auth;
pub mod card_program;
pub mod clock;
pub mod config;
mod digest;
mod enroll;
mod http;
pub mod keys;
mod legible;
pub mod metrics;
pub mod operations;
pub mod pki;
mod proposal;
mod random;
mod rate;
pub mod run;
mod service;
pub mod storage;

pub use http::router;
pub use run::{RunError, run};
pub use service::Service;
