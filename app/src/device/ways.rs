//! Both ways to a card behind the one trait: what is asked of a reader goes the way that
//! has it.

use async_trait::async_trait;
use card_protocol::{CardError, bridge::Call};
use futures_util::future::join;
use serde_json::Value;

use super::{both::is_key, bridge::Bridge, usb::Usb, way::CardWay};

/// The bridge, and the keys that this page opens itself, if the browser opens any.
pub(super) struct Ways {
    pub(super) bridge: Bridge,
    pub(super) usb: Option<Usb>,
}

#[async_trait(?Send)]
impl CardWay for Ways {
    fn connect(&self, by_person: bool) {
        self.bridge.connect(by_person);
        if let Some(usb) = &self.usb {
            usb.look();
        }
    }

    fn forget(&self) {
        self.bridge.forget();
    }

    async fn ask(&self, call: Call) -> Result<Value, CardError> {
        let Some(usb) = &self.usb else {
            return self.bridge.ask(call).await;
        };
        match &call {
            Call::Release {} if usb.is_loaded() => {
                let (by_key, by_bridge) =
                    join(usb.ask(Call::Release {}), self.bridge.ask(call)).await;
                both(by_key, by_bridge)
            }
            Call::Cancel {} if usb.is_loaded() => {
                let (by_key, by_bridge) =
                    join(usb.ask(Call::Cancel {}), self.bridge.ask(call)).await;
                both(by_key, by_bridge)
            }
            _ if call.reader().is_some_and(is_key) => usb.ask(call).await,
            _ => self.bridge.ask(call).await,
        }
    }
}

/// What came of a call that is for all readers, wherever they are.
fn both(
    by_key: Result<Value, CardError>,
    by_bridge: Result<Value, CardError>,
) -> Result<Value, CardError> {
    // A bridge that is not there holds no card.
    if by_bridge == Err(CardError::BridgeNotRunning) {
        return by_key;
    }
    by_key.and(by_bridge)
}
