//! What the service can do for a screen. An implementation is bound to one
//! request: it knows the session, the client's address and the request id, so
//! no method takes an enterprise, and none can reach another one's.

use std::sync::Arc;

use async_trait::async_trait;
use card_domain::{Action, CardId};
use card_protocol::{
    statement::{Statement, StatementSignature},
    token::AuthToken,
};

use super::{
    ApiError,
    model::{ActDone, CardDetail, CardPage, CardQuery, Challenge, Proposal, SessionView},
};

/// A login that worked.
#[derive(Debug)]
pub struct LoginSuccess {
    /// Who is logged in now.
    pub session: SessionView,
    /// The whole value of the `Set-Cookie` header.
    pub set_cookie: String,
}

/// The service, bound to the request that is being served.
#[async_trait]
pub trait Backend: Send + Sync {
    /// A new login challenge.
    async fn challenge(&self) -> Result<Challenge, ApiError>;

    /// Checks a login token and opens a session.
    async fn login(&self, token: AuthToken) -> Result<LoginSuccess, ApiError>;

    /// Ends the session; gives the `Set-Cookie` value that removes the cookie.
    async fn logout(&self) -> Result<String, ApiError>;

    /// Who is logged in, if anybody. A session that was ended by a freeze or
    /// a loss is an error that says so, not an absence.
    async fn session(&self) -> Result<Option<SessionView>, ApiError>;

    /// A page of the enterprise's operator cards. For the legal person.
    async fn list_cards(&self, query: CardQuery) -> Result<CardPage, ApiError>;

    /// One operator card of the enterprise. For the legal person.
    async fn card(&self, card: CardId) -> Result<CardDetail, ApiError>;

    /// The card of the session itself. For both roles.
    async fn own_card(&self) -> Result<CardDetail, ApiError>;

    /// The opaque search token of a 证件编号, so that the number itself never
    /// stands in an address. For the legal person.
    async fn id_number_token(&self, id_number: String) -> Result<String, ApiError>;

    /// Checks that an act is possible and makes the statement to be signed.
    async fn propose_act(&self, card: CardId, action: Action) -> Result<Proposal, ApiError>;

    /// Does the act that was proposed, if the legal-person card of this
    /// session signed exactly its statement.
    async fn commit_act(
        &self,
        statement: Statement,
        signature: StatementSignature,
    ) -> Result<ActDone, ApiError>;
}

/// How a server function finds the service: the server puts one into the
/// context of every request.
#[derive(Clone)]
pub struct BackendHandle(pub Arc<dyn Backend>);
