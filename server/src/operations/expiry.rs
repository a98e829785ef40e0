//! What is done about operations without a card: those that nobody finishes
//! are abandoned, and an administrator sees and gives up single ones.

use card_domain::{
    ClientInfo, EventOutcome, OperationState, OperationStep, Reason, WriteStatus, advance,
};
use event_log::EventFacts;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::{decision::Change, event::facts_of, progress::OperationProgress};
use crate::{
    metrics::{By, OperationOutcome},
    service::{Service, ServiceError},
    storage::{NewEvent, OperationRecord, SqlStore, StoreError},
};

/// Operations that are abandoned in one go.
const ABANDON_BATCH: u32 = 100;

/// Why an administrator's command failed.
#[derive(Debug, Error)]
pub enum AbandonError {
    /// The store can't be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No such operation.
    #[error("there is no such operation")]
    NotFound,
    /// It is confirmed or abandoned.
    #[error("the operation is over")]
    Over,
    /// The card may have been written.
    #[error(
        "the card may have been written: insert it at any terminal, and it is completed. \
         If it is lost for good, --force gives it up"
    )]
    CardMayHoldIt,
    /// The card made a new key pair, so there is nothing to go back to.
    #[error(
        "the card may have made a new key pair, and the one before is gone from it: insert it \
         at any terminal, and it is completed; or cancel the card"
    )]
    NewKey,
    /// Somebody changed it at the same time.
    #[error("the operation was changed at the same time")]
    Changed,
    /// The journal can't be read.
    #[error("the journal can't be read: {0}")]
    Journal(String),
}

impl From<ServiceError> for AbandonError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Store(error) => Self::Store(error),
            other => Self::Journal(other.to_string()),
        }
    }
}

/// Abandons what touched no card and was not finished in time. Gives how many.
///
/// # Errors
///
/// [`AbandonError`]
pub async fn abandon_overdue(service: &Service, now: Timestamp) -> Result<u64, AbandonError> {
    let before = now - service.config.operations.abandoned_after();
    let mut abandoned = 0;
    for record in service
        .store
        .overdue_operations(before, ABANDON_BATCH)
        .await?
    {
        let reason = "nobody finished it in time";
        let step = OperationStep::Abandon;
        if give_up(service.store.as_ref(), &record, step, reason, now).await? {
            let outcome = OperationOutcome::Abandoned;
            service
                .metrics
                .operation(record.action, By::Expiry, outcome);
            abandoned += 1;
        }
    }
    Ok(abandoned)
}

/// Gives one operation up, for an administrator. With `force` also one whose
/// card may have been written: when that card is seen again, it is put right.
///
/// # Errors
///
/// [`AbandonError`] says what to do instead.
pub async fn abandon(
    store: &SqlStore,
    id: Uuid,
    force: bool,
    now: Timestamp,
) -> Result<(), AbandonError> {
    let record = store.operation(id).await?.ok_or(AbandonError::NotFound)?;
    if !record.state.is_open() {
        return Err(AbandonError::Over);
    }
    let touched = record.touched_at.is_some();
    let progress = OperationProgress::at_rest(&record).map_err(ServiceError::from)?;
    if touched && !force {
        return Err(AbandonError::CardMayHoldIt);
    }
    if touched && progress.new_key {
        return Err(AbandonError::NewKey);
    }
    let step = if touched {
        OperationStep::GiveUp
    } else {
        OperationStep::Abandon
    };
    if give_up(store, &record, step, "by an administrator", now).await? {
        Ok(())
    } else {
        Err(AbandonError::Changed)
    }
}

async fn give_up(
    store: &SqlStore,
    record: &OperationRecord,
    step: OperationStep,
    reason: &str,
    now: Timestamp,
) -> Result<bool, AbandonError> {
    let card = if record.touched_at.is_some() {
        WriteStatus::MayBeWritten
    } else {
        WriteStatus::Untouched
    };
    if advance(record.action, record.state, step, card) != Ok(OperationState::Abandoned) {
        return Ok(false);
    }
    let batch = store
        .batch(record.batch)
        .await?
        .ok_or(AbandonError::NotFound)?;
    let progress = OperationProgress::at_rest(record).map_err(ServiceError::from)?;
    let change = Change::given_up(record, progress, step)?;
    let event = NewEvent {
        at: now,
        enterprise: Some(batch.enterprise),
        actor: None,
        act: record.action.into(),
        target: Some(record.card.id),
        outcome: EventOutcome::Failed,
        statement: None,
        client: ClientInfo::default(),
        detail: Some(format!("operation {}: abandoned, {reason}", record.id)),
        facts: Some(
            EventFacts {
                reason: Some(Reason::Abandoned),
                ..facts_of(record, EventOutcome::Failed)
            }
            .to_json()
            .map_err(ServiceError::from)?,
        ),
    };
    let change = change.into_unsealed(record, now, Some(event))?;
    Ok(store.save_operation(change).await?)
}
