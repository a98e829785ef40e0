//! Clears away what is over, a little at a time: what nobody finished, refusals of an
//! hour that become an event, months that are sealed, what has expired.
//!
//! None of it can be undone, so none of it is done while there is a doubt about the
//! clock.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::{operations, service::Service, timer};

/// How often it is looked whether the clock is to be believed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A round of clearing away for so many looks: one a minute.
const LOOKS_A_ROUND: u32 = 12;
/// How long one round may take: a month that is archived is written to a file and read
/// back.
const ROUND_LIMIT: Duration = Duration::from_hours(1);
/// How often it is said that a doubt about the clock keeps it from its work.
const REMIND_EVERY: u32 = 60 * LOOKS_A_ROUND;

/// Expired nonces are kept so long, to tell a late one from an unknown one.
const KEEP_EXPIRED: SignedDuration = SignedDuration::from_hours(1);
/// Ended sessions are kept so long, to say why they ended.
const KEEP_ENDED: SignedDuration = SignedDuration::from_hours(24);
/// Rows that are deleted in one transaction.
const PURGE_BATCH: u32 = 500;

/// Does it for as long as the task lives.
pub(crate) fn run(service: Arc<Service>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut timer = timer::every(LOOK_EVERY);
        let (mut looked, mut doubtful): (u32, u32) = (0, 0);
        // Ends with this task.
        let mut rounds = JoinSet::new();
        loop {
            timer.tick().await;
            match service.clock_doubt().await {
                Ok(None) => doubtful = 0,
                Ok(Some(doubt)) => {
                    if doubtful.is_multiple_of(REMIND_EVERY) {
                        tracing::error!("nothing is cleared away or archived: {doubt}");
                    }
                    doubtful = doubtful.saturating_add(1);
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, "what a person said of the clock can't be read");
                    continue;
                }
            }
            let is_due = looked.is_multiple_of(LOOKS_A_ROUND);
            looked = looked.wrapping_add(1);
            if !is_due {
                continue;
            }
            // Meanwhile it is looked on: what a person says of the clock is heard.
            while rounds.try_join_next().is_some() {}
            if rounds.is_empty() {
                let service = service.clone();
                rounds.spawn(async move {
                    if timeout(ROUND_LIMIT, clear_away(&service)).await.is_err() {
                        tracing::error!(limit = ?ROUND_LIMIT, "clearing away did not end; it is tried again");
                    }
                });
            }
        }
    })
}

/// One round of it.
async fn clear_away(service: &Service) {
    let now = service.clock.now();
    service.keep_time().await;
    if let Err(error) = operations::expiry::abandon_overdue(service, now).await {
        tracing::warn!(%error, "abandoning operations failed; it is tried again");
    }
    if let Err(error) = service.end_freezes(now).await {
        tracing::warn!(%error, "freezes that had their end can't be looked for; it is tried again");
    }
    if let Err(error) = service.store.close_unproven(now).await {
        tracing::warn!(%error, "the refusals of an hour can't become an event yet");
    }
    if let Err(error) = service.archive_sealed().await {
        tracing::error!(%error, "a sealed month can't be archived");
    }
    loop {
        let purged = service
            .store
            .purge(now - KEEP_EXPIRED, now - KEEP_ENDED, PURGE_BATCH)
            .await;
        match purged {
            Ok(count) if count >= u64::from(PURGE_BATCH) => {}
            Ok(_) => break,
            Err(error) => {
                tracing::warn!(%error, "clearing away failed; it is tried again");
                break;
            }
        }
    }
}
