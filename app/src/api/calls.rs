//! The doors from the browser to the service: one server function for each
//! method of `Backend`, all POST, all JSON. No logic lives here.
#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's parameters"
)]

use card_domain::{Action, CardId};
use card_protocol::{
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use leptos::prelude::*;

use super::{
    ApiError,
    model::{
        ActDone, CardDetail, CardPage, CardQuery, Challenge as LoginChallenge, Proposal,
        SessionView,
    },
    wire::PostJson,
};

#[cfg(feature = "ssr")]
fn backend() -> Result<std::sync::Arc<dyn super::Backend>, ApiError> {
    use_context::<super::BackendHandle>()
        .map(|handle| handle.0)
        .ok_or_else(|| ApiError::new(super::ErrorCode::Internal, String::new()))
}

#[cfg(feature = "ssr")]
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
