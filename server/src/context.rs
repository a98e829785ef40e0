//! What a use case is given: the service, and what is known about the request
//! that is being served. Nothing here knows HTTP, and no use case an address
//! or a cookie; whatever is done begins from the session of the request and its
//! enterprise.

mod explained;
mod session;

use std::sync::Arc;

use app::api::ErrorCode;
use card_domain::{CardId, ClientInfo, EnterpriseId, EventAct, EventOutcome, Reason};
use event_log::EventFacts;
use jiff::Timestamp;

use crate::{
    audit::check::Checker,
    bearer::Bearer,
    client::Client,
    metrics::Rated,
    service::{Service, ServiceError},
    storage::{NewEvent, TokenHash},
};

pub(crate) use explained::identity_difference;

/// What is known about a request before anything is done.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    /// The session's token in its cookie, if there is one.
    pub(crate) session: Option<Bearer>,
    /// The login nonces that this browser was given, the newest first.
    pub(crate) challenges: Vec<String>,
    /// From where it came.
    pub(crate) client: ClientInfo,
    /// As which client limits count it.
    pub(crate) counted: Client,
    /// Which of our origins a POST came from.
    pub(crate) origin: Option<String>,
    /// Whether it came over TLS: cookies are for TLS only then.
    pub(crate) https: bool,
    /// Whether the browser is a terminal in a hall.
    pub(crate) is_terminal: bool,
    /// Whether a person asks, as far as a browser says: what its pages ask by themselves
    /// puts no session's end off.
    pub(crate) is_by_person: bool,
    /// When it came: the time of everything that is done for it.
    pub(crate) now: Timestamp,
}

/// The service, bound to one request.
#[derive(Clone)]
pub(crate) struct RequestContext {
    pub(crate) service: Arc<Service>,
    pub(crate) request: RequestInfo,
}

/// Who asks, once the session was found good.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) token: TokenHash,
    pub(crate) card: CardId,
    pub(crate) enterprise: EnterpriseId,
    pub(crate) enterprise_name: String,
    pub(crate) enterprise_code: String,
}

impl RequestContext {
    pub(crate) const fn new(service: Arc<Service>, request: RequestInfo) -> Self {
        Self { service, request }
    }

    /// What checks the events that this request shows.
    pub(crate) async fn checker(&self) -> Result<Checker<'_>, ServiceError> {
        let service = &self.service;
        let public = service.keys.audit.public();
        let (store, anchors) = (service.store.as_ref(), &service.keys.anchors);
        let checker = Checker::new(store, &public.log, anchors, self.request.now).await?;
        Ok(checker.with(&service.tiles))
    }

    /// An event of this request, to be completed by the caller. It names nobody.
    pub(crate) fn event(&self, act: EventAct, outcome: EventOutcome) -> NewEvent {
        NewEvent {
            at: self.request.now,
            enterprise: None,
            actor: None,
            act,
            target: None,
            outcome,
            statement: None,
            client: self.request.client.clone(),
            detail: None,
            facts: None,
        }
    }

    /// The event of a refusal, with its reason. `words` are for administrators:
    /// nothing decides by them.
    pub(crate) fn refused(
        &self,
        act: EventAct,
        reason: Reason,
        words: String,
    ) -> Result<NewEvent, ServiceError> {
        Ok(NewEvent {
            detail: Some(words),
            facts: Some(EventFacts::because(reason).to_json()?),
            ..self.event(act, EventOutcome::Refused)
        })
    }

    /// One more of what is limited from this client, if it has one left.
    pub(crate) fn limit(&self, what: Rated) -> Result<(), ServiceError> {
        let (counted, now) = (self.request.counted, self.request.now);
        if self.service.rates.allow(what, counted, now) {
            Ok(())
        } else {
            self.service.metrics.rate_limited(what);
            Err(ErrorCode::TooMany.into())
        }
    }
}
