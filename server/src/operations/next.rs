//! The relay under a ticket: what happened at the reader, what to do next.

use app::api::{
    ErrorCode,
    operation::{CardReport, FoundCard, Next, OperationReply, Operations},
};
use card_protocol::{CardError, ProgramRefusal, bridge::Identity, program::ProgramOutcome};
use uuid::Uuid;

use super::{
    Advance,
    authority::Conversation,
    decision::{Change, Decision},
    identify::found,
    progress::OperationProgress,
};
use crate::{
    audit::EventFacts,
    context::{Actor, RequestContext},
    digest::sha256,
    metrics::OperationOutcome,
    service::ServiceError,
    storage::{BatchRecord, OperationRecord, TokenHash},
};
use card_domain::{EventOutcome, OperationStep, Reason, Role};

impl RequestContext {
    pub(crate) async fn go_on_with_ticket(
        &self,
        ticket: &str,
        report: CardReport,
    ) -> Result<OperationReply, ServiceError> {
        let (actor, batch) = self.ticket_holder(ticket).await?;
        let operations = self.service.store.operations_of_batch(batch.id).await?;
        let open: Vec<_> = operations
            .iter()
            .filter(|operation| operation.state.is_open())
            .collect();
        let next = match report {
            CardReport::Inserted => match open.as_slice() {
                [] => Next::Finished,
                [only] => next(self.start(only, Conversation::TICKET).await?),
                _ => Next::Identify,
            },
            CardReport::Identified { identity } => {
                self.identified(&actor, &batch, &open, &identity).await?
            }
            CardReport::Ran { outcome } => self.ran(&operations, &outcome).await?,
            CardReport::Failed { error } => after_error(error, open.is_empty()),
        };
        let operations = self.operations_view(&batch).await?;
        if operations.cards.iter().any(|card| card.state.is_open()) {
            return Ok(OperationReply { next, operations });
        }
        self.service.store.void_ticket(batch.id).await?;
        Ok(OperationReply {
            next: Next::Finished,
            operations,
        })
    }

    /// Who holds the ticket; a void one is as good as none.
    async fn ticket_holder(&self, ticket: &str) -> Result<(Actor, BatchRecord), ServiceError> {
        let (actor, role) = self.require_even_locked().await?;
        if role != Role::LegalPerson {
            return Err(ErrorCode::NotAllowed.into());
        }
        let hash = TokenHash(sha256(ticket.as_bytes()));
        let batch = self.service.store.batch_by_ticket(hash).await?;
        let batch = batch
            .filter(|batch| {
                batch.session == Some(actor.token)
                    && batch.enterprise == actor.enterprise
                    && self.request.now <= batch.ticket_ends_at
            })
            .ok_or(ErrorCode::TicketVoid)?;
        Ok((actor, batch))
    }

    async fn identified(
        &self,
        actor: &Actor,
        batch: &BatchRecord,
        open: &[&OperationRecord],
        identity: &Identity,
    ) -> Result<Next, ServiceError> {
        let card = self.card_in_reader(identity.chip).await?;
        if let Some(card) = &card {
            self.note_pin(actor, card, identity).await?;
        }
        let ours = card
            .as_ref()
            .and_then(|card| open.iter().find(|operation| operation.card.id == card.id));
        if let Some(operation) = ours {
            return Ok(next(self.start(operation, Conversation::TICKET).await?));
        }
        let found = found(actor, card.as_ref());
        // Its own legal-person card is in the reader until it is pulled: that
        // is no event.
        if !matches!(found, FoundCard::LegalPerson { .. }) {
            let mut event = self.event(batch.action.into(), EventOutcome::Refused);
            event.enterprise = Some(actor.enterprise);
            event.actor = Some(batch.actor);
            event.target = match &found {
                FoundCard::Operator { card, .. } => Some(*card),
                _ => None,
            };
            event.detail = Some(String::from("another card was in the reader"));
            event.facts = Some(EventFacts::because(Reason::WrongCard).to_json()?);
            self.service.store.record_event(event).await?;
        }
        Ok(Next::WrongCard { found })
    }

    async fn ran(
        &self,
        operations: &[OperationRecord],
        outcome: &ProgramOutcome,
    ) -> Result<Next, ServiceError> {
        let id: Uuid = outcome
            .operation
            .parse()
            .map_err(|_no_uuid| ErrorCode::BadRequest)?;
        let operation = operations
            .iter()
            .find(|operation| operation.id == id)
            .ok_or(ErrorCode::BadRequest)?;
        Ok(next(
            self.report(operation, Conversation::TICKET, outcome)
                .await?,
        ))
    }

    pub(crate) async fn cancel_with_ticket(
        &self,
        ticket: &str,
    ) -> Result<Operations, ServiceError> {
        let (_, batch) = self.ticket_holder(ticket).await?;
        let store = &self.service.store;
        store.void_ticket(batch.id).await?;
        for record in store.operations_of_batch(batch.id).await? {
            if record.state.is_open() && record.touched_at.is_none() {
                // One that a program touches at this moment stays open.
                self.give_up(&record, OperationStep::Abandon, "cancelled")
                    .await?;
            }
        }
        self.operations_view(&batch).await
    }

    /// Abandons an operation. False when it changed meanwhile.
    pub(super) async fn give_up(
        &self,
        record: &OperationRecord,
        step: OperationStep,
        why: &str,
    ) -> Result<bool, ServiceError> {
        let progress = OperationProgress::of(record, &self.service.keys.master)?.rest();
        let decision = Decision::Abandon(Change::given_up(record, progress, step)?);
        let conversation = Conversation::TICKET;
        let mut event = self
            .operation_event(record, conversation, EventOutcome::Failed, &decision)
            .await?;
        event.detail = Some(format!("operation {}: abandoned, {why}", record.id));
        let facts = EventFacts {
            reason: Some(Reason::Cancelled),
            ..EventFacts::read(event.facts.as_deref())
        };
        event.facts = Some(facts.to_json()?);
        let Decision::Abandon(change) = decision else {
            return Err(ServiceError::Inconsistent("giving up is no such step"));
        };
        let change = change.into_saved(
            record,
            &self.service.keys.master,
            self.request.now,
            Some(event),
        )?;
        let saved = self.service.store.save_operation(change).await?;
        if saved {
            self.count(record, Conversation::TICKET, OperationOutcome::Abandoned);
        }
        Ok(saved)
    }
}

/// What follows from an error of the bridge: nothing was run, or nobody knows
/// what was; the next look at the card tells.
const fn after_error(error: CardError, is_over: bool) -> Next {
    match error {
        _ if is_over => Next::Finished,
        // Another card, or the same one in a new connection: it is looked at again.
        CardError::ProgramRefused {
            reason: ProgramRefusal::Chip | ProgramRefusal::Exchange,
        } => Next::Identify,
        CardError::UnsupportedCard => Next::WrongCard {
            found: FoundCard::NotPiv,
        },
        _ => Next::Insert,
    }
}

fn next(advance: Advance) -> Next {
    match advance {
        Advance::Run {
            program,
            new_pin,
            doing,
            sequence: _,
        } => Next::Run {
            program,
            new_pin,
            doing,
        },
        Advance::Over | Advance::Waiting => Next::Insert,
        Advance::NotGenuine => Next::WrongCard {
            found: FoundCard::NotGenuine,
        },
    }
}
