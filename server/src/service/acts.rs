//! Acts on cards: proposed with a statement, done only with the legal-person
//! card's signature over exactly that statement. Session or not, without the
//! signature nothing happens, and that refusal is an event.

mod proof;
mod proposal;

use app::api::{
    ErrorCode,
    model::{ActDone, Proposal},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{Action, CardId, transition};
use card_protocol::statement::{Statement, StatementSignature};
use jiff::SignedDuration;

use super::{Actor, RequestBackend, ServiceError, view::ACTS};
use crate::{
    audit::Facts,
    digest::sha256,
    random,
    storage::{
        Act, ActOutcome, CertificateDigest, Nonce, NonceHash, NonceKind, Outcome, SignedStatement,
        StoreError,
    },
};
use proposal::Pending;

/// How long a proposal may wait for its signature.
const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// Why an act was not done: what the page is told and what the event says.
struct Refused {
    error: ServiceError,
    reason: &'static str,
}

impl Refused {
    fn new(code: ErrorCode, reason: &'static str) -> Self {
        Self {
            error: code.into(),
            reason,
        }
    }
}

impl<E: Into<ServiceError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            reason: "",
        }
    }
}

impl RequestBackend {
    pub(super) async fn propose(
        &self,
        card: CardId,
        action: Action,
    ) -> Result<Proposal, ServiceError> {
        let actor = self.require_legal_person().await?;
        // 延期 and 解锁 need the card: `operations`.
        if action.needs_card() || !ACTS.contains(&action) {
            return Err(ErrorCode::NotAllowed.into());
        }
        let now = self.request.now;
        let store = &self.service.store;
        let record = store.operator_card(actor.enterprise, card).await?;
        transition(record.state, action, now)?;
        let pending = Pending::new(&actor, &record, action, now)?;
        let nonce = STANDARD.encode(random::bytes::<32>()?);
        let expires_at = now + PROPOSAL_LIFE;
        store
            .put_nonce(Nonce {
                hash: NonceHash(sha256(nonce.as_bytes())),
                kind: NonceKind::Act,
                session: Some(actor.token),
                card: Some(card),
                payload: Some(serde_json::to_string(&pending)?),
                expires_at,
            })
            .await?;
        Ok(Proposal {
            statement: Statement {
                nonce,
                text: pending.text,
                structured: pending.structured,
            },
            expires_at,
        })
    }

    pub(super) async fn commit(
        &self,
        statement: Statement,
        signature: StatementSignature,
    ) -> Result<ActDone, ServiceError> {
        let actor = self.require_legal_person().await?;
        let hash = NonceHash(sha256(statement.nonce.as_bytes()));
        let nonce = self.service.store.nonce(hash).await?;
        // Somebody else's proposal is as good as none, and its card is not
        // named in this enterprise's event.
        let nonce = nonce
            .filter(|nonce| nonce.kind == NonceKind::Act && nonce.session == Some(actor.token));
        let pending = match nonce.as_ref().and_then(|nonce| nonce.payload.as_deref()) {
            Some(payload) => Some(serde_json::from_str::<Pending>(payload)?),
            None => None,
        };
        let target = nonce.as_ref().and_then(|nonce| nonce.card);
        let done = match (&nonce, &pending) {
            (Some(nonce), Some(pending)) => {
                self.check_and_apply(&actor, nonce, pending, &statement, &signature)
                    .await
            }
            _ => Err(Refused::new(
                ErrorCode::ProposalVoid,
                "the proposal is unknown, used already or another session's",
            )),
        };
        match done {
            Ok(done) => Ok(done),
            Err(refused) => {
                let act = pending.map_or("act", |pending| pending.action.name());
                if let Err(error) = self.record_refusal(&actor, target, act, &refused).await {
                    tracing::error!(%error, "a refused act can't be recorded");
                }
                Err(refused.error)
            }
        }
    }

    async fn check_and_apply(
        &self,
        actor: &Actor,
        nonce: &Nonce,
        pending: &Pending,
        statement: &Statement,
        signature: &StatementSignature,
    ) -> Result<ActDone, Refused> {
        let now = self.request.now;
        if now > nonce.expires_at {
            return Err(Refused::new(
                ErrorCode::ProposalVoid,
                "the proposal is too old",
            ));
        }
        if statement.text != pending.text || statement.structured != pending.structured {
            return Err(Refused::new(
                ErrorCode::StatementSignature,
                "the statement is not the one that was proposed",
            ));
        }
        let signed = self.check_signature(actor, statement, signature).await?;
        let store = &self.service.store;
        let record = store.operator_card(actor.enterprise, pending.card).await?;
        if record.state != pending.before || record.version != pending.version {
            return Err(Refused::new(
                ErrorCode::Conflict(record.state.name()),
                "the card changed after the proposal",
            ));
        }
        let after = transition(record.state, pending.action, now)?;
        let mut event = self.event(pending.action.name(), Outcome::Done);
        event.enterprise = Some(actor.enterprise);
        event.actor = Some(actor.card);
        event.target = Some(pending.card);
        event.statement = Some(signed);
        event.facts = Some(
            Facts {
                before: Some(record.state),
                after: Some(after),
                ..Facts::default()
            }
            .to_json()?,
        );
        let outcome = store
            .apply_act(Act {
                enterprise: actor.enterprise,
                card: pending.card,
                before: pending.before,
                version: pending.version,
                after,
                session: actor.token,
                nonce: nonce.hash,
                at: now,
                event,
            })
            .await?;
        match outcome {
            ActOutcome::Done { event } => Ok(ActDone {
                state: after.name(),
                event,
            }),
            ActOutcome::Conflict { now } => Err(Refused::new(
                ErrorCode::Conflict(now.name()),
                "somebody else changed the card at the same time",
            )),
            ActOutcome::NonceVoid => Err(Refused::new(
                ErrorCode::ProposalVoid,
                "the proposal was used at the same time",
            )),
            ActOutcome::SessionEnded => Err(self.why_session_ended().await),
            ActOutcome::NotFound => Err(ErrorCode::NotFound.into()),
        }
    }

    /// The session was good when the request began and is not any more.
    async fn why_session_ended(&self) -> Refused {
        const REASON: &str = "the session ended at the same time";
        match self.require_legal_person().await {
            Ok(_) => Refused::new(ErrorCode::SessionEnded, REASON),
            Err(error) => Refused {
                error,
                reason: REASON,
            },
        }
    }

    /// The same for operations on cards, without the reason for the event.
    pub(crate) async fn signed_statement(
        &self,
        actor: &Actor,
        statement: &Statement,
        signature: &StatementSignature,
    ) -> Result<SignedStatement, ServiceError> {
        self.check_signature(actor, statement, signature)
            .await
            .map_err(|refused| refused.error)
    }

    /// Whether the session's card signed exactly this statement.
    async fn check_signature(
        &self,
        actor: &Actor,
        statement: &Statement,
        signature: &StatementSignature,
    ) -> Result<SignedStatement, Refused> {
        let store = &self.service.store;
        let own = store.card(actor.enterprise, actor.card).await?;
        let confirmed = own
            .certificate
            .ok_or(ServiceError::Inconsistent("a session without certificate"))?;
        let (signature, origin) = proof::check(
            &self.service.keys.anchors,
            &self.service.config.origins,
            self.request.now,
            &confirmed.der,
            statement,
            signature,
        )
        .map_err(|reason| Refused::new(ErrorCode::StatementSignature, reason))?;
        Ok(SignedStatement {
            text: statement.text.clone(),
            structured: statement.structured.clone(),
            signature,
            certificate: CertificateDigest(sha256(&confirmed.der)),
            nonce: Some(statement.nonce.clone()),
            origin: Some(origin),
        })
    }

    async fn record_refusal(
        &self,
        actor: &Actor,
        target: Option<CardId>,
        act: &'static str,
        refused: &Refused,
    ) -> Result<(), ServiceError> {
        // A store that failed may or may not have done it: that is no refusal.
        let outcome = match refused.error {
            ServiceError::Code(_) | ServiceError::Store(StoreError::NotFound) => Outcome::Refused,
            _ => Outcome::Failed,
        };
        let mut event = self.event(act, outcome);
        event.enterprise = Some(actor.enterprise);
        event.actor = Some(actor.card);
        event.target = target;
        event.detail = Some(if refused.reason.is_empty() {
            refused.error.to_string()
        } else {
            refused.reason.to_owned()
        });
        self.service.store.record_event(event).await?;
        Ok(())
    }
}
