//! The first pass: events against leaves, leaves against every root that was
//! signed, in the order of the log, thousands at a time.

use std::collections::BTreeMap;

use futures_util::future::join;

use super::{
    Finding, Options, Progress, Report, VerifyError,
    archived::Archived,
    batch::Batch,
    past::Past,
    seen::Seen,
    suspects::{Mismatch, Suspects},
};
use crate::{
    audit::{
        checkpoint::Checkpoint,
        tree::{Frontier, Hash, TILE_WIDTH},
    },
    storage::SqlStore,
};

/// Tiles that are searched at once for where an event stands first.
const PART: u32 = 16;

/// Numbers that are read at once.
const NUMBERS: u32 = 100_000;

/// The pass.
pub(super) struct Walk<'a> {
    store: &'a SqlStore,
    options: &'a Options,
    past: Past,
    archived: &'a Archived,
    frontier: Frontier,
    seen: Seen,
    /// How many different events of the log the table has.
    in_table: u64,
    mismatches: Vec<Mismatch>,
    /// Of each level the hashes of the tile that is being filled.
    tiles: BTreeMap<u32, (u64, Vec<Hash>)>,
    full: Vec<(u32, u64, Vec<Hash>)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        store: &'a SqlStore,
        options: &'a Options,
        past: Past,
        archived: &'a Archived,
    ) -> Self {
        Self {
            store,
            options,
            past,
            archived,
            frontier: Frontier::default(),
            seen: Seen::default(),
            in_table: 0,
            mismatches: Vec::new(),
            tiles: BTreeMap::new(),
            full: Vec::new(),
        }
    }

    /// Reads all of it. Gives what has to be looked at more closely.
    pub(super) async fn run(
        mut self,
        report: &mut Report,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Suspects, VerifyError> {
        let head = self.store.log_head().await?;
        let newest = self.newest(report).await?;
        let signed = newest.map_or(0, |checkpoint| checkpoint.size);
        let witnessed = self.past.largest();
        let (store, mut first) = (self.store, 0);
        let mut batch = Batch::read(store, first).await?;
        loop {
            // The next batch is read while this one is compared.
            let next = Batch::next(first);
            let ahead = Batch::read(store, next);
            let (goes_on, ahead) = join(self.batch(first, &batch, report), ahead).await;
            if !goes_on? {
                break;
            }
            (first, batch) = (next, ahead?);
            progress(Progress::Log(self.frontier.size(), head.size));
        }
        let size = self.frontier.size();
        self.compare_tiles(true, report).await?;
        report.size = size;
        if size < signed {
            report.find(Finding::Truncated { size, signed });
        } else if newest.is_none() && size > 0 && report.checkpoints == 0 {
            report.find(Finding::CheckpointMissing);
        } else {
            self.compare_end(size, report).await?;
        }
        self.past.end(size, signed, witnessed, report);
        let waiting = self.beside(report).await?;
        let settled = head.settled;
        for seq in &waiting {
            if *seq <= settled {
                report.find(Finding::NotInLog { seq: *seq });
            } else {
                report.waiting += 1;
            }
        }
        Ok(Suspects {
            mismatches: self.mismatches,
            beside: waiting,
        })
    }

    /// The table against the log: the numbers of events that are in the table
    /// and not in the log. Most often there are as many as were found, and
    /// nothing is looked for.
    async fn beside(&self, report: &mut Report) -> Result<Vec<i64>, VerifyError> {
        let mut beside = Vec::new();
        let count = self.store.event_count().await?;
        if count == self.in_table {
            return Ok(beside);
        }
        let mut next = i64::MIN;
        loop {
            let numbers = self.store.event_numbers(next, NUMBERS).await?;
            beside.extend(numbers.iter().filter(|seq| !self.seen.contains(**seq)));
            match numbers.last() {
                Some(last) if numbers.len() == NUMBERS as usize => next = last.saturating_add(1),
                _ => break,
            }
        }
        // They were counted before they were listed: an honest table has grown
        // since, and has no more rows than numbers.
        let known = self.in_table + beside.len() as u64;
        if let Some(more @ 1..) = count.checked_sub(known) {
            report.find(Finding::MoreRows { more });
        }
        Ok(beside)
    }

    async fn newest(&self, report: &mut Report) -> Result<Option<Checkpoint>, VerifyError> {
        let Some(note) = self.store.newest_checkpoint().await? else {
            return Ok(None);
        };
        match Checkpoint::open(&note, &self.options.keys.log) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(fault) => {
                // `Past` names it by its size when the walk comes there, which
                // it may not if the log was cut.
                if report.checkpoints == 0 {
                    let size = self.store.log_head().await?.size;
                    report.find(Finding::CheckpointBad { size, fault });
                }
                Ok(None)
            }
        }
    }

    /// Whether head and checkpoint end where the log does. Both are read after
    /// it: an honest log can only have gone on.
    async fn compare_end(&self, size: u64, report: &mut Report) -> Result<(), VerifyError> {
        let head = self.store.log_head().await?.size;
        if head < size {
            report.find(Finding::HeadDiffers { head, size });
        }
        let mut note = self.store.newest_checkpoint().await?;
        let key = &self.options.keys.log;
        let signed = note
            .take()
            .and_then(|note| Checkpoint::open(&note, key).ok());
        if let Some(signed) = signed.map(|signed| signed.size)
            && signed < size
        {
            report.find(Finding::BeyondCheckpoint { size, signed });
        }
        Ok(())
    }

    /// A batch of tiles; false at the end of the log.
    async fn batch(
        &mut self,
        first: u64,
        batch: &Batch,
        report: &mut Report,
    ) -> Result<bool, VerifyError> {
        let width = TILE_WIDTH as u64;
        let count = batch.leaves.len();
        for seq in batch.twice() {
            report.find(Finding::TwiceInTable { seq });
        }
        for (number, leaves) in batch.leaves.iter().enumerate() {
            let tile = first + number as u64;
            if leaves.tile != tile {
                report.find(Finding::LeavesMissing { tile });
                return Ok(false);
            }
            let kept = batch.kept(tile);
            // Only the end of the log is not full; if more follows all the
            // same, the walk ends here, before what was signed.
            let is_last = number + 1 == count;
            let differs = kept.len() < leaves.seqs.len()
                || (kept.len() > leaves.seqs.len() && !is_last)
                || (leaves.seqs.len() < TILE_WIDTH && !is_last);
            if differs {
                report.find(Finding::LeavesDiffer { tile });
                return Ok(false);
            }
            for (place, (seq, hash)) in leaves.seqs.iter().zip(kept).enumerate() {
                let row = batch.row(*seq, number * TILE_WIDTH + place);
                self.leaf(*seq, *hash, row, report).await?;
            }
            // Lets the reading go on.
            tokio::task::yield_now().await;
        }
        self.compare_tiles(false, report).await?;
        Ok(batch.is_whole() && self.frontier.size().is_multiple_of(width))
    }

    /// The next place of the log: its event, the hash that is kept, and that of
    /// the table's row.
    async fn leaf(
        &mut self,
        seq: i64,
        leaf: Hash,
        row: Option<Hash>,
        report: &mut Report,
    ) -> Result<(), VerifyError> {
        let position = self.frontier.size();
        let is_new = self.seen.insert(seq);
        if !is_new {
            // Where it stands first is found once more: this is no hot path.
            report.find(Finding::Duplicated {
                seq,
                first: self.first_place(seq).await?,
                second: position,
            });
        }
        match row {
            Some(row) => {
                report.events += 1;
                self.in_table += u64::from(is_new);
                if row != leaf {
                    self.mismatches.push(Mismatch {
                        seq,
                        position,
                        leaf,
                    });
                }
            }
            None => match self.archived.leaf(position, seq) {
                Some(Some(hash)) => {
                    report.events += 1;
                    if hash != leaf {
                        report.find(Finding::Edited { seq, position });
                    }
                }
                Some(None) => report.archived += 1,
                None => report.find(Finding::Missing { seq, position }),
            },
        }
        let (tiles, full) = (&mut self.tiles, &mut self.full);
        self.frontier.append(leaf, |level, index, hash| {
            let width = TILE_WIDTH as u64;
            let (tile, hashes) = tiles.entry(level).or_default();
            *tile = index / width;
            hashes.push(hash);
            if hashes.len() == TILE_WIDTH {
                full.push((level, *tile, std::mem::take(hashes)));
            }
        });
        let size = self.frontier.size();
        self.past
            .read_on(self.store, size, self.options, report)
            .await?;
        if self.past.next_size() <= size {
            let root = self.frontier.root();
            self.past.pass(size, root, report);
        }
        Ok(())
    }

    async fn first_place(&self, seq: i64) -> Result<u64, VerifyError> {
        let mut first = 0;
        loop {
            let leaves = self.store.leaf_tiles(first, PART).await?;
            let Some(last) = leaves.last() else {
                return Ok(0);
            };
            first = last.tile + 1;
            for leaves in &leaves {
                if let Some(place) = leaves.seqs.iter().position(|there| *there == seq) {
                    return Ok(leaves.tile * TILE_WIDTH as u64 + place as u64);
                }
            }
        }
    }

    /// Compares the tiles above the leaves with those that are kept: proofs
    /// are made from them.
    async fn compare_tiles(&mut self, all: bool, report: &mut Report) -> Result<(), VerifyError> {
        let mut tiles = std::mem::take(&mut self.full);
        if all {
            let rest = std::mem::take(&mut self.tiles);
            let rest = rest
                .into_iter()
                .filter(|(_, (_, hashes))| !hashes.is_empty());
            tiles.extend(rest.map(|(level, (index, hashes))| (level, index, hashes)));
        }
        for (level, index, hashes) in tiles {
            let kept = self.store.log_tiles(&[(level, index)]).await?;
            let kept = kept.first().map_or(&[][..], |tile| &tile.hashes);
            if kept.get(..hashes.len()) != Some(hashes.as_slice()) {
                report.find(Finding::TileDiffers { level, index });
            }
        }
        Ok(())
    }
}
