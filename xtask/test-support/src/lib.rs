//! What the tests of several crates stand on, made once.
//!
//! - Without a feature: the virtual readers of this machine behind `pcscd`, held
//!   for one test ([`pcscd`]), a folder in which other people's programs run
//!   ([`tools`]), signals ([`signals`]), and how long faults last ([`length`]).
//! - `bridge`: card-bridge in this process, software cards, and a page
//!   ([`bridge`]).
//! - `fuzz`: untrusted bytes for a parser (the module of that name).
//! - `http`: a browser's side of HTTP ([`http`]).
//! - `server`: a database of its own for each test ([`database`]); the service
//!   over it, an enterprise, people with cards, a browser ([`service`]); a way to the
//!   database that falls silent ([`bad_way`]); a pooler before it ([`pooler`]); a
//!   PostgreSQL of its own ([`postgres`]), and a primary with its standby ([`standby`]); a
//!   disk that is soon full ([`small_disk`]).
//!
//! What only one crate's tests need stays with them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "this is test code: what goes wrong in it ends the test, there and then"
)]
#![cfg_attr(
    feature = "bridge",
    expect(
        clippy::expect_used,
        clippy::indexing_slicing,
        reason = "the same: what is not in a message ends the test"
    )
)]
#![cfg_attr(
    feature = "server",
    expect(
        clippy::print_stderr,
        reason = "a test's output is for whoever asks for it"
    )
)]
#![cfg_attr(
    any(feature = "fuzz", feature = "server"),
    expect(
        clippy::print_stdout,
        reason = "a test's output is for whoever asks for it"
    )
)]
#![expect(
    clippy::must_use_candidate,
    reason = "a test may do a thing for what it changes, and not look at what it gives"
)]

#[cfg(feature = "server")]
pub mod bad_way;
#[cfg(feature = "bridge")]
pub mod bridge;
#[cfg(feature = "server")]
pub mod daemon;
#[cfg(feature = "server")]
pub mod database;
#[cfg(feature = "fuzz")]
pub mod fuzz;
#[cfg(feature = "http")]
#[deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]
pub mod http;
pub mod length;
pub mod pcscd;
#[cfg(feature = "server")]
pub mod pooler;
#[cfg(feature = "server")]
pub mod postgres;
#[cfg(feature = "server")]
pub mod service;
pub mod signals;
#[cfg(feature = "server")]
pub mod small_disk;
#[cfg(feature = "server")]
pub mod standby;
pub mod tools;
