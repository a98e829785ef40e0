//! 延期 and 解锁: operations on a card in the reader, which the server drives by
//! signed programs and keeps in a journal, so that register and card agree
//! whatever interrupts them. `docs/operations.md` has the protocol.
//!
//! How a program is put together, signed and read is the engine's
//! (`card_program`); which one is next is decided here.
//!
//! `begin` has the legal person sign and opens the journal; `go_on` relays
//! under the ticket; `heal` finishes what was interrupted; `judge` decides;
//! [`house`] abandons what nobody finishes.

mod begin;
mod found;
mod go_on;
mod heal;
pub mod house;
mod judge;
mod marker;
mod program;
mod progress;
mod verdict;
mod view;

use app::api::{
    ErrorCode,
    operation::{Doing, Problem},
};
use card_domain::{Action, Reason};
use card_protocol::{
    PinPolicy,
    program::{ProgramOutcome, SignedProgram},
};

use crate::{
    audit::EventFacts,
    metrics::{By, OperationOutcome},
    service::{RequestContext, ServiceError},
    storage::{BatchRecord, ConfirmedOperation, HeldChange, NewEvent, OperationRecord, Outcome},
};
use judge::{Authority, Judge};
use progress::{OperationProgress, ProgramKind};
use verdict::{Change, Verdict};

/// How often an operation may be changed by others while it is answered for.
const MAX_CHANGES: u32 = 8;

/// What became of a report.
enum Driven {
    /// The bridge runs this.
    Run {
        program: SignedProgram,
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
        authority: Authority,
    ) -> Result<Driven, ServiceError> {
        let verdict = self.judge_of(record, authority).begin()?;
        self.carry_out(record, authority, verdict).await
    }

    /// What came of a program. A report that comes twice gets the same answer.
    async fn report(
        &self,
        record: &OperationRecord,
        authority: Authority,
        outcome: &ProgramOutcome,
    ) -> Result<Driven, ServiceError> {
        let progress = OperationProgress::from_json(&record.payload)?;
        let is_over = !record.state.is_open() && progress.kind == ProgramKind::Idle;
        if outcome.sequence > progress.sequence {
            return Err(ErrorCode::BadRequest.into());
        }
        if outcome.sequence < progress.sequence || progress.kind == ProgramKind::Idle {
            return if is_over {
                Ok(Driven::Over)
            } else {
                self.again(record.clone(), authority).await
            };
        }
        let verdict = self.judge_of(record, authority).judge(outcome)?;
        self.carry_out(record, authority, verdict).await
    }

    fn judge_of<'a>(&'a self, record: &'a OperationRecord, authority: Authority) -> Judge<'a> {
        Judge {
            service: &self.service,
            record,
            authority,
            now: self.request.now,
        }
    }

    /// The program that is out once more. A bridge runs it once at most, but
    /// another one, or the same one after it was killed, may have run the first
    /// copy: that a card refuses the second one then says nothing of what the
    /// first one did. So that is journalled before there are two.
    async fn again(
        &self,
        mut record: OperationRecord,
        authority: Authority,
    ) -> Result<Driven, ServiceError> {
        let store = &self.service.store;
        for _ in 0..MAX_CHANGES {
            let progress = OperationProgress::from_json(&record.payload)?;
            if progress.kind == ProgramKind::Idle {
                let is_over = !record.state.is_open();
                return Ok(if is_over {
                    Driven::Over
                } else {
                    Driven::Waiting
                });
            }
            if record.touched_at.is_none() || progress.touched_before {
                return self.hand_out(&record, authority, &progress, None);
            }
            let progress = OperationProgress {
                touched_before: true,
                ..progress
            };
            let change = Change {
                problem: view::problem(&record)?,
                ..Change::of(&record, progress)
            };
            let saved = change.into_saved(&record, self.request.now, None)?;
            store.save_operation(saved).await?;
            // As it is now, whoever changed it.
            record = store
                .operation(record.id)
                .await?
                .ok_or(ErrorCode::NotFound)?;
        }
        Ok(Driven::Waiting)
    }

    /// Writes down what was decided, then does it.
    async fn carry_out(
        &self,
        record: &OperationRecord,
        authority: Authority,
        verdict: Verdict,
    ) -> Result<Driven, ServiceError> {
        let now = self.request.now;
        let store = &self.service.store;
        let outcome = verdict.outcome();
        let (saved, driven) = match verdict {
            Verdict::Run(change) => {
                // Journalled before the card can know of it.
                let issued = match &change.held {
                    HeldChange::Hold(new) => Some(new.der.clone()),
                    HeldChange::Keep | HeldChange::Revoke => None,
                };
                let driven =
                    self.hand_out(record, authority, &change.progress, issued.as_deref())?;
                let saved = store.save_operation(change.into_saved(record, now, None)?);
                (saved.await?, driven)
            }
            Verdict::Confirm(change, certificate) => {
                let event = self
                    .operation_event(record, authority, Outcome::Done, &change, None)
                    .await?;
                let end = ConfirmedOperation {
                    change: change.into_saved(record, now, Some(event))?,
                    certificate,
                };
                (store.confirm_operation(end).await?, Driven::Over)
            }
            Verdict::Abandon(change) => {
                let reason = change.problem.as_ref().map_or(Reason::NotDone, reason_of);
                let event = self
                    .operation_event(record, authority, Outcome::Failed, &change, Some(reason))
                    .await?;
                let change = change.into_saved(record, now, Some(event))?;
                (store.save_operation(change).await?, Driven::Over)
            }
            Verdict::Settle(change) => {
                let reason = Some(Reason::RolledBack);
                let mut event = self
                    .operation_event(record, authority, Outcome::Failed, &change, reason)
                    .await?;
                event.detail = Some(String::from(
                    "rolled back: the card holds again what the register says",
                ));
                let change = change.into_saved(record, now, Some(event))?;
                (store.save_operation(change).await?, Driven::Over)
            }
            Verdict::Wait(change) => {
                tracing::info!(operation = %record.id, problem = ?change.problem, "waiting");
                let change = change.into_saved(record, now, None)?;
                (store.save_operation(change).await?, Driven::Waiting)
            }
            Verdict::NotGenuine(change) => {
                let reason = Some(Reason::NotGenuine);
                let mut event = self
                    .operation_event(record, authority, Outcome::Refused, &change, reason)
                    .await?;
                event.detail = Some(String::from("the card could not prove itself"));
                let change = change.into_saved(record, now, Some(event))?;
                (store.save_operation(change).await?, Driven::NotGenuine)
            }
        };
        if saved {
            if let Some(outcome) = outcome {
                self.count(record, authority, outcome);
            }
            return Ok(driven);
        }
        // Somebody else was quicker: what that one decided holds.
        let record = store
            .operation(record.id)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        if record.state.is_open() {
            self.again(record, authority).await
        } else {
            Ok(Driven::Over)
        }
    }

    /// Counts what became of an operation, once it is in the journal.
    fn count(&self, record: &OperationRecord, authority: Authority, outcome: OperationOutcome) {
        let by = match authority {
            Authority::Ticket => By::Ticket,
            Authority::Healing => By::Healing,
        };
        self.service.metrics.operation(record.action, by, outcome);
    }

    fn hand_out(
        &self,
        record: &OperationRecord,
        authority: Authority,
        progress: &OperationProgress,
        issued: Option<&[u8]>,
    ) -> Result<Driven, ServiceError> {
        let judge = self.judge_of(record, authority);
        let program = judge.program(&progress.kind, issued)?;
        let sets_pin = matches!(progress.kind, ProgramKind::Unblock { .. });
        let operation = record.id.to_string();
        let chip = Some(judge.chip()?);
        Ok(Driven::Run {
            program: self.sign_program(program, operation, progress.sequence, chip)?,
            new_pin: sets_pin.then(|| self.service.config.pin.policy()),
            doing: program::doing(&progress.kind),
        })
    }

    /// The event of a step of an operation, under the signed statement.
    async fn operation_event(
        &self,
        record: &OperationRecord,
        authority: Authority,
        outcome: Outcome,
        change: &Change,
        reason: Option<Reason>,
    ) -> Result<NewEvent, ServiceError> {
        let batch = self.batch_of(record).await?;
        let mut event = self.event(record.action.into(), outcome);
        event.enterprise = Some(batch.enterprise);
        event.actor = Some(batch.actor);
        event.target = Some(record.card.id);
        event.statement = Some(batch.signed);
        event.detail = Some(detail(record, outcome, change));
        let facts = EventFacts {
            healed: authority == Authority::Healing,
            reason,
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

/// Why an operation was not done, by what stood in its way.
const fn reason_of(problem: &Problem) -> Reason {
    match problem {
        Problem::PinNotBlocked { .. } => Reason::PinNotBlocked,
        Problem::PukRefused { .. } | Problem::PukKept => Reason::PukRefused,
        Problem::PukUnknown | Problem::PukLost => Reason::PukUnknown,
        Problem::State { .. } => Reason::RuleSaysNo,
        Problem::CardRefused { .. } => Reason::CardRefused,
        Problem::ReadBack => Reason::ReadBack,
    }
}

/// What a machine reads of the event: the operation, and of 延期 the
/// certificates around it.
fn facts_of(record: &OperationRecord, outcome: Outcome) -> EventFacts {
    let serial = |serial: &Vec<u8>| card_protocol::hex::encode(serial);
    let before = record.card.certificate.as_ref();
    let before = before.map(|good| serial(&good.serial));
    let renewed = record.action == Action::Renew;
    let issued = record.issued.as_ref().filter(|_| outcome == Outcome::Done);
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
fn detail(record: &OperationRecord, outcome: Outcome, change: &Change) -> String {
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
        (Action::Renew, Outcome::Done) => format!(
            "operation {operation}: certificate {} in place of {}{problem}",
            serial(record.issued.as_ref().map(|(_, held)| &held.serial)),
            serial(record.card.certificate.as_ref().map(|good| &good.serial)),
        ),
        (_, Outcome::Done) => format!("operation {operation}: done{problem}"),
        _ => format!("operation {operation}: not done{problem}"),
    }
}
