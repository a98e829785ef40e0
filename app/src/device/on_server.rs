//! The handle where pages are rendered: there is no way to a card.

use card_protocol::{CardError, bridge::Call};
use serde_json::Value;

use super::Device;

impl Device {
    #[expect(
        clippy::unused_self,
        reason = "the browser's half of the handle uses it"
    )]
    pub(super) const fn wanted(self, _by_person: bool) {}

    #[expect(
        clippy::unused_self,
        reason = "the browser's half of the handle uses it"
    )]
    pub(super) const fn forgets(self) {}

    #[expect(
        clippy::unused_self,
        reason = "the browser's half of the handle uses it"
    )]
    pub(super) fn read_anew(self, _reader: String, _insertion: u64) {}

    #[expect(
        clippy::unused_async,
        reason = "the browser's half of the handle uses it"
    )]
    pub(super) async fn chooses_key(self) {}

    #[expect(
        clippy::unused_async,
        reason = "the browser's half of the handle uses it"
    )]
    pub(super) async fn describes_usb(self) -> Option<String> {
        None
    }

    /// On the server there is no way to a card.
    #[expect(
        clippy::unused_async,
        reason = "the browser's half of the handle uses it"
    )]
    pub(super) async fn ask(self, _call: Call) -> Result<Value, CardError> {
        Err(CardError::BridgeNotRunning)
    }
}
