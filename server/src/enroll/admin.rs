//! The administrator's token: who may make cards. A refusal is an event, as
//! that of a login is, and as limited: one address can't fill the log.

use app::api::ErrorCode;
use card_domain::{EnterpriseId, EventAct, Reason};
use jiff::Timestamp;
use thiserror::Error;

use super::EnrollError;
use crate::{
    bearer::{Bearer, Rights},
    clock::is_to_come,
    context::RequestContext,
    metrics::Rated,
    service::ServiceError,
    storage::{AdminToken, TokenHash},
};

/// Why a token is not accepted. The text is the event's; on the wire all are
/// the same.
#[derive(Debug, Error)]
enum TokenRefusal {
    #[error("no administrator's token")]
    Missing,
    #[error("unknown administrator's token")]
    Unknown,
    /// With what its maker noted.
    #[error("expired administrator's token: {0}")]
    Expired(String),
}

/// Checks an administrator's token.
pub(crate) async fn require_admin(
    ctx: &RequestContext,
    token: Option<&str>,
) -> Result<AdminToken, EnrollError> {
    let master = &ctx.service.keys.master;
    let known = match token {
        Some(token) => {
            let bearer = Bearer::shown(token);
            let known = ctx.service.store.admin_token(bearer.hash()).await?;
            let known = match known {
                Some(known) if bearer.has(master, &rights(&known))? => Some(known),
                _ => None,
            };
            known.ok_or(TokenRefusal::Unknown)
        }
        None => Err(TokenRefusal::Missing),
    };
    let (refusal, expired) = match known {
        Ok(known) if !is_over(&known, ctx.request.now) => return Ok(known),
        Ok(known) => (TokenRefusal::Expired(known.note), Some(known.hash)),
        Err(refusal) => (refusal, None),
    };
    record_refused_token(ctx, &refusal, expired).await?;
    Err(ErrorCode::NotLoggedIn.into())
}

/// Whether a token's time is over, or was made under a clock that ran ahead.
fn is_over(token: &AdminToken, now: Timestamp) -> bool {
    now > token.expires_at || is_to_come(token.created_at, now)
}

/// The body is not read for somebody without a token: the event names no
/// enterprise. A token that has expired is taken away, so that a clock that is put
/// back gives it no second life.
async fn record_refused_token(
    ctx: &RequestContext,
    refusal: &TokenRefusal,
    expired: Option<TokenHash>,
) -> Result<(), ServiceError> {
    let words = refusal.to_string();
    let event = ctx.refused(EventAct::Enrol, Reason::AdminToken, words)?;
    let store = &ctx.service.store;
    // That is done once, however often somebody asks.
    if let Some(hash) = expired
        && store.take_admin_token(hash, event.clone()).await?
    {
        return Ok(());
    }
    ctx.limit(Rated::Enrol)?;
    store.record_event(event).await?;
    Ok(())
}

/// Whether a token is good for the cards of this enterprise.
pub(super) fn makes_cards_of(token: &AdminToken, enterprise: EnterpriseId) -> bool {
    token.enterprise.is_none_or(|only| only == enterprise)
}

/// What a row says that its token may do.
fn rights(row: &AdminToken) -> Rights {
    Rights::of_admin_token(&row.note, [row.created_at, row.expires_at], row.enterprise)
}
