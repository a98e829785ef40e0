//! What is known of the time besides what the machine's clock says: where it begins at
//! a start, what is kept of it while the service runs, and what a person says.

use std::sync::Arc;

use card_domain::{ClientInfo, EventAct, EventOutcome};
use event_log::{Checkpoint, keys::AuditKeys};
use jiff::Timestamp;

use crate::{
    clock::{
        Clock,
        watch::{ClockWatch, Doubt},
    },
    service::Service,
    storage::{KeptTime, NewEvent, SqlStore, StoreError},
};

impl Service {
    /// Begins from the newest time that is known: that of the newest checkpoint, and of
    /// when a server was last sure of its clock.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub async fn start_clock(&self) -> Result<(), StoreError> {
        if let Some(newest) = newest_time(&self.store, &self.keys.audit).await? {
            let confirmed = self.store.kept_time().await?.confirmed;
            self.clock.start(newest, confirmed.map(|(at, _)| at));
        }
        Ok(())
    }

    /// Why the clock is not believed, after whatever a person said of it: then nothing
    /// is done that can't be undone.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub(crate) async fn clock_doubt(&self) -> Result<Option<Doubt>, StoreError> {
        if self.clock.doubt().is_some()
            && let Some((confirmed, _)) = self.store.kept_time().await?.confirmed
            && self.clock.confirm(confirmed)
        {
            self.store.hear_confirmation().await?;
        }
        Ok(self.clock.doubt())
    }
}

/// The newest time that is known, if any is. A checkpoint from before a person said that
/// the clock is right does not count: it may be of the wrong time.
///
/// # Errors
///
/// [`StoreError`]
pub async fn newest_time(
    store: &SqlStore,
    keys: &AuditKeys,
) -> Result<Option<Timestamp>, StoreError> {
    let KeptTime { sure, confirmed } = store.kept_time().await?;
    let note = store.newest_checkpoint().await?;
    // One that is not good is the sequencer's to complain of.
    let signed = note.and_then(|note| Checkpoint::open(&note, keys.log().key()).ok());
    let before = confirmed.map_or(0, |(_, size)| size);
    let signed = signed.filter(|checkpoint| checkpoint.size > before);
    Ok(sure.max(signed.map(|checkpoint| checkpoint.at)))
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
        watch.start(sure, None);
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
