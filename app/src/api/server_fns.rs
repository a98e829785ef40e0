//! The endpoints as server functions: one for each method of `Backend`, all
//! POST, all JSON. No logic lives here.
#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's parameters"
)]

use std::sync::Arc;

use card_domain::{Action, CardId, Cause};
use card_protocol::{
    bridge::Identity,
    grant::SignedGrant,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use leptos::prelude::*;
use uuid::Uuid;

use super::{
    ApiError, Backend, BackendHandle, ErrorCode,
    endpoints::endpoints,
    history::{EventDetail, HistoryPage, HistoryQuery, Receipt, Revealed},
    many::{ActsDone, ActsProposal},
    model::{self, ActDone, CardDetail, CardPage, CardQuery, Proposal, SessionView},
    needs::Needs,
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
    wire::PostJson,
};

/// A call of the contract, as the server knows it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub path: &'static str,
    /// The keys that its JSON body may have.
    pub keys: &'static [&'static str],
}

/// The server functions, and the list of them.
macro_rules! server_functions {
    ($(
        $(#[doc = $doc:literal])+
        $path:literal $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;
    )*) => {
        $(
            $(#[doc = $doc])+
            ///
            /// # Errors
            ///
            /// What the service says.
            #[server(prefix = "", endpoint = $path, input = PostJson, output = PostJson)]
            pub async fn $name($($argument: $kind),*) -> Result<$answer, ApiError> {
                backend()?.$name($($argument),*).await
            }
        )*

        /// Every endpoint.
        pub const ENDPOINTS: &[Endpoint] = &[
            $(Endpoint { path: $path, keys: &[$(stringify!($argument)),*] },)*
        ];
    };
}

endpoints!(server_functions);

fn backend() -> Result<Arc<dyn Backend>, ApiError> {
    use_context::<BackendHandle>()
        .map(|handle| handle.0)
        .ok_or_else(|| ApiError::new(ErrorCode::Internal, String::new()))
}
