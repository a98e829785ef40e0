//! 延期 and 解锁: the engine follows; nobody may begin one yet.

use app::api::{
    ErrorCode,
    model::SessionView,
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
};
use card_domain::{Action, CardId};
use card_protocol::{
    bridge::Identity,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use uuid::Uuid;

use super::{RequestBackend, ServiceError};

macro_rules! not_yet {
    ($($name:ident($($type:ty),*) -> $output:ty;)*) => {
        impl RequestBackend {
            $(pub(super) async fn $name(&self, $(_: $type),*) -> Result<$output, ServiceError> {
                self.require_legal_person().await?;
                Err(ErrorCode::NotAllowed.into())
            })*
        }
    };
}

not_yet! {
    propose_on_cards(Vec<CardId>, Action) -> OperationProposal;
    commit_on_cards(Statement, StatementSignature, bool) -> OperationTicket;
    go_on_with_ticket(&str, CardReport) -> OperationReply;
    cancel_with_ticket(&str) -> Operations;
    unfinished_operations() -> Vec<Operations>;
    resume_batch(Uuid, bool) -> OperationTicket;
    do_unlock_session(AuthToken) -> SessionView;
    insertion(Identity) -> SeenReply;
    go_on_healing(Uuid, CardReport) -> SeenReply;
}
