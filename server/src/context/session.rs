//! The session of a request. Every request reads it together with its card's
//! state as it is in the database now, so a freeze is immediate on every
//! instance and there is no cache that could be late.

use app::api::{
    ErrorCode,
    model::{SessionEnd, SessionTime},
};
use card_domain::Role;
use jiff::{SignedDuration, Timestamp};

use super::{Actor, RequestContext};
use crate::{
    bearer::Rights,
    clock::is_to_come,
    service::ServiceError,
    storage::{EndedBy, SessionRecord},
};

/// A session's use is written down no more often than this: a write for every
/// read would be the costliest part of a request.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(30);

impl RequestContext {
    /// The session, if it is good; `None` when there is none or it was logged out. It is
    /// in use by this, if a person asks.
    pub(crate) async fn session(&self) -> Result<Option<SessionRecord>, ServiceError> {
        let Some(session) = self.session_as_it_is().await? else {
            return Ok(None);
        };
        let now = self.request.now;
        let idle = now.duration_since(session.last_seen_at);
        if self.request.is_by_person && idle >= TOUCH_EVERY.min(self.longest_idle() / 4) {
            return self.touched(session).await.map(Some);
        }
        Ok(Some(session))
    }

    /// The session, which is in use now.
    pub(crate) async fn touched(
        &self,
        session: SessionRecord,
    ) -> Result<SessionRecord, ServiceError> {
        let now = self.request.now;
        self.service.store.touch_session(session.token, now).await?;
        Ok(SessionRecord {
            last_seen_at: now,
            ..session
        })
    }

    /// How long a session may be idle.
    fn longest_idle(&self) -> SignedDuration {
        let at_terminal = self.request.is_terminal;
        self.service.config.session.idle(at_terminal)
    }

    /// When a session is over if nobody does anything, and why.
    fn nearest_end(&self, session: &SessionRecord) -> (Timestamp, SessionEnd) {
        let idle = (session.last_seen_at + self.longest_idle(), SessionEnd::Idle);
        let whole = (session.ends_at, SessionEnd::Whole);
        let card = session
            .locked_until
            .map(|until| (until, SessionEnd::CardOut));
        // Of two at the same time, the one that can't be put off.
        [Some(whole), card, Some(idle)]
            .into_iter()
            .flatten()
            .min_by_key(|(until, _)| *until)
            .unwrap_or(whole)
    }

    /// The same in seconds from this request on.
    pub(crate) fn time_of(&self, session: &SessionRecord) -> SessionTime {
        self.until(self.nearest_end(session), session.locked_until.is_some())
    }

    /// The same of one that this request opens.
    pub(crate) fn time_of_new(&self, ends_at: Timestamp) -> SessionTime {
        let idle_at = self.request.now + self.longest_idle();
        let end = if ends_at <= idle_at {
            (ends_at, SessionEnd::Whole)
        } else {
            (idle_at, SessionEnd::Idle)
        };
        self.until(end, false)
    }

    fn until(&self, (until, end): (Timestamp, SessionEnd), is_locked: bool) -> SessionTime {
        let left = until.duration_since(self.request.now);
        // Begun ones count: a page that waits so long finds it over.
        let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
        SessionTime {
            // Less than none is none.
            seconds: u32::try_from(seconds).unwrap_or_default(),
            end,
            is_locked,
        }
    }

    /// The same, and nobody uses it by this: for what a page asks by itself.
    pub(crate) async fn session_as_it_is(&self) -> Result<Option<SessionRecord>, ServiceError> {
        let Some(session) = self.shown_session().await? else {
            return Ok(None);
        };
        // What is listed and counted for it is as it is now.
        Box::pin(self.service.end_freezes(self.request.now)).await?;
        let token = session.token;
        match session.ended {
            Some((_, EndedBy::Logout)) => return Ok(None),
            Some((_, EndedBy::Time)) => return Err(ErrorCode::SessionEnded.into()),
            Some((_, EndedBy::Card(state))) => return Err(ErrorCode::CardStopped(state).into()),
            None => {}
        }
        let now = self.request.now;
        let state = session.card_state.at(now);
        if !state.may_log_in() {
            return Err(ErrorCode::CardStopped(state.name()).into());
        }
        let (until, _) = self.nearest_end(&session);
        if now >= until || is_to_come(session.last_seen_at, now) {
            // In its row, so that a clock that is put back gives it no second life.
            self.service.store.end_session(token, now).await?;
            return Err(ErrorCode::SessionEnded.into());
        }
        Ok(Some(session))
    }

    /// The session whose token the request shows, in whatever state. Its row says
    /// what the token was made for, or it is none of ours.
    pub(crate) async fn shown_session(&self) -> Result<Option<SessionRecord>, ServiceError> {
        let Some(bearer) = &self.request.session else {
            return Ok(None);
        };
        let found = self.service.store.session(bearer.hash()).await?;
        let Some(session) = found else {
            return Ok(None);
        };
        let life = [session.created_at, session.ends_at];
        let rights = Rights::of_session(session.card, session.enterprise, session.role, life);
        if bearer.has(&self.service.keys.master, &rights)? {
            return Ok(Some(session));
        }
        self.service.metrics.unexplained();
        tracing::error!(card = %session.card, "the row of a session is not what a server wrote");
        Ok(None)
    }

    /// Who asks: the session that there has to be, not locked.
    pub(crate) async fn actor(&self) -> Result<(Actor, Role), ServiceError> {
        let session = self.session().await?.ok_or(ErrorCode::NotLoggedIn)?;
        if session.locked_until.is_some() {
            return Err(ErrorCode::SessionLocked.into());
        }
        Ok(Actor::of(session))
    }

    /// Whether the legal person's session is good still, for what goes on without anybody
    /// at the keyboard: it is not in use by this.
    pub(crate) async fn is_still_legal_person(&self) -> Result<(), ServiceError> {
        let session = self.session_as_it_is().await?;
        let session = session.ok_or(ErrorCode::NotLoggedIn)?;
        if session.locked_until.is_some() {
            return Err(ErrorCode::SessionLocked.into());
        }
        match session.role {
            Role::LegalPerson => Ok(()),
            Role::Operator => Err(ErrorCode::NotAllowed.into()),
        }
    }

    /// Who asks, in a session that may wait for the legal-person card: for the
    /// operation's own calls.
    pub(crate) async fn require_even_locked(&self) -> Result<(Actor, Role), ServiceError> {
        let session = self.session().await?.ok_or(ErrorCode::NotLoggedIn)?;
        Ok(Actor::of(session))
    }

    /// Who asks, and is a legal person.
    pub(crate) async fn require_legal_person(&self) -> Result<Actor, ServiceError> {
        match self.actor().await? {
            (actor, Role::LegalPerson) => Ok(actor),
            (_, Role::Operator) => Err(ErrorCode::NotAllowed.into()),
        }
    }

    /// The session was good when the request began and is not any more.
    pub(crate) async fn why_session_ended(&self) -> ServiceError {
        match self.require_legal_person().await {
            Ok(_) => ErrorCode::SessionEnded.into(),
            Err(error) => error,
        }
    }
}

impl Actor {
    fn of(session: SessionRecord) -> (Self, Role) {
        let actor = Self {
            token: session.token,
            card: session.card,
            enterprise: session.enterprise,
            enterprise_name: session.enterprise_name,
            enterprise_code: session.enterprise_code,
        };
        (actor, session.role)
    }
}
