//! The typed contract between the screens and the service: what may be asked
//! ([`Backend`]), in which words ([`model`], [`operation`], [`history`]), and how it fails
//! ([`ApiError`]). The server implements the trait; the functions in [`calls`]
//! are thin doors to it: server functions where pages are rendered, and in the
//! browser a table of the ones that islands use.

#[cfg(feature = "ssr")]
mod backend;
#[cfg(feature = "ssr")]
pub mod calls;
#[cfg(not(feature = "ssr"))]
#[path = "api/client.rs"]
pub mod calls;
#[cfg(all(test, feature = "ssr"))]
pub mod client;
pub mod error;
pub mod history;
pub mod model;
pub mod operation;
#[cfg(feature = "ssr")]
pub mod wire;

#[cfg(feature = "ssr")]
pub use backend::{Backend, BackendHandle, LoginSuccess};
pub use error::{ApiError, ErrorCode};
#[cfg(feature = "ssr")]
pub use wire::Wire;
