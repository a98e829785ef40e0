//! The endpoints as the browser's islands call them: the same functions as the
//! server's, over one POST for all. The ones that server functions make by
//! themselves repeat the whole way for each function, some 25 kB of wasm. What
//! only pages ask, which the server renders, is here too, and not in the wasm:
//! nothing calls it.

use card_domain::{Action, CardId, Cause};
use card_protocol::{
    bridge::Identity,
    grant::SignedGrant,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use super::{
    ApiError, ErrorCode,
    endpoints::endpoints,
    history::{EventDetail, HistoryPage, HistoryQuery, Receipt, Revealed},
    many::{ActsDone, ActsProposal},
    model::{self, ActDone, CardDetail, CardPage, CardQuery, Proposal, SessionView},
    needs::Needs,
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
};

/// The functions.
macro_rules! client_functions {
    ($(
        $(#[doc = $doc:literal])+
        $path:literal $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;
    )*) => {
        $(
            $(#[doc = $doc])+
            ///
            /// # Errors
            ///
            /// What the service says; [`ErrorCode::Network`] when it can't be reached.
            pub async fn $name($($argument: $kind),*) -> Result<$answer, ApiError> {
                #[derive(Serialize)]
                struct Body {
                    $($argument: $kind),*
                }
                let body = serde_json::to_string(&Body { $($argument),* });
                read(post($path, body).await)
            }
        )*
    };
}

endpoints!(client_functions);

/// `bridge_grant` for whoever only wants the grant: every page does, and what errors
/// are read with is no part of what every page loads.
#[cfg(feature = "hydrate")]
pub async fn granted(nonce: String) -> Option<SignedGrant> {
    #[derive(Serialize)]
    struct Body {
        nonce: String,
    }
    let body = serde_json::to_string(&Body { nonce });
    let (is_good, value) = post("/api/bridge/grant", body).await.ok()?;
    is_good.then(|| serde_json::from_value(value).ok())?
}

/// The service could not be reached, or answered what nobody understands.
fn unreachable() -> ApiError {
    ApiError::new(ErrorCode::Network, String::new())
}

/// The answer in its own type, or the error that it is.
fn read<T: DeserializeOwned>(answer: Result<(bool, Value), ApiError>) -> Result<T, ApiError> {
    let (is_good, value) = answer?;
    if is_good {
        return serde_json::from_value(value).map_err(|_unreadable| unreachable());
    }
    Err(serde_json::from_value(value).unwrap_or_else(|_unreadable| unreachable()))
}

/// Sends JSON, and gives whether the answer's status is good, and the answer.
#[cfg(feature = "hydrate")]
async fn post(path: &str, body: serde_json::Result<String>) -> Result<(bool, Value), ApiError> {
    let text = send(path, body).await.ok_or_else(unreachable)?;
    let (is_good, text) = text;
    serde_json::from_str(&text)
        .map(|value| (is_good, value))
        .map_err(|_unreadable| unreachable())
}

/// The browser's part of it; what it says of a failure helps nobody.
#[cfg(feature = "hydrate")]
async fn send(path: &str, body: serde_json::Result<String>) -> Option<(bool, String)> {
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Headers, RequestInit, Response};

    let headers = Headers::new().ok()?;
    headers.set("content-type", "application/json").ok()?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&JsValue::from(body.ok()?));
    let sent = leptos::prelude::window().fetch_with_str_and_init(path, &request);
    let response: Response = JsFuture::from(sent).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    Some((response.ok(), text.as_string()?))
}

/// Outside of a browser there is no way to the service.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's half waits")]
async fn post(_path: &str, _body: serde_json::Result<String>) -> Result<(bool, Value), ApiError> {
    Err(unreachable())
}
