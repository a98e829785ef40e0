//! The one trait for all ways to a card. The bridge is the main road; readers
//! that a page may open itself (`WebUSB`) are another. What can be wanted of a
//! card is a [`Call`], and nothing there takes raw commands.

use async_trait::async_trait;
use card_protocol::{CardError, bridge::Call};
use serde_json::Value;

/// A way to a card.
#[async_trait(?Send)]
pub trait CardWay {
    /// A good moment to look for readers again; `by_person` after a click.
    fn connect(&self, by_person: bool);

    /// Knows the bridge no more that this browser knew: a person says that there is a
    /// new one.
    fn forget(&self);

    /// Does what is called for; the answer is the one that [`Call`] names. One
    /// method for all calls: each async method more is a good kilobyte of wasm.
    ///
    /// # Errors
    ///
    /// An error of the closed list.
    async fn ask(&self, call: Call) -> Result<Value, CardError>;
}
