//! The service's clock: it begins from what is known, what is known is kept while the
//! service runs, and a doubt is noted until a person has spoken.

use std::sync::atomic::Ordering;

use super::Service;
use crate::{clock::watch::Doubt, known_time::beginning, storage::StoreError};

impl Service {
    /// Begins from the newest time that is known: that of the newest checkpoint, and of
    /// when a server was last sure of its clock.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub async fn start_clock(&self) -> Result<(), StoreError> {
        if let Some(beginning) = beginning(&self.store, &self.keys.audit).await? {
            self.clock.start(beginning);
            let was_in_doubt = beginning.was_in_doubt;
            self.was_in_doubt.store(was_in_doubt, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Keeps the time, if the server is sure of it: whoever starts next begins from there.
    pub(crate) async fn keep_time(&self) {
        let Some(time) = self.clock.sure() else {
            return;
        };
        if let Err(error) = self.store.note_time(time).await {
            tracing::warn!(%error, "the time can't be kept; it is tried again while the server runs");
        }
    }

    /// Why the clock is not believed, after whatever a person said of it: then nothing
    /// is done that can't be undone.
    ///
    /// # Errors
    ///
    /// [`StoreError`]
    pub async fn clock_doubt(&self) -> Result<Option<Doubt>, StoreError> {
        let kept = self.store.kept_time().await?;
        let confirmed = kept.confirmed.map(|(at, _)| at);
        if self.clock.doubt().is_none() {
            self.clock.hear(confirmed);
        } else if confirmed.is_some_and(|at| self.clock.confirm(at)) {
            self.store.hear_confirmation().await?;
        }
        let doubt = self.clock.doubt();
        // Another server's doubt is not this one's to end.
        let was_in_doubt = self.was_in_doubt.swap(doubt.is_some(), Ordering::SeqCst);
        if was_in_doubt != doubt.is_some() {
            self.store.note_doubt(doubt.is_some()).await?;
        }
        Ok(doubt)
    }
}
