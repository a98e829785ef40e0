//! The doors from the browser to the service: one server function for each
//! method of `Backend`, all POST, all JSON. No logic lives here.
#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's parameters"
)]

use card_domain::{Action, CardId};
use card_protocol::{
    bridge::Identity,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use leptos::prelude::*;

use super::{
    ApiError,
    history::{EventDetail, HistoryPage, HistoryQuery, Revealed},
    model::{
        ActDone, CardDetail, CardPage, CardQuery, Challenge as LoginChallenge, Proposal,
        SessionView,
    },
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
    wire::PostJson,
};
use uuid::Uuid;

fn backend() -> Result<std::sync::Arc<dyn super::Backend>, ApiError> {
    use_context::<super::BackendHandle>()
        .map(|handle| handle.0)
        .ok_or_else(|| ApiError::new(super::ErrorCode::Internal, String::new()))
}

fn set_cookie(cookie: &str) -> Result<(), ApiError> {
    use leptos_axum::ResponseOptions;
    let internal = || ApiError::new(super::ErrorCode::Internal, String::new());
    let value = cookie.parse().map_err(|_invalid| internal())?;
    let response = use_context::<ResponseOptions>().ok_or_else(internal)?;
    response.append_header(http::header::SET_COOKIE, value);
    Ok(())
}

/// See `Backend::challenge`.
#[server(prefix = "/api", endpoint = "challenge", input = PostJson, output = PostJson)]
pub async fn challenge() -> Result<LoginChallenge, ApiError> {
    backend()?.challenge().await
}

/// See `Backend::login`. Sets the session cookie.
#[server(prefix = "/api", endpoint = "login", input = PostJson, output = PostJson)]
pub async fn login(token: AuthToken) -> Result<SessionView, ApiError> {
    let success = backend()?.login(token).await?;
    set_cookie(&success.set_cookie)?;
    Ok(success.session)
}

/// See `Backend::logout`. Removes the session cookie.
#[server(prefix = "/api", endpoint = "logout", input = PostJson, output = PostJson)]
pub async fn logout() -> Result<(), ApiError> {
    set_cookie(&backend()?.logout().await?)
}

/// See `Backend::session`.
#[server(prefix = "/api", endpoint = "session", input = PostJson, output = PostJson)]
pub async fn session() -> Result<Option<SessionView>, ApiError> {
    backend()?.session().await
}

/// See `Backend::list_cards`.
#[server(prefix = "/api", endpoint = "cards/list", input = PostJson, output = PostJson)]
pub async fn list_cards(query: CardQuery) -> Result<CardPage, ApiError> {
    backend()?.list_cards(query).await
}

/// See `Backend::card`.
#[server(prefix = "/api", endpoint = "cards/detail", input = PostJson, output = PostJson)]
pub async fn card(card: CardId) -> Result<CardDetail, ApiError> {
    backend()?.card(card).await
}

/// See `Backend::own_card`.
#[server(prefix = "/api", endpoint = "cards/own", input = PostJson, output = PostJson)]
pub async fn own_card() -> Result<CardDetail, ApiError> {
    backend()?.own_card().await
}

/// See `Backend::id_number_token`.
#[server(prefix = "/api", endpoint = "cards/id-token", input = PostJson, output = PostJson)]
pub async fn id_number_token(id_number: String) -> Result<String, ApiError> {
    backend()?.id_number_token(id_number).await
}

/// See `Backend::propose_act`.
#[server(prefix = "/api", endpoint = "acts/propose", input = PostJson, output = PostJson)]
pub async fn propose_act(card: CardId, action: Action) -> Result<Proposal, ApiError> {
    backend()?.propose_act(card, action).await
}

/// See `Backend::commit_act`.
#[server(prefix = "/api", endpoint = "acts/commit", input = PostJson, output = PostJson)]
pub async fn commit_act(
    statement: Statement,
    signature: StatementSignature,
) -> Result<ActDone, ApiError> {
    backend()?.commit_act(statement, signature).await
}

/// See `Backend::propose_operations`.
#[server(prefix = "/api", endpoint = "operations/propose", input = PostJson, output = PostJson)]
pub async fn propose_operations(
    cards: Vec<CardId>,
    action: Action,
) -> Result<OperationProposal, ApiError> {
    backend()?.propose_operations(cards, action).await
}

/// See `Backend::commit_operations`.
#[server(prefix = "/api", endpoint = "operations/commit", input = PostJson, output = PostJson)]
pub async fn commit_operations(
    statement: Statement,
    signature: StatementSignature,
    second_reader: bool,
) -> Result<OperationTicket, ApiError> {
    backend()?
        .commit_operations(statement, signature, second_reader)
        .await
}

/// See `Backend::operation_next`.
#[server(prefix = "/api", endpoint = "operations/next", input = PostJson, output = PostJson)]
pub async fn operation_next(
    ticket: String,
    report: CardReport,
) -> Result<OperationReply, ApiError> {
    backend()?.operation_next(ticket, report).await
}

/// See `Backend::cancel_operations`.
#[server(prefix = "/api", endpoint = "operations/cancel", input = PostJson, output = PostJson)]
pub async fn cancel_operations(ticket: String) -> Result<Operations, ApiError> {
    backend()?.cancel_operations(ticket).await
}

/// See `Backend::open_operations`.
#[server(prefix = "/api", endpoint = "operations/open", input = PostJson, output = PostJson)]
pub async fn open_operations() -> Result<Vec<Operations>, ApiError> {
    backend()?.open_operations().await
}

/// See `Backend::resume_operations`.
#[server(prefix = "/api", endpoint = "operations/resume", input = PostJson, output = PostJson)]
pub async fn resume_operations(
    batch: Uuid,
    second_reader: bool,
) -> Result<OperationTicket, ApiError> {
    backend()?.resume_operations(batch, second_reader).await
}

/// See `Backend::unlock_session`.
#[server(prefix = "/api", endpoint = "session/unlock", input = PostJson, output = PostJson)]
pub async fn unlock_session(token: AuthToken) -> Result<SessionView, ApiError> {
    backend()?.unlock_session(token).await
}

/// See `Backend::card_seen`.
#[server(prefix = "/api", endpoint = "insertions/seen", input = PostJson, output = PostJson)]
pub async fn card_seen(identity: Identity) -> Result<SeenReply, ApiError> {
    backend()?.card_seen(identity).await
}

/// See `Backend::heal_next`.
#[server(prefix = "/api", endpoint = "insertions/heal", input = PostJson, output = PostJson)]
pub async fn heal_next(token: String, report: CardReport) -> Result<SeenReply, ApiError> {
    backend()?.heal_next(token, report).await
}

/// See `Backend::history`.
#[server(prefix = "/api", endpoint = "history/list", input = PostJson, output = PostJson)]
pub async fn history(query: HistoryQuery) -> Result<HistoryPage, ApiError> {
    backend()?.history(query).await
}

/// See `Backend::event`.
#[server(prefix = "/api", endpoint = "history/event", input = PostJson, output = PostJson)]
pub async fn event(seq: i64) -> Result<EventDetail, ApiError> {
    backend()?.event(seq).await
}

/// See `Backend::reveal_id_number`.
#[server(prefix = "/api", endpoint = "cards/reveal", input = PostJson, output = PostJson)]
pub async fn reveal_id_number(card: CardId) -> Result<Revealed, ApiError> {
    backend()?.reveal_id_number(card).await
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::axum::server_fn_paths;

    use crate::api::client::PATHS;

    #[test]
    fn what_islands_call_is_there() {
        let served: Vec<_> = server_fn_paths().map(|(path, _)| path).collect();
        for path in PATHS {
            assert!(served.contains(path), "{path}");
        }
    }
}
