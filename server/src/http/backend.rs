//! The contract of the screens, over the use cases: each method calls the use
//! case of its name, and what that says becomes the contract's answer or error.
//! Cookies are made here and nowhere deeper.

use app::api::{
    ApiError, Backend, ErrorCode,
    history::{EventDetail, HistoryPage, HistoryQuery, Receipt, Revealed},
    many::{ActsDone, ActsProposal},
    model::{
        ActDone, CardDetail, CardPage, CardQuery, Challenge, Proposal, SessionTime, SessionView,
    },
    needs::Needs,
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
};
use async_trait::async_trait;
use axum::http::{HeaderValue, header};
use card_domain::{Action, CardId, Cause};
use card_protocol::{
    bridge::Identity,
    grant::SignedGrant,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use uuid::Uuid;

use super::{cookie, forms};
use crate::{
    acts, cards,
    context::{RequestContext, RequestInfo},
    history, operations,
    service::{Service, ServiceError},
    sessions,
};

/// The use cases, bound to the request that leptos serves.
pub(super) struct HttpBackend(RequestContext);

impl HttpBackend {
    pub(super) const fn new(service: std::sync::Arc<Service>, request: RequestInfo) -> Self {
        Self(RequestContext::new(service, request))
    }

    fn answer<T>(&self, result: Result<T, ServiceError>) -> Result<T, ApiError> {
        result.map_err(|error| error.into_api(self.request_id()))
    }

    fn request_id(&self) -> &str {
        &self.0.request.client.request_id
    }

    /// Sets a cookie with the answer to the call that is being served.
    fn set_cookie(&self, cookie: &str) -> Result<(), ApiError> {
        let defect = || ApiError::new(ErrorCode::Internal, self.request_id().to_owned());
        let value = HeaderValue::from_str(cookie).map_err(|_own_cookie| defect())?;
        // Leptos puts the options into the context of every server function.
        let response = use_context::<ResponseOptions>().ok_or_else(defect)?;
        response.append_header(header::SET_COOKIE, value);
        Ok(())
    }
}

#[async_trait]
impl Backend for HttpBackend {
    async fn challenge(&self) -> Result<Challenge, ApiError> {
        let challenge = self.answer(sessions::challenge(&self.0).await)?;
        let known = &self.0.request.challenges;
        let https = self.0.request.https;
        self.set_cookie(&cookie::set_challenges(&challenge.nonce, known, https))?;
        Ok(challenge.shown)
    }

    async fn bridge_grant(&self, nonce: String) -> Result<SignedGrant, ApiError> {
        self.answer(sessions::bridge_grant(&self.0, nonce).await)
    }

    async fn login(&self, token: AuthToken) -> Result<SessionView, ApiError> {
        let logged_in = self.answer(sessions::login(&self.0, token).await)?;
        let https = self.0.request.https;
        self.set_cookie(&cookie::set_session(logged_in.token.secret(), https))?;
        Ok(logged_in.session)
    }

    async fn logout(&self) -> Result<(), ApiError> {
        self.answer(sessions::logout(&self.0).await)?;
        self.set_cookie(&cookie::clear_session(self.0.request.https))?;
        if let Some(response) = use_context::<ResponseOptions>() {
            response.insert_header(forms::CLEAR_SITE_DATA, forms::WHAT_IS_CLEARED);
        }
        Ok(())
    }

    async fn session(&self) -> Result<Option<SessionView>, ApiError> {
        self.answer(sessions::session(&self.0).await)
    }

    async fn unlock_session(&self, token: AuthToken) -> Result<SessionView, ApiError> {
        self.answer(sessions::unlock(&self.0, token).await)
    }

    async fn session_time(&self) -> Result<Option<SessionTime>, ApiError> {
        self.answer(sessions::time(&self.0).await)
    }

    async fn keep_session(&self) -> Result<SessionTime, ApiError> {
        self.answer(sessions::keep(&self.0).await)
    }

    async fn lock_session(&self, at_terminal: bool) -> Result<SessionTime, ApiError> {
        self.answer(sessions::lock(&self.0, at_terminal).await)
    }

    async fn list_cards(&self, query: CardQuery) -> Result<CardPage, ApiError> {
        self.answer(cards::list_cards(&self.0, query).await)
    }

    async fn card_needs(&self) -> Result<Needs, ApiError> {
        self.answer(cards::needs(&self.0).await)
    }

    async fn card(&self, card: CardId) -> Result<CardDetail, ApiError> {
        self.answer(cards::card(&self.0, card).await)
    }

    async fn own_card(&self) -> Result<CardDetail, ApiError> {
        self.answer(cards::own_card(&self.0).await)
    }

    async fn id_number_token(&self, id_number: String) -> Result<String, ApiError> {
        self.answer(cards::id_number_token(&self.0, &id_number).await)
    }

    async fn reveal_id_number(&self, card: CardId) -> Result<Revealed, ApiError> {
        self.answer(cards::reveal_id_number(&self.0, card).await)
    }

    async fn propose_act(
        &self,
        card: CardId,
        action: Action,
        cause: Option<Cause>,
        until: Option<String>,
    ) -> Result<Proposal, ApiError> {
        self.answer(acts::propose(&self.0, card, action, cause, until).await)
    }

    async fn commit_act(
        &self,
        statement: Statement,
        signature: StatementSignature,
    ) -> Result<ActDone, ApiError> {
        self.answer(acts::commit(&self.0, statement, signature).await)
    }

    async fn propose_acts(
        &self,
        cards: Vec<CardId>,
        action: Action,
        cause: Option<Cause>,
        until: Option<String>,
    ) -> Result<ActsProposal, ApiError> {
        self.answer(acts::propose_many(&self.0, cards, action, cause, until).await)
    }

    async fn commit_acts(
        &self,
        statement: Statement,
        signature: StatementSignature,
    ) -> Result<ActsDone, ApiError> {
        self.answer(acts::commit_many(&self.0, statement, signature).await)
    }

    async fn propose_operations(
        &self,
        cards: Vec<CardId>,
        action: Action,
    ) -> Result<OperationProposal, ApiError> {
        self.answer(operations::propose(&self.0, cards, action).await)
    }

    async fn commit_operations(
        &self,
        statement: Statement,
        signature: StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, ApiError> {
        let committed = operations::commit(&self.0, statement, signature, second_reader);
        self.answer(committed.await)
    }

    async fn operation_next(
        &self,
        ticket: String,
        report: CardReport,
    ) -> Result<OperationReply, ApiError> {
        self.answer(operations::next(&self.0, &ticket, report).await)
    }

    async fn cancel_operations(&self, ticket: String) -> Result<Operations, ApiError> {
        self.answer(operations::cancel(&self.0, &ticket).await)
    }

    async fn open_operations(&self) -> Result<Vec<Operations>, ApiError> {
        self.answer(operations::open(&self.0).await)
    }

    async fn resume_operations(
        &self,
        batch: Uuid,
        second_reader: bool,
    ) -> Result<OperationTicket, ApiError> {
        self.answer(operations::resume(&self.0, batch, second_reader).await)
    }

    async fn card_seen(&self, identity: Identity) -> Result<SeenReply, ApiError> {
        self.answer(Box::pin(operations::card_seen(&self.0, identity)).await)
    }

    async fn heal_next(&self, token: String, report: CardReport) -> Result<SeenReply, ApiError> {
        self.answer(operations::heal_next(&self.0, &token, report).await)
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, ApiError> {
        self.answer(history::history(&self.0, query).await)
    }

    async fn event(&self, seq: i64) -> Result<EventDetail, ApiError> {
        self.answer(history::event(&self.0, seq).await)
    }

    async fn event_receipt(&self, seq: i64) -> Result<Receipt, ApiError> {
        self.answer(history::receipt(&self.0, seq).await)
    }
}
