//! The driver of keys that this page opens itself, which most pages never need: it is
//! loaded by itself, when there is a key.
#![expect(
    clippy::unnecessary_wraps,
    reason = "what wasm_split loads may fail to load"
)]

use std::rc::Rc;

use async_trait::async_trait;
use card_protocol::{CardError, bridge::Call, error::GrantRefusal, grant::SignedGrant};
use card_usb::{
    platform::GrantSource,
    web::{Chooser, PageSettings, UsbCards, UsbView},
};
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use serde_json::Value;

use crate::api::calls;

/// The cards in the keys, behind a table of functions: who calls them does not have their
/// code loaded.
#[async_trait(?Send)]
pub(super) trait LoadedUsb {
    /// Takes every device that the page may use.
    async fn look(&self);

    /// Does what is called for, as the bridge does.
    async fn ask(&self, call: Call) -> Result<Value, CardError>;

    /// Lets go of all cards and gives the devices back.
    async fn close(&self);
}

/// Loads it, for pages of this origin whose server has this key (base64). `None` for what
/// is no key.
#[wasm_split(usb, wasm_split_path = ::leptos::wasm_split, fallible)]
pub(super) fn load(
    chooser: Chooser,
    origin: String,
    key: String,
    changed: Box<dyn Fn(UsbView)>,
) -> Result<Option<Rc<dyn LoadedUsb>>, SplitLoaderError> {
    let Ok(key) = key.parse() else {
        return Ok(None);
    };
    let settings = PageSettings { origin, key };
    let cards = UsbCards::new(chooser, settings, Box::new(GrantsOfServer), changed);
    Ok(Some(Rc::new(cards)))
}

#[async_trait(?Send)]
impl LoadedUsb for UsbCards {
    async fn look(&self) {
        Self::look(self).await;
    }

    async fn ask(&self, call: Call) -> Result<Value, CardError> {
        Self::ask(self, call).await
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

/// The grants of this page's server.
struct GrantsOfServer;

#[async_trait(?Send)]
impl GrantSource for GrantsOfServer {
    async fn fetch_grant(&self, nonce: String) -> Result<SignedGrant, CardError> {
        let reason = GrantRefusal::Missing;
        let grant = calls::granted(nonce).await;
        grant.ok_or(CardError::NotGranted { reason })
    }
}
