//! The login: every check has its own refusal. What was refused before the
//! card's key was proven is counted; what was refused after it is an event that
//! names the card.

use app::api::{ErrorCode, model::SessionView};
use card_domain::{EventAct, EventOutcome, LoginRefusal};
use card_protocol::token::AuthToken;

use super::{
    admission::{Admitted, CertificateOnCard, NotAdmitted, admit, refusal_of_state},
    possession::prove,
};
use crate::{
    bearer::{Bearer, Rights},
    context::RequestContext,
    metrics::LoginOutcome,
    metrics::Rated,
    service::ServiceError,
    storage::{CardRecord, NewEvent, NewSession, SessionOpening},
};

/// A login that worked.
#[derive(Debug)]
pub(crate) struct LoggedIn {
    /// The session's token, for its cookie and nothing else.
    pub(crate) token: Bearer,
    /// Who is logged in now.
    pub(crate) session: SessionView,
}

/// Checks a login token and opens a session.
pub(crate) async fn login(
    ctx: &RequestContext,
    token: AuthToken,
) -> Result<LoggedIn, ServiceError> {
    let result = attempt(ctx, &token).await;
    ctx.service.metrics.login(outcome(&result));
    result
}

async fn attempt(ctx: &RequestContext, token: &AuthToken) -> Result<LoggedIn, ServiceError> {
    ctx.limit(Rated::Login)?;
    let proven = prove(ctx, token, EventAct::Login).await?;
    Box::pin(ctx.service.end_freezes(ctx.request.now)).await?;
    let opened = match admit(ctx, &proven).await? {
        Ok(admitted) => open(ctx, admitted).await?,
        Err(refused) => Err(refused),
    };
    match opened {
        Ok(logged_in) => Ok(logged_in),
        Err(refused) => {
            let refusal = refused.refusal;
            record(ctx, refused).await?;
            Err(refusal.into())
        }
    }
}

async fn open(
    ctx: &RequestContext,
    admitted: Admitted,
) -> Result<Result<LoggedIn, NotAdmitted>, ServiceError> {
    let card = admitted.card;
    let store = &ctx.service.store;
    let now = ctx.request.now;
    let ends_at = now + ctx.service.config.session.absolute();
    let (enterprise, role) = (admitted.enterprise, admitted.role);
    let rights = Rights::of_session(card.id, enterprise, role, [now, ends_at]);
    let bearer = Bearer::new(&ctx.service.keys.master, "", &rights)?;
    let session = NewSession {
        token: bearer.hash(),
        card: card.id,
        certificate: admitted.confirmed,
        holds_superseded: admitted.on_card == CertificateOnCard::Superseded,
        created_at: now,
        ends_at,
    };
    let event = done(ctx, &card, admitted.on_card)?;
    let refused = match store.open_session(session, event).await? {
        SessionOpening::Opened { .. } => None,
        // What was read a moment ago is not so any more.
        SessionOpening::CardIs(state) => {
            refusal_of_state(state.name()).or(Some(LoginRefusal::NotConfirmed))
        }
        SessionOpening::NotConfirmed(_) => Some(LoginRefusal::NotConfirmed),
        SessionOpening::Unknown => Some(LoginRefusal::UnknownCard),
    };
    if let Some(refusal) = refused {
        return Ok(Err(NotAdmitted {
            refusal,
            card: Some(card),
        }));
    }
    Ok(Ok(LoggedIn {
        token: bearer,
        session: SessionView {
            role,
            enterprise_name: admitted.names.enterprise.name,
            holder_name: admitted.names.holder,
            card_no: admitted.card_no,
            ends_at,
            locked_until: None,
            time: ctx.time_of_new(ends_at),
        },
    }))
}

/// The event of a login that worked.
fn done(
    ctx: &RequestContext,
    card: &CardRecord,
    on_card: CertificateOnCard,
) -> Result<NewEvent, ServiceError> {
    Ok(NewEvent {
        enterprise: Some(card.enterprise),
        actor: Some(card.id),
        target: Some(card.id),
        facts: on_card.facts(card.id)?,
        ..ctx.event(EventAct::Login, EventOutcome::Done)
    })
}

/// The event of a login that was refused after the card's key was proven.
async fn record(ctx: &RequestContext, refused: NotAdmitted) -> Result<(), ServiceError> {
    let NotAdmitted { refusal, card } = refused;
    let event = ctx.refused(EventAct::Login, refusal.into(), refusal.to_string())?;
    let event = NewEvent {
        enterprise: card.as_ref().map(|card| card.enterprise),
        target: card.map(|card| card.id),
        ..event
    };
    ctx.service.store.record_event(event).await?;
    Ok(())
}

/// How a login is counted.
const fn outcome(result: &Result<LoggedIn, ServiceError>) -> LoginOutcome {
    match result {
        Ok(_) => LoginOutcome::Done,
        Err(ServiceError::Code(ErrorCode::Login(refusal))) => LoginOutcome::Refused(*refusal),
        Err(ServiceError::Code(ErrorCode::TooMany)) => LoginOutcome::TooMany,
        Err(_) => LoginOutcome::Failed,
    }
}
