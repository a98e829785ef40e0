//! What the service can do for a screen. An implementation is bound to one
//! request: it knows the session, the client's address and the request id, so
//! no method takes an enterprise, and none can reach another one's.

use std::sync::Arc;

use async_trait::async_trait;
use card_domain::{Action, CardId, Cause};
use card_protocol::{
    bridge::Identity,
    grant::SignedGrant,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use uuid::Uuid;

use super::{
    ApiError,
    endpoints::endpoints,
    history::{EventDetail, HistoryPage, HistoryQuery, Receipt, Revealed},
    many::{ActsDone, ActsProposal},
    model::{self, ActDone, CardDetail, CardPage, CardQuery, Proposal, SessionView},
    needs::Needs,
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
};

/// The trait: a method for each endpoint.
macro_rules! backend_trait {
    ($(
        $(#[doc = $doc:literal])+
        $path:literal $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;
    )*) => {
        /// The service, bound to the request that is being served.
        #[async_trait]
        pub trait Backend: Send + Sync {
            $(
                $(#[doc = $doc])+
                async fn $name(&self, $($argument: $kind),*) -> Result<$answer, ApiError>;
            )*
        }
    };
}

endpoints!(backend_trait);

/// How a server function finds the service: the server puts one into the
/// context of every request.
#[derive(Clone)]
pub struct BackendHandle(pub Arc<dyn Backend>);
