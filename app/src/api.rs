//! The typed contract between the screens and the service: what may be asked
//! (the table in `endpoints`), in which words ([`model`], [`operation`],
//! [`history`]), and how it fails ([`ApiError`]). The server implements the
//! trait [`Backend`] that the table makes; [`calls`] are its functions: server
//! functions where pages are rendered, and in the browser one POST for all.

#[cfg(feature = "ssr")]
mod backend;
#[cfg(not(feature = "ssr"))]
#[path = "api/client.rs"]
pub mod calls;
#[cfg(feature = "ssr")]
#[path = "api/server_fns.rs"]
pub mod calls;
mod endpoints;
pub mod error;
pub mod history;
pub mod many;
pub mod model;
pub mod needs;
pub mod operation;
#[cfg(feature = "ssr")]
pub mod wire;

#[cfg(feature = "ssr")]
pub use backend::{Backend, BackendHandle};
#[cfg(feature = "ssr")]
pub use calls::{ENDPOINTS, Endpoint};
pub use error::{ApiError, ErrorCode};
#[cfg(feature = "ssr")]
pub use wire::Wire;
