//! 延期 and 解锁: operations on a card in the reader, which the server drives by
//! signed programs and keeps in a journal, so that register and card agree
//! whatever interrupts them. `docs/operations.md` has the protocol.
//!
//! How a program is put together, signed and read is the engine's
//! (`card_program`); which one is next is decided here.
//!
//! `begin` has the legal person sign and opens the journal; `next` relays
//! under the ticket; `heal` finishes what was interrupted; `authority` says who
//! may have a card do what, and `decide` what follows from a card's answers;
//! [`expiry`] abandons what nobody finishes.

mod authority;
mod begin;
mod decide;
mod decision;
pub mod expiry;
mod heal;
mod healing_token;
mod identify;
mod marker;
mod next;
mod programs;
mod progress;
mod view;

use app::api::{
    ErrorCode,
    operation::{Doing, Problem},
};
use card_domain::{Action, EventOutcome, Reason};
use card_protocol::{
    PinPolicy,
    program::{ProgramOutcome, SignedProgram},
};

use crate::{
    audit::EventFacts,
    context::RequestContext,
    metrics::{By, OperationOutcome},
    service::ServiceError,
    storage::{BatchRecord, ConfirmedOperation, NewEvent, OperationRecord},
};
use authority::{Authority, Conversation};
use decide::Evaluator;
use decision::{Change, Decision};
use progress::{OperationProgram, OperationProgress};

/// What became of a report.
enum Advance {
    /// The bridge runs this.
    Run {
        program: SignedProgram,
        sequence: u32,
        new_pin: Option<PinPolicy>,
        doing: Doing,
    },
    /// The operation is over, one way or the other.
    Over,
    /// The card has to be inserted again, or something else has to change.
    Waiting,
    /// The card could not prove itself.
    NotGenuine,
}

impl RequestContext {
    /// The card of an operation is there: looks at it.
    async fn start(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
    ) -> Result<Advance, ServiceError> {
        let progress = OperationProgress::of(record, &self.service.keys.master)?;
        let decision = self.evaluator(record, progress, conversation).begin()?;
        self.carry_out(record, conversation, decision).await
    }

    /// What came of a program. A report that comes twice gets the same answer.
    async fn report(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
        outcome: &ProgramOutcome,
    ) -> Result<Advance, ServiceError> {
        let progress = OperationProgress::of(record, &self.service.keys.master)?;
        let is_out = progress.program != OperationProgram::Idle;
        if progress.exchange == conversation.exchange && is_out {
            if outcome.sequence > progress.sequence {
                return Err(ErrorCode::BadRequest.into());
            }
            if outcome.sequence == progress.sequence {
                let evaluator = self.evaluator(record, progress, conversation);
                let decision = evaluator.answered(outcome)?;
                return self.carry_out(record, conversation, decision).await;
            }
        }
        self.again(record, conversation)
    }

    fn evaluator<'a>(
        &'a self,
        record: &'a OperationRecord,
        progress: OperationProgress,
        conversation: Conversation,
    ) -> Evaluator<'a> {
        Evaluator {
            service: &self.service,
            record,
            progress,
            conversation,
            now: self.request.now,
        }
    }

    /// The program that is out once more, to whom it went: it is sealed to that
    /// one's bridge, which runs it once.
    fn again(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
    ) -> Result<Advance, ServiceError> {
        let progress = OperationProgress::of(record, &self.service.keys.master)?;
        let is_out = progress.program != OperationProgram::Idle;
        if is_out && progress.exchange == conversation.exchange {
            return self.hand_out(record, conversation, &progress, None);
        }
        let is_over = !record.state.is_open() && !record.is_unsettled();
        Ok(if is_over {
            Advance::Over
        } else {
            Advance::Waiting
        })
    }

    /// Writes down what was decided, then does it.
    async fn carry_out(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
        decision: Decision,
    ) -> Result<Advance, ServiceError> {
        let now = self.request.now;
        let (store, master) = (&self.service.store, &self.service.keys.master);
        let counted = decision.outcome();
        let event = |outcome| self.operation_event(record, conversation, outcome, &decision);
        let event = match &decision {
            Decision::Confirm(..) => Some(event(EventOutcome::Done).await?),
            Decision::Abandon(_) => Some(event(EventOutcome::Failed).await?),
            Decision::Settle(_) => {
                let detail = "rolled back: the card holds again what the register says";
                Some(NewEvent {
                    detail: Some(String::from(detail)),
                    ..event(EventOutcome::Failed).await?
                })
            }
            // Under the ticket the legal person says which card it should be; of
            // anybody else that is only said, and names nobody in the record.
            Decision::NotGenuine(_) if conversation.authority == Authority::Ticket => {
                Some(NewEvent {
                    detail: Some(String::from("the card could not prove itself")),
                    ..event(EventOutcome::Refused).await?
                })
            }
            Decision::Run(_) | Decision::Wait(_) | Decision::NotGenuine(_) => None,
        };
        let (saved, advance) = match decision {
            Decision::Run(change) => {
                // Journalled before the card can know of it.
                let advance =
                    self.hand_out(record, conversation, &change.progress, change.issued())?;
                let saved = store.save_operation(change.into_saved(record, master, now, event)?);
                (saved.await?, advance)
            }
            Decision::Confirm(change, certificate) => {
                let end = ConfirmedOperation {
                    change: change.into_saved(record, master, now, event)?,
                    certificate,
                };
                (store.confirm_operation(end).await?, Advance::Over)
            }
            Decision::Abandon(change) | Decision::Settle(change) => {
                let change = change.into_saved(record, master, now, event)?;
                (store.save_operation(change).await?, Advance::Over)
            }
            Decision::Wait(change) => {
                tracing::info!(operation = %record.id, problem = ?change.problem, "waiting");
                let change = change.into_saved(record, master, now, event)?;
                (store.save_operation(change).await?, Advance::Waiting)
            }
            Decision::NotGenuine(change) => {
                let change = change.into_saved(record, master, now, event)?;
                (store.save_operation(change).await?, Advance::NotGenuine)
            }
        };
        if saved {
            if let Some(outcome) = counted {
                self.count(record, conversation, outcome);
            }
            return Ok(advance);
        }
        // Somebody else was quicker: what that one decided holds.
        let record = store
            .operation(record.id)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        if record.state.is_open() {
            self.again(&record, conversation)
        } else {
            Ok(Advance::Over)
        }
    }

    /// Counts what became of an operation, once it is in the journal.
    fn count(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
        outcome: OperationOutcome,
    ) {
        let by = match conversation.authority {
            Authority::Ticket => By::Ticket,
            Authority::Healing | Authority::Nobody => By::Healing,
        };
        self.service.metrics.operation(record.action, by, outcome);
    }

    /// Counts a card that was said to be there and could not prove it. Nobody is
    /// named in the record for that.
    fn count_not_genuine(&self, record: &OperationRecord) {
        self.service
            .metrics
            .operation(record.action, By::Healing, OperationOutcome::NotGenuine);
    }

    /// The one place that hands out programs.
    fn hand_out(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
        progress: &OperationProgress,
        issued: Option<&[u8]>,
    ) -> Result<Advance, ServiceError> {
        let Some(kind) = progress.program.kind() else {
            return Ok(Advance::Waiting);
        };
        if !conversation.authority.may(kind) {
            tracing::info!(operation = %record.id, ?kind, ?conversation, "not on this word");
            return Ok(Advance::Waiting);
        }
        let evaluator = self.evaluator(record, progress.clone(), conversation);
        let program = evaluator.program(progress, issued)?;
        let of = conversation.exchange.unwrap_or(record.id).to_string();
        let chip = Some(evaluator.chip()?);
        Ok(Advance::Run {
            program: self.sign_program(program, of, progress.sequence, chip)?,
            sequence: progress.sequence,
            new_pin: kind.takes_pin().then(|| self.service.config.pin.policy()),
            doing: programs::doing(&progress.program),
        })
    }

    /// The event of a step of an operation, under the signed statement.
    async fn operation_event(
        &self,
        record: &OperationRecord,
        conversation: Conversation,
        outcome: EventOutcome,
        decision: &Decision,
    ) -> Result<NewEvent, ServiceError> {
        let batch = self.batch_of(record).await?;
        let mut event = self.event(record.action.into(), outcome);
        event.enterprise = Some(batch.enterprise);
        event.actor = Some(batch.actor);
        event.target = Some(record.card.id);
        event.statement = Some(batch.signed);
        event.detail = Some(detail(record, outcome, decision.change()));
        let facts = EventFacts {
            healed: conversation.authority != Authority::Ticket,
            reason: reason_of(decision),
            ..facts_of(record, outcome)
        };
        event.facts = Some(facts.to_json()?);
        Ok(event)
    }

    async fn batch_of(&self, record: &OperationRecord) -> Result<BatchRecord, ServiceError> {
        self.service
            .store
            .batch(record.batch)
            .await?
            .ok_or(ServiceError::Inconsistent("an operation without a batch"))
    }
}

/// Why an operation was not done, for its event.
fn reason_of(decision: &Decision) -> Option<Reason> {
    match decision {
        Decision::Run(_) | Decision::Wait(_) | Decision::Confirm(..) => None,
        Decision::Settle(_) => Some(Reason::RolledBack),
        Decision::NotGenuine(_) => Some(Reason::NotGenuine),
        Decision::Abandon(change) => Some(match &change.problem {
            None => Reason::NotDone,
            Some(Problem::PinNotBlocked { .. }) => Reason::PinNotBlocked,
            Some(Problem::PukRefused { .. } | Problem::PukKept) => Reason::PukRefused,
            Some(Problem::PukUnknown | Problem::PukLost) => Reason::PukUnknown,
            Some(Problem::State { .. }) => Reason::RuleSaysNo,
            Some(Problem::CardRefused { .. }) => Reason::CardRefused,
            Some(Problem::ReadBack) => Reason::ReadBack,
        }),
    }
}

/// What a machine reads of the event: the operation, and of 延期 the
/// certificates around it.
fn facts_of(record: &OperationRecord, outcome: EventOutcome) -> EventFacts {
    let serial = |serial: &Vec<u8>| card_protocol::hex::encode(serial);
    let before = record.card.certificate.as_ref();
    let before = before.map(|good| serial(&good.serial));
    let renewed = record.action == Action::Renew;
    let issued = record
        .issued
        .as_ref()
        .filter(|_| outcome == EventOutcome::Done);
    let after = issued.map(|(_, held)| serial(&held.serial));
    EventFacts {
        before: Some(record.card.state),
        after: Some(record.card.state),
        serial_after: after.or_else(|| before.clone()).filter(|_| renewed),
        serial_before: before.filter(|_| renewed),
        operation: Some(record.id),
        ..EventFacts::default()
    }
}

/// What else has to be known, for the log: no secret, no ID number.
fn detail(record: &OperationRecord, outcome: EventOutcome, change: &Change) -> String {
    let operation = record.id;
    let problem = match &change.problem {
        None => String::new(),
        Some(Problem::CardRefused { step, status }) => format!(", {step} answered {status}"),
        Some(problem) => format!(", {problem:?}"),
    };
    let serial = |certificate: Option<&Vec<u8>>| {
        certificate.map_or_else(
            || String::from("none"),
            |serial| card_protocol::hex::encode(serial),
        )
    };
    match (record.action, outcome) {
        (Action::Renew, EventOutcome::Done) => format!(
            "operation {operation}: certificate {} in place of {}{problem}",
            serial(record.issued.as_ref().map(|(_, held)| &held.serial)),
            serial(record.card.certificate.as_ref().map(|good| &good.serial)),
        ),
        (_, EventOutcome::Done) => format!("operation {operation}: done{problem}"),
        _ => format!("operation {operation}: not done{problem}"),
    }
}
