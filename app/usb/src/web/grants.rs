//! Grants by a function of the page's.

use async_trait::async_trait;
use card_protocol::{CardError, error::GrantRefusal, grant::SignedGrant};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::platform::GrantSource;

/// `(nonce: string) => Promise<string>`, of a grant in JSON. What it rejects with is an
/// error of the closed list in JSON, or anything.
pub(super) struct PageGrantSource(pub(super) Function);

const MISSING: CardError = CardError::NotGranted {
    reason: GrantRefusal::Missing,
};

#[async_trait(?Send)]
impl GrantSource for PageGrantSource {
    async fn fetch_grant(&self, nonce: String) -> Result<SignedGrant, CardError> {
        let asked = self.0.call1(&JsValue::UNDEFINED, &nonce.into());
        let promise: Promise = asked
            .and_then(JsCast::dyn_into)
            .map_err(|_thrown| MISSING)?;
        match JsFuture::from(promise).await {
            Ok(grant) => {
                let text = grant.as_string().ok_or(CardError::BadRequest)?;
                serde_json::from_str(&text).map_err(|_no_grant| CardError::BadRequest)
            }
            Err(reason) => {
                let reason = reason.as_string().unwrap_or_default();
                Err(serde_json::from_str(&reason).unwrap_or(MISSING))
            }
        }
    }
}
