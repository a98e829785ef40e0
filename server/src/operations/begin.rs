//! The beginning: the cards are checked (`propose`), the statement over them
//! is signed (`pending`), and here the journal is opened; `ticket` is what
//! its holder goes on with.

mod pending;
mod propose;
mod ticket;

use app::api::{
    ErrorCode,
    operation::{CannotOperate, OperationTicket},
};
use card_domain::{Action, CardId};
use card_protocol::statement::{Statement, StatementSignature};

use self::pending::Pending;
use super::progress::OperationProgress;
use crate::{
    audit::Facts,
    digest::sha256,
    random,
    service::{Actor, RequestBackend, ServiceError},
    storage::{BatchStart, NewBatch, NewOperation, NonceHash, NonceKind, Outcome, Taken},
};

impl RequestBackend {
    pub(crate) async fn commit_on_cards(
        &self,
        statement: Statement,
        signature: StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, ServiceError> {
        let actor = self.require_legal_person().await?;
        match self
            .check_and_begin(&actor, &statement, &signature, second_reader)
            .await
        {
            Ok(ticket) => Ok(ticket),
            Err((action, error)) => {
                let outcome = match error {
                    ServiceError::Code(_) => Outcome::Refused,
                    _ => Outcome::Failed,
                };
                let act = action.map_or("operation", Action::name);
                let mut event = self.event(act, outcome);
                event.enterprise = Some(actor.enterprise);
                event.actor = Some(actor.card);
                event.detail = Some(format!("not begun: {error}"));
                if let Err(error) = self.service.store.record_event(event).await {
                    tracing::error!(%error, "a refused operation can't be recorded");
                }
                Err(error)
            }
        }
    }

    async fn check_and_begin(
        &self,
        actor: &Actor,
        statement: &Statement,
        signature: &StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, (Option<Action>, ServiceError)> {
        let void = || (None, ServiceError::Code(ErrorCode::ProposalVoid));
        let hash = NonceHash(sha256(statement.nonce.as_bytes()));
        let nonce = self.service.store.nonce(hash).await;
        let nonce = nonce.map_err(|error| (None, error.into()))?;
        let nonce = nonce
            .filter(|nonce| {
                nonce.kind == NonceKind::Operation
                    && nonce.session == Some(actor.token)
                    && self.request.now <= nonce.expires_at
            })
            .ok_or_else(void)?;
        let payload = nonce.payload.as_deref().ok_or_else(void)?;
        let pending: Pending =
            serde_json::from_str(payload).map_err(|error| (None, error.into()))?;
        let action = pending.action;
        self.begin_pending(actor, pending, hash, statement, signature, second_reader)
            .await
            .map_err(|error| (Some(action), error))
    }

    async fn begin_pending(
        &self,
        actor: &Actor,
        pending: Pending,
        nonce: NonceHash,
        statement: &Statement,
        signature: &StatementSignature,
        second_reader: bool,
    ) -> Result<OperationTicket, ServiceError> {
        let now = self.request.now;
        if statement.text != pending.text || statement.structured != pending.structured {
            return Err(ErrorCode::StatementSignature.into());
        }
        let signed = self.signed_statement(actor, statement, signature).await?;
        let (secret, ticket) = self.new_ticket(second_reader)?;
        let batch = random::uuid(now)?;
        let new_key = pending.action == Action::Renew && self.service.config.renewal.new_key;
        let payload = OperationProgress::new(new_key, actor.enterprise_name.clone()).to_json()?;
        let mut operations = Vec::with_capacity(pending.cards.len());
        for card in &pending.cards {
            let id = random::uuid(now)?;
            let mut event = self.event(pending.action.name(), Outcome::Done);
            event.act = begun(pending.action);
            event.enterprise = Some(actor.enterprise);
            event.actor = Some(actor.card);
            event.target = Some(card.card);
            event.statement = Some(signed.clone());
            event.detail = Some(format!("operation {id}"));
            event.facts = Some(
                Facts {
                    before: Some(card.before),
                    after: Some(card.before),
                    operation: Some(id),
                    ..Facts::default()
                }
                .to_json()?,
            );
            operations.push(NewOperation {
                id,
                card: card.card,
                before: card.before,
                version: card.version,
                payload: payload.clone(),
                event,
            });
        }
        let only = match operations.as_slice() {
            [only] => Some(only.card),
            _ => None,
        };
        let begun = self
            .service
            .store
            .begin_batch(NewBatch {
                id: batch,
                enterprise: actor.enterprise,
                actor: actor.card,
                action: pending.action,
                signed,
                session: actor.token,
                nonce,
                ticket,
                at: now,
                operations,
            })
            .await?;
        match begun {
            BatchStart::Begun { left_out } => {
                if left_out.len() == pending.cards.len()
                    && let Some((_, taken)) = left_out.first()
                {
                    return Err(match taken {
                        Taken::Open => self.taken_by(only, pending.action).await?,
                        Taken::Changed(state) => ErrorCode::Conflict(state.name()).into(),
                        Taken::Unknown => ErrorCode::NotFound.into(),
                    });
                }
                self.ticket(secret, ticket, batch).await
            }
            BatchStart::NonceVoid => Err(ErrorCode::ProposalVoid.into()),
            BatchStart::SessionEnded => match self.require_legal_person().await {
                Ok(_) => Err(ErrorCode::SessionEnded.into()),
                Err(error) => Err(error),
            },
        }
    }

    /// The error of a card on which another operation is open.
    async fn taken_by(
        &self,
        card: Option<CardId>,
        action: Action,
    ) -> Result<ServiceError, ServiceError> {
        let other = match card {
            Some(card) => self.service.store.unfinished_operation(card).await?,
            None => None,
        };
        let other = other.filter(|other| other.state.is_open());
        let action = other.map_or(action, |other| other.action);
        Ok(ErrorCode::CannotOperate(CannotOperate::Unfinished(action)).into())
    }
}

/// The act of the event that records the beginning.
const fn begun(action: Action) -> &'static str {
    match action {
        Action::Renew => "renew_begin",
        _ => "unlock_begin",
    }
}
