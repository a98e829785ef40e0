//! How long a session goes on, and what puts its end off or brings it near: somebody who
//! is there, and a card that is not.

use app::api::{ErrorCode, model::SessionTime};

use crate::{context::RequestContext, service::ServiceError};

/// How long the session goes on; nothing without one. It is not in use by this.
pub(crate) async fn time(ctx: &RequestContext) -> Result<Option<SessionTime>, ServiceError> {
    let session = ctx.session_as_it_is().await?;
    Ok(session.map(|session| ctx.time_of(&session)))
}

/// Somebody is there: the session is in use now.
pub(crate) async fn keep(ctx: &RequestContext) -> Result<SessionTime, ServiceError> {
    let session = ctx.session_as_it_is().await?;
    let session = ctx.touched(session.ok_or(ErrorCode::NotLoggedIn)?).await?;
    Ok(ctx.time_of(&session))
}

/// The card that logged in was taken out: the session is locked until it comes back, or
/// ends. Who has the session may always have it locked, so the page is believed.
pub(crate) async fn lock(
    ctx: &RequestContext,
    at_terminal: bool,
) -> Result<SessionTime, ServiceError> {
    let now = ctx.request.now;
    let session = ctx.session_as_it_is().await?;
    let session = session.ok_or(ErrorCode::NotLoggedIn)?;
    let until = now + ctx.service.config.session.card_out(at_terminal);
    let store = &ctx.service.store;
    if session.locked_until.is_none() && !store.lock_session(session.token, until).await? {
        tracing::debug!("a session was locked twice at once");
    }
    let session = ctx.session_as_it_is().await?;
    let session = session.ok_or(ErrorCode::NotLoggedIn)?;
    Ok(ctx.time_of(&session))
}
