//! The sequencer gives every event its place in the log, within a second and
//! in batches, and signs a checkpoint over each batch. It is no part of an
//! act: an act writes its event and is done.
//!
//! Every instance of the service has one. Whoever appends changes the log's
//! head under the size that it saw, so of two one wins and the other looks
//! again. Which events have no place yet: those after `settled`, the number
//! up to which nothing can come late, less those that have one. On PostgreSQL
//! numbers become visible out of order, so `settled` follows only once every
//! transaction has ended that was writing events when a number was seen.

use std::{collections::BTreeSet, sync::Arc};

use event_log::{
    Checkpoint, NoteError,
    keys::AuditKeys,
    proof::{self, Tiles},
    tree::{Hash, RightEdge, TILE_WIDTH, Tile},
};
use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::Mutex;

use super::witness::{WitnessError, WitnessFile};
use crate::{
    metrics::LogFailure,
    storage::{InFlight, LeafTile, LogAppend, LogHead, SqlStore, StoreError},
};

/// Events in one batch at most.
const EVENTS_BATCH: u32 = 4096;

/// How often another instance may be quicker in one run.
const MAX_OTHERS: u32 = 3;

/// Why the log does not go on. Acts do, and their events wait.
#[derive(Debug, Error)]
pub enum SequencerError {
    /// The store can't be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The newest checkpoint is not ours.
    #[error("the newest checkpoint is not good ({0}): run `server audit verify`")]
    Checkpoint(#[from] NoteError),
    /// The log is not what was signed.
    #[error("the log in the database is not the one that was signed: run `server audit verify`")]
    Differs,
    /// The witness file can't be written, or says something else.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// What was begun on the witness file has not ended yet.
    #[error("the witness file's disk is silent")]
    WitnessSilent,
    /// The thread that writes the witness file panicked.
    #[error("the witness file's task failed")]
    Task,
}

impl SequencerError {
    /// Whether the log itself goes on, and only the witness does not follow.
    pub(crate) const fn is_of_witness(&self) -> bool {
        matches!(self, Self::Witness(_) | Self::WitnessSilent | Self::Task)
    }
}

/// What the figures say of it.
impl From<&SequencerError> for LogFailure {
    fn from(error: &SequencerError) -> Self {
        match error {
            SequencerError::Store(_) => Self::Store,
            SequencerError::Checkpoint(_) => Self::Checkpoint,
            SequencerError::Differs => Self::Differs,
            SequencerError::Witness(_) | SequencerError::WitnessSilent | SequencerError::Task => {
                Self::Witness
            }
        }
    }
}

/// What one instance remembers between two looks.
#[derive(Debug, Default)]
pub struct Sequencer {
    witness: Option<WitnessFile>,
    pending: Option<InFlight>,
    /// The newest checkpoint that stands in the witness file.
    witnessed: Option<Checkpoint>,
    /// Held by the thread that works on the witness file: one at a time, also when it
    /// is not waited for any more.
    turn: Arc<Mutex<()>>,
}

impl Sequencer {
    /// One that has its checkpoints witnessed in this file.
    #[must_use]
    pub fn new(witness: Option<WitnessFile>) -> Self {
        Self {
            witness,
            ..Self::default()
        }
    }

    /// Gives places to all events that have none. Gives how many there were.
    ///
    /// # Errors
    ///
    /// [`SequencerError`]
    pub async fn run(
        &mut self,
        store: &SqlStore,
        keys: &Arc<AuditKeys>,
        now: Timestamp,
    ) -> Result<u64, SequencerError> {
        let (mut count, mut others) = (0, 0);
        loop {
            let settled = self.look(store.events_in_flight().await?);
            let Some(appended) = self.batch(store, keys, settled, now).await? else {
                // What is left, the other instance takes or the next look.
                others += 1;
                if others < MAX_OTHERS {
                    continue;
                }
                break;
            };
            count += appended;
            if appended < u64::from(EVENTS_BATCH) {
                break;
            }
        }
        self.follow(store, keys, now).await?;
        Ok(count)
    }

    /// The number up to which all writes have ended.
    fn look(&mut self, seen: InFlight) -> Option<i64> {
        if seen.transactions.is_empty() {
            self.pending = None;
            return Some(seen.newest);
        }
        let Some(pending) = &mut self.pending else {
            self.pending = Some(seen);
            return None;
        };
        pending
            .transactions
            .retain(|transaction| seen.transactions.contains(transaction));
        if !pending.transactions.is_empty() {
            return None;
        }
        let settled = pending.newest;
        self.pending = Some(seen);
        Some(settled)
    }

    /// Gives places to some events: how many. None when another instance was quicker.
    async fn batch(
        &self,
        store: &SqlStore,
        keys: &AuditKeys,
        settled: Option<i64>,
        now: Timestamp,
    ) -> Result<Option<u64>, SequencerError> {
        let head = store.log_head().await?;
        let known: BTreeSet<i64> = store
            .leaf_tiles_after(head.settled)
            .await?
            .into_iter()
            .flat_map(|leaves| leaves.seqs)
            .collect();
        // Those that have a place already are few: what came since somebody
        // was writing.
        let limit = EVENTS_BATCH.saturating_add(u32::try_from(known.len()).unwrap_or(u32::MAX));
        let mut new = store.leaf_hashes(head.settled + 1, i64::MAX, limit).await?;
        let is_cut = new.len() == limit as usize;
        let last_seen = new.last().map(|(seq, _)| *seq);
        new.retain(|(seq, _)| !known.contains(seq));
        if new.is_empty() {
            return Ok(Some(0));
        }
        // All that is visible up to the last one that was looked at will have
        // its place with this batch.
        let settled = match (settled, last_seen) {
            (Some(settled), Some(last)) if is_cut => settled.min(last),
            (Some(settled), _) => settled,
            (None, _) => head.settled,
        };
        let count = new.len() as u64;
        let append = match grow(store, keys, head, settled.max(head.settled), &new, now).await {
            // Head, tiles and checkpoint are several reads: another instance appended
            // between them, and nothing is wrong.
            Err(SequencerError::Differs) if store.log_head().await?.size != head.size => {
                return Ok(None);
            }
            append => append?,
        };
        Ok(store.append_log(append).await?.then_some(count))
    }

    /// Has the newest checkpoint witnessed, whoever signed it.
    async fn follow(
        &mut self,
        store: &SqlStore,
        keys: &Arc<AuditKeys>,
        now: Timestamp,
    ) -> Result<(), SequencerError> {
        let Some(witness) = self.witness.clone() else {
            return Ok(());
        };
        let Some(note) = store.newest_checkpoint().await? else {
            return Ok(());
        };
        let checkpoint = Checkpoint::open(&note, keys.log().key())?;
        if self.witnessed.is_none() {
            let (file, public) = (witness.clone(), keys.public());
            self.witnessed = self.blocking(move || file.last(&public)).await?;
        }
        if let Some(before) = self.witnessed {
            if before == checkpoint {
                return Ok(());
            }
            let places = proof::continuation_places(before.size, checkpoint.size);
            let places: Vec<_> = places.into_iter().collect();
            let mut tiles = Tiles::default();
            tiles.extend(store.log_tiles(&places).await?);
            let (old, new) = (before, checkpoint);
            if !proof::goes_on(old.size, old.root, new.size, new.root, &tiles) {
                return Err(WitnessError::Contradiction {
                    size: checkpoint.size,
                    witnessed: before.size,
                    at: before.at,
                }
                .into());
            }
        }
        let keys = keys.clone();
        self.blocking(move || witness.append(&note, &keys, now))
            .await?;
        self.witnessed = Some(checkpoint);
        Ok(())
    }

    /// Work on the witness file, on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, WitnessError> + Send + 'static,
    ) -> Result<T, SequencerError> {
        let turn = Arc::clone(&self.turn).try_lock_owned();
        let turn = turn.map_err(|_taken| SequencerError::WitnessSilent)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        Ok(done.await.map_err(|_panicked| SequencerError::Task)??)
    }
}

/// What is written to append these events: from the log as it was signed, and
/// from nothing else.
async fn grow(
    store: &SqlStore,
    keys: &AuditKeys,
    head: LogHead,
    settled: i64,
    new: &[(i64, Hash)],
    now: Timestamp,
) -> Result<LogAppend, SequencerError> {
    let tiles = store.log_tiles(&RightEdge::places(head.size)).await?;
    let mut edge = RightEdge::open(head.size, &tiles).ok_or(SequencerError::Differs)?;
    if head.size > 0 {
        let note = store.newest_checkpoint().await?;
        let note = note.ok_or(SequencerError::Differs)?;
        let signed = Checkpoint::open(&note, keys.log().key())?;
        if (signed.size, signed.root) != (head.size, edge.root()) {
            return Err(SequencerError::Differs);
        }
    }
    let width = TILE_WIDTH as u64;
    let first = head.size / width;
    let mut leaves = store.leaf_tiles(first, 1).await?;
    leaves.retain(|leaves| leaves.tile == first);
    let begun = leaves.first().map_or(0, |leaves| leaves.seqs.len() as u64);
    if begun != head.size % width {
        return Err(SequencerError::Differs);
    }
    let mut changed: Vec<Tile> = Vec::new();
    for (seq, hash) in new {
        let tile = edge.size() / width;
        match leaves.last_mut() {
            Some(last) if last.tile == tile => last.seqs.push(*seq),
            _ => leaves.push(LeafTile {
                tile,
                seqs: vec![*seq],
            }),
        }
        edge.append(*hash, |full| changed.push(full));
    }
    changed.extend(edge.partial());
    let checkpoint = Checkpoint {
        size: edge.size(),
        root: edge.root(),
        at: Timestamp::from_second(now.as_second()).unwrap_or(now),
    };
    Ok(LogAppend {
        before: head.size,
        head: LogHead {
            size: edge.size(),
            settled,
        },
        leaves,
        tiles: changed,
        checkpoint: checkpoint.sign(keys.log()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(newest: i64, transactions: &[&str]) -> InFlight {
        InFlight {
            newest,
            transactions: transactions.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_number_is_settled_once_all_that_wrote_then_have_ended() {
        let mut sequencer = Sequencer::default();
        assert_eq!(sequencer.look(seen(5, &[])), Some(5));
        assert_eq!(sequencer.look(seen(7, &["3/1", "4/9"])), None);
        assert_eq!(sequencer.look(seen(9, &["4/9", "3/2"])), None);
        // 4/9 has ended: what is at most 7 is settled. 3/2 may hold an 8.
        assert_eq!(sequencer.look(seen(11, &["3/2", "5/1"])), Some(7));
        assert_eq!(sequencer.look(seen(12, &["3/2"])), None);
        assert_eq!(sequencer.look(seen(12, &[])), Some(12));
    }
}
