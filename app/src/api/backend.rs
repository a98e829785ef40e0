//! What the service can do for a screen. An implementation is bound to one
//! request: it knows the session, the client's address and the request id, so
//! no method takes an enterprise, and none can reach another one's.

use std::sync::Arc;

use async_trait::async_trait;
use card_domain::{Action, CardId};
use card_protocol::{
    bridge::Identity,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};

use super::{
    ApiError,
    history::{EventDetail, HistoryPage, HistoryQuery, Revealed},
    model::{ActDone, CardDetail, CardPage, CardQuery, Challenge, Proposal, SessionView},
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
};
use uuid::Uuid;

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

    /// 延期 or 解锁: checks the cards and makes one statement for all that can
    /// be done. 解锁 takes one card. Fails with
    /// [`CannotOperate`](super::ErrorCode::CannotOperate) when none can be.
    async fn propose_operations(
        &self,
        cards: Vec<CardId>,
        action: Action,
    ) -> Result<OperationProposal, ApiError>;

    /// Begins what was proposed, if the legal-person card of this session
    /// signed exactly its statement. A card on which somebody else began an
    /// operation meanwhile is left out (single: an error). Unless there is a
    /// second reader, the session is locked from here on.
    async fn commit_operations(
        &self,
        statement: Statement,
        signature: StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, ApiError>;

    /// Goes on: tells what happened at the reader and learns what to do next.
    /// Works in a locked session. [`TicketVoid`](super::ErrorCode::TicketVoid)
    /// when the ticket is unknown, too old, or another session's; what it left
    /// is then finished by `card_seen` or `resume_operations`.
    async fn operation_next(
        &self,
        ticket: String,
        report: CardReport,
    ) -> Result<OperationReply, ApiError>;

    /// 取消: gives up what was not written yet and voids the ticket. What may
    /// be on a card already stays open, and its next insertion completes it.
    async fn cancel_operations(&self, ticket: String) -> Result<Operations, ApiError>;

    /// The enterprise's operations that are not finished, newest first.
    async fn open_operations(&self) -> Result<Vec<Operations>, ApiError>;

    /// A new ticket for what is left of a batch; the old one is void.
    async fn resume_operations(
        &self,
        batch: Uuid,
        second_reader: bool,
    ) -> Result<OperationTicket, ApiError>;

    /// The legal-person card is back: a login token of the session's own card,
    /// over a challenge of `challenge`.
    async fn unlock_session(&self, token: AuthToken) -> Result<SessionView, ApiError>;

    /// A card was inserted, on any page, logged in or not: what `identify`
    /// said. Learns the tries of its PIN, and completes or rolls back what an
    /// interruption left.
    async fn card_seen(&self, identity: Identity) -> Result<SeenReply, ApiError>;

    /// Goes on with what [`Healing::Run`](super::operation::Healing::Run) said.
    /// Every report may be sent twice.
    async fn heal_next(&self, token: String, report: CardReport) -> Result<SeenReply, ApiError>;

    /// 综合查询: a page of the enterprise's events, each verified for this
    /// answer. For the legal person.
    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, ApiError>;

    /// Everything about one event of the enterprise. For the legal person.
    async fn event(&self, seq: i64) -> Result<EventDetail, ApiError>;

    /// 显示: the full 证件编号 of a card, which is an event itself; if that
    /// can't be written, nothing is shown. The legal person may see that of
    /// every card of the enterprise, an operator that of the own card.
    async fn reveal_id_number(&self, card: CardId) -> Result<Revealed, ApiError>;
}

/// How a server function finds the service: the server puts one into the
/// context of every request.
#[derive(Clone)]
pub struct BackendHandle(pub Arc<dyn Backend>);
