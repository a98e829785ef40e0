//! The session of a request. Every request reads it together with its card's
//! state as it is in the database now, so a freeze is immediate on every
//! instance and there is no cache that could be late.

use app::api::{ErrorCode, model::SessionView};
use card_domain::{EventAct, Role};
use jiff::SignedDuration;

use super::{Actor, RequestContext, ServiceError};
use crate::{
    http::cookie,
    storage::{EndedBy, Outcome, SessionRecord},
};

/// A session's use is written down no more often than this: a write for every
/// read would be the costliest part of a request.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(30);

impl RequestContext {
    /// The session, if it is good; `None` when there is none or it was logged out.
    pub(crate) async fn current(&self) -> Result<Option<SessionRecord>, ServiceError> {
        let Some(token) = self.request.session else {
            return Ok(None);
        };
        let Some(session) = self.service.store.session(token).await? else {
            return Ok(None);
        };
        match session.ended {
            Some((_, EndedBy::Logout)) => return Ok(None),
            Some((_, EndedBy::Card(state))) => return Err(ErrorCode::CardStopped(state).into()),
            None => {}
        }
        if !session.card_state.may_log_in() {
            return Err(ErrorCode::CardStopped(session.card_state.name()).into());
        }
        let now = self.request.now;
        let idle = now.duration_since(session.last_seen_at);
        // A clock that was set back must not bring an old session to life, so
        // the absolute end is compared as it is and idleness never negative.
        let waited_in_vain = session.locked_until.is_some_and(|until| now >= until);
        if now >= session.ends_at || idle >= self.service.config.session.idle() || waited_in_vain {
            return Err(ErrorCode::SessionEnded.into());
        }
        if idle >= TOUCH_EVERY.min(self.service.config.session.idle() / 4) {
            self.service.store.touch_session(token, now).await?;
        }
        Ok(Some(session))
    }

    /// The session that there has to be, not locked.
    pub(crate) async fn require(&self) -> Result<(Actor, Role), ServiceError> {
        let session = self.current().await?.ok_or(ErrorCode::NotLoggedIn)?;
        if session.locked_until.is_some() {
            return Err(ErrorCode::SessionLocked.into());
        }
        Ok(Self::actor(session))
    }

    /// The session, which may wait for the legal-person card: for the
    /// operation's own calls.
    pub(crate) async fn require_even_locked(&self) -> Result<(Actor, Role), ServiceError> {
        let session = self.current().await?.ok_or(ErrorCode::NotLoggedIn)?;
        Ok(Self::actor(session))
    }

    fn actor(session: SessionRecord) -> (Actor, Role) {
        let actor = Actor {
            token: session.token,
            card: session.card,
            enterprise: session.enterprise,
            enterprise_name: session.enterprise_name,
            enterprise_code: session.enterprise_code,
        };
        (actor, session.role)
    }

    /// The session of a legal person.
    pub(crate) async fn require_legal_person(&self) -> Result<Actor, ServiceError> {
        match self.require().await? {
            (actor, Role::LegalPerson) => Ok(actor),
            (_, Role::Operator) => Err(ErrorCode::NotAllowed.into()),
        }
    }

    pub(crate) async fn session_view(&self) -> Result<Option<SessionView>, ServiceError> {
        Ok(self.current().await?.map(|session| SessionView {
            role: session.role,
            enterprise_name: session.enterprise_name,
            holder_name: session.holder_name,
            card_no: session.card_no,
            ends_at: session.ends_at,
            locked_until: session.locked_until,
        }))
    }

    /// Logging out always works, also without a session: the cookie goes.
    pub(super) async fn do_logout(&self) -> Result<String, ServiceError> {
        if let Some(token) = self.request.session
            && let Some(session) = self.service.store.session(token).await?
            && session.ended.is_none()
        {
            let mut event = self.event(EventAct::Logout, Outcome::Done);
            event.enterprise = Some(session.enterprise);
            event.actor = Some(session.card);
            event.target = Some(session.card);
            self.service
                .store
                .close_session(token, self.request.now, event)
                .await?;
        }
        Ok(cookie::clear_session(self.service.is_https()))
    }
}
