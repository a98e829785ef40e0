//! The typed contract between the screens and the service: what may be asked
//! ([`Backend`]), in which words ([`model`], [`operation`], [`history`]), and how it fails
//! ([`ApiError`]). The server implements the trait; the server functions in
//! [`calls`] are thin doors to it.

#[cfg(feature = "ssr")]
mod backend;
pub mod calls;
pub mod error;
pub mod history;
pub mod login;
pub mod model;
pub mod operation;
pub mod wire;

#[cfg(feature = "ssr")]
pub use backend::{Backend, BackendHandle, LoginSuccess};
pub use error::{ApiError, ErrorCode};
pub use login::LoginRefusal;
pub use wire::Wire;
