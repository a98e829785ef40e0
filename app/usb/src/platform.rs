//! What the page gives besides devices: time, a place where programs are noted, and the
//! grants of its server.

use std::time::Duration;

use async_trait::async_trait;
use card_operations::moment::Moment;
use card_protocol::{CardError, grant::SignedGrant};

/// Time. Nothing in this crate reads it by itself.
#[async_trait(?Send)]
pub trait Clock {
    /// When it is, by both clocks.
    fn now(&self) -> Moment;

    /// Waits.
    async fn sleep(&self, time: Duration);
}

/// The browser's storage could not be read or written: it is full, or the person, or a
/// policy, keeps pages from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the browser's storage is not to be had")]
pub struct NotebookError;

/// One text that outlives the page, shared by all pages of the origin.
pub trait Notebook {
    /// What stands in it; nothing at first.
    ///
    /// # Errors
    /// [`NotebookError`]
    fn read(&self) -> Result<String, NotebookError>;

    /// Replaces it.
    ///
    /// # Errors
    /// [`NotebookError`]
    fn write(&self, text: &str) -> Result<(), NotebookError>;
}

/// Where grants come from.
#[async_trait(?Send)]
pub trait GrantSource {
    /// Has the server sign a grant over this nonce, for the session that the page has now.
    ///
    /// # Errors
    /// Why there is none.
    async fn fetch_grant(&self, nonce: String) -> Result<SignedGrant, CardError>;
}
