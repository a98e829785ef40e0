//! What is known of the time besides what the machine's clock says: where it begins at
//! a start, for the service and for a command, and what a person says.

use std::sync::Arc;

use card_domain::{ClientInfo, EventAct, EventOutcome};
use event_log::{Checkpoint, keys::AuditKeys};
use jiff::Timestamp;

use crate::{
    clock::{
        Clock,
        watch::{Beginning, ClockWatch},
    },
    storage::{KeptTime, NewEvent, SqlStore, StoreError},
};

/// What is known of the time, if anything is. A checkpoint from before a person said that
/// the clock is right does not count: it may be of the wrong time.
///
/// # Errors
///
/// [`StoreError`]
pub async fn beginning(
    store: &SqlStore,
    keys: &AuditKeys,
) -> Result<Option<Beginning>, StoreError> {
    let kept = store.kept_time().await?;
    let KeptTime {
        sure, confirmed, ..
    } = kept;
    let note = store.newest_checkpoint().await?;
    // One that is not good is the sequencer's to complain of.
    let signed = note.and_then(|note| Checkpoint::open(&note, keys.log().key()).ok());
    let before = confirmed.map_or(0, |(_, size)| size);
    let signed = signed.filter(|checkpoint| checkpoint.size > before);
    let newest = sure.max(signed.map(|checkpoint| checkpoint.at));
    Ok(newest.map(|newest| Beginning {
        newest,
        sure: sure.unwrap_or(newest),
        was_in_doubt: kept.is_in_doubt,
        confirmed: confirmed.map(|(at, _)| at),
    }))
}

/// The time for a command, which has no log key at hand: it never falls behind when a
/// server was last sure of its clock. A doubt is said in the log.
///
/// # Errors
///
/// [`StoreError`]
pub async fn command_time(
    store: &SqlStore,
    clock: Arc<dyn Clock>,
) -> Result<Timestamp, StoreError> {
    let watch = ClockWatch::new(clock);
    if let Some(sure) = store.kept_time().await?.sure {
        watch.start(Beginning::at(sure));
    }
    Ok(watch.now())
}

/// Records that a person said that it is `now`: the clock is right, whatever is known of
/// other times. A server that runs takes it up within seconds.
///
/// # Errors
///
/// [`StoreError`]
pub async fn confirm_clock(
    store: &SqlStore,
    newest: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let newest = newest.map_or_else(|| String::from("none"), |time| time.to_string());
    let event = NewEvent {
        at: now,
        enterprise: None,
        actor: None,
        act: EventAct::ClockConfirmed,
        target: None,
        outcome: EventOutcome::Done,
        statement: None,
        client: ClientInfo::default(),
        detail: Some(format!(
            "command line; the newest time that was known: {newest}"
        )),
        facts: None,
    };
    store.confirm_time(now, event).await
}
