//! Logging in with a card, and what comes of it: the challenge, the token's
//! check, the session, its lock and its end.
//!
//! [`possession`] proves that a card's key answered our challenge just now and
//! that our CA issued its certificate; before that nobody is named in the
//! record. [`admission`] asks whether that card may log in.

mod admission;
mod challenge;
mod grant;
mod login;
mod possession;
mod time;
mod token;
mod unlock;

use app::api::model::SessionView;
use card_domain::{EventAct, EventOutcome};

use crate::{
    context::RequestContext,
    service::ServiceError,
    storage::{NewEvent, SessionRecord},
};

pub(crate) use self::{
    challenge::challenge,
    grant::bridge_grant,
    login::login,
    time::{keep, lock, time},
    unlock::unlock,
};

/// The longest certificate and token fields that are looked at, in characters.
const MAX_FIELD: usize = 8192;

/// Who is logged in, if anybody.
pub(crate) async fn session(ctx: &RequestContext) -> Result<Option<SessionView>, ServiceError> {
    Ok(ctx.session().await?.map(|session| view(ctx, session)))
}

/// Ends the session. Always works, also without one.
pub(crate) async fn logout(ctx: &RequestContext) -> Result<(), ServiceError> {
    if let Some(session) = ctx.shown_session().await?
        && session.ended.is_none()
    {
        let event = NewEvent {
            enterprise: Some(session.enterprise),
            actor: Some(session.card),
            target: Some(session.card),
            ..ctx.event(EventAct::Logout, EventOutcome::Done)
        };
        let (store, now) = (&ctx.service.store, ctx.request.now);
        store.close_session(session.token, now, event).await?;
    }
    Ok(())
}

fn view(ctx: &RequestContext, session: SessionRecord) -> SessionView {
    SessionView {
        time: ctx.time_of(&session),
        role: session.role,
        enterprise_name: session.enterprise_name,
        holder_name: session.holder_name,
        card_no: session.card_no,
        ends_at: session.ends_at,
        locked_until: session.locked_until,
    }
}
