//! The service behind the screens: `app`'s contract, implemented over the
//! store. A [`RequestContext`] is bound to one request; whatever it does
//! begins from the session of that request and its enterprise.

mod acts;
mod cards;
mod error;
mod explained;
pub(crate) mod export;
mod history;
mod list;
mod programs;
mod reveal;
mod session;
mod view;

use std::sync::{Arc, Mutex, PoisonError};

use app::api::{
    ApiError, Backend, LoginSuccess,
    history::{EventDetail, HistoryPage, HistoryQuery, Revealed},
    model::{ActDone, CardDetail, CardPage, CardQuery, Challenge, Proposal, SessionView},
    operation::{
        CardReport, OperationProposal, OperationReply, OperationTicket, Operations, SeenReply,
    },
};
use async_trait::async_trait;
use card_domain::{Action, CardId, EnterpriseId, EventAct};
use card_protocol::{
    bridge::Identity,
    statement::{Statement, StatementSignature},
    token::AuthToken,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    audit::{
        Sequencer, SequencerError, TileCache, WitnessFile,
        archive::{self, ArchiveError, Archiver},
    },
    clock::Clock,
    config::Config,
    keys::files::KeyRing,
    metrics::Metrics,
    rate::RateLimiter,
    storage::{ClientInfo, NewEvent, Outcome, SharedStore, StoreError, TokenHash},
};

pub(crate) use error::ServiceError;
pub(crate) use list::validate_text;

/// Cards for which the log vouches in one transaction at an upgrade.
const BASELINE_BATCH: u32 = 500;

/// What all requests share.
pub struct Service {
    pub(crate) store: SharedStore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: KeyRing,
    pub(crate) config: Config,
    pub(crate) logins: RateLimiter,
    /// Tiles of the log that proofs need again and again.
    pub(crate) tiles: TileCache,
    /// What is counted, if anything is.
    pub(crate) metrics: Metrics,
    /// Gives events their places; one of each process.
    sequencer: tokio::sync::Mutex<Sequencer>,
}

impl Service {
    /// Puts a service together, which counts nothing yet. `config` was checked.
    #[must_use]
    pub fn new(config: Config, store: SharedStore, keys: KeyRing, clock: Arc<dyn Clock>) -> Self {
        let logins = RateLimiter::per_minute(config.http.logins_per_minute);
        let witness = config.audit.witness.clone().map(WitnessFile::new);
        let sequencer = tokio::sync::Mutex::new(Sequencer::new(witness));
        Self {
            store,
            clock,
            keys,
            config,
            logins,
            sequencer,
            tiles: TileCache::default(),
            metrics: Metrics::off(),
        }
    }

    /// The same service, which counts in `metrics`.
    #[must_use]
    pub(crate) fn counting_in(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Gives all events their places in the log that have none yet.
    ///
    /// # Errors
    ///
    /// [`SequencerError`]
    pub async fn sequence(&self) -> Result<u64, SequencerError> {
        let mut sequencer = self.sequencer.lock().await;
        let now = self.clock.now();
        let result = sequencer
            .run(self.store.as_ref(), &self.keys.audit, now)
            .await;
        self.metrics.sequenced(&result);
        result
    }

    /// Closes the store.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Moves the events of all months that are old enough to files. Gives how
    /// many events there were.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]
    pub async fn archive_sealed(&self) -> Result<u64, ArchiveError> {
        let audit = &self.config.audit;
        let (Some(months), Some(folder)) = (audit.retention_months, &audit.archive) else {
            return Ok(0);
        };
        let now = self.clock.now();
        let Some(before) = archive::sealed_before(now, months) else {
            return Ok(0);
        };
        let archiver = Archiver {
            keys: &self.keys.audit,
            anchors: &self.keys.anchors,
            folder,
            now,
        };
        let mut count = 0;
        while let Some(month) = archiver.next_month(self.store.as_ref(), before).await? {
            tracing::info!(file = %month.file, events = month.events, "a month was archived");
            count += month.events;
        }
        Ok(count)
    }

    /// Vouches, once, for the cards from before the log explained the register.
    /// Where that is done already, nothing is written.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was done stays, and the next start goes on.
    pub async fn explain_register(&self) -> Result<(), StoreError> {
        let mut cards = 0;
        while let Some(count) = self
            .store
            .write_baseline(self.clock.now(), BASELINE_BATCH)
            .await?
        {
            cards += count;
            tracing::info!(cards, "the log vouches for the register");
        }
        Ok(())
    }

    /// Whether cookies are for TLS only: the server's own name is https.
    pub(crate) fn is_https(&self) -> bool {
        self.config
            .origins
            .first()
            .is_some_and(crate::config::Origin::is_https)
    }
}

/// What is known about a request before anything is done.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    /// SHA-256 of the session cookie, if there is one.
    pub(crate) session: Option<TokenHash>,
    /// The login nonces that this browser was given, the newest first.
    pub(crate) challenges: Vec<String>,
    /// From where it came.
    pub(crate) client: ClientInfo,
    /// Which of our origins a POST came from.
    pub(crate) origin: Option<String>,
    /// When.
    pub(crate) now: Timestamp,
}

/// The service, bound to one request.
pub(crate) struct RequestContext {
    pub(crate) service: Arc<Service>,
    pub(crate) request: RequestInfo,
    /// Cookies that the response has to set besides the session's.
    cookies: Mutex<Vec<String>>,
}

impl RequestContext {
    pub(crate) const fn new(service: Arc<Service>, request: RequestInfo) -> Self {
        Self {
            service,
            request,
            cookies: Mutex::new(Vec::new()),
        }
    }

    /// The cookies to set, each the whole value of a `Set-Cookie` header.
    pub(crate) fn take_cookies(&self) -> Vec<String> {
        std::mem::take(&mut self.cookies.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn add_cookie(&self, cookie: String) {
        self.cookies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(cookie);
    }

    /// An event of this request, to be completed by the caller.
    pub(crate) fn event(&self, act: EventAct, outcome: Outcome) -> NewEvent {
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

    fn answer<T>(&self, result: Result<T, ServiceError>) -> Result<T, ApiError> {
        result.map_err(|error| error.into_api(&self.request.client.request_id))
    }
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

#[async_trait]
impl Backend for RequestContext {
    async fn challenge(&self) -> Result<Challenge, ApiError> {
        self.answer(self.make_challenge().await)
    }

    async fn login(&self, token: AuthToken) -> Result<LoginSuccess, ApiError> {
        self.answer(self.do_login(token).await)
    }

    async fn logout(&self) -> Result<String, ApiError> {
        self.answer(self.do_logout().await)
    }

    async fn session(&self) -> Result<Option<SessionView>, ApiError> {
        self.answer(self.session_view().await)
    }

    async fn list_cards(&self, query: CardQuery) -> Result<CardPage, ApiError> {
        self.answer(self.card_page(query).await)
    }

    async fn card(&self, card: CardId) -> Result<CardDetail, ApiError> {
        self.answer(self.operator_card(card).await)
    }

    async fn own_card(&self) -> Result<CardDetail, ApiError> {
        self.answer(self.card_of_session().await)
    }

    async fn id_number_token(&self, id_number: String) -> Result<String, ApiError> {
        self.answer(self.blind_token(&id_number).await)
    }

    async fn propose_act(&self, card: CardId, action: Action) -> Result<Proposal, ApiError> {
        self.answer(self.propose(card, action).await)
    }

    async fn commit_act(
        &self,
        statement: Statement,
        signature: StatementSignature,
    ) -> Result<ActDone, ApiError> {
        self.answer(self.commit(statement, signature).await)
    }

    async fn propose_operations(
        &self,
        cards: Vec<CardId>,
        action: Action,
    ) -> Result<OperationProposal, ApiError> {
        self.answer(self.propose_on_cards(cards, action).await)
    }

    async fn commit_operations(
        &self,
        statement: Statement,
        signature: StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, ApiError> {
        self.answer(
            self.commit_on_cards(statement, signature, second_reader)
                .await,
        )
    }

    async fn operation_next(
        &self,
        ticket: String,
        report: CardReport,
    ) -> Result<OperationReply, ApiError> {
        self.answer(self.go_on_with_ticket(&ticket, report).await)
    }

    async fn cancel_operations(&self, ticket: String) -> Result<Operations, ApiError> {
        self.answer(self.cancel_with_ticket(&ticket).await)
    }

    async fn open_operations(&self) -> Result<Vec<Operations>, ApiError> {
        self.answer(self.unfinished_operations().await)
    }

    async fn resume_operations(
        &self,
        batch: Uuid,
        second_reader: bool,
    ) -> Result<OperationTicket, ApiError> {
        self.answer(self.resume_batch(batch, second_reader).await)
    }

    async fn unlock_session(&self, token: AuthToken) -> Result<SessionView, ApiError> {
        self.answer(self.do_unlock_session(token).await)
    }

    async fn card_seen(&self, identity: Identity) -> Result<SeenReply, ApiError> {
        self.answer(self.insertion(identity).await)
    }

    async fn heal_next(&self, token: String, report: CardReport) -> Result<SeenReply, ApiError> {
        self.answer(self.go_on_healing(&token, report).await)
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, ApiError> {
        self.answer(self.history_page(query).await)
    }

    async fn event(&self, seq: i64) -> Result<EventDetail, ApiError> {
        self.answer(self.event_detail(seq).await)
    }

    async fn reveal_id_number(&self, card: CardId) -> Result<Revealed, ApiError> {
        self.answer(self.reveal(card).await)
    }
}
