//! The first pass: events against leaves, leaves against every root that was
//! signed, in the order of the log, thousands at a time.

use std::collections::BTreeMap;

use futures_util::future::join;

use super::{
    Finding, Options, Progress, Report,
    archived::Archived,
    batch::Batch,
    known_roots::KnownRoots,
    mismatches::{Mismatch, Mismatches},
    seq_bitmap::SeqBitmap,
    turn,
};
use crate::{
    LogSource,
    checkpoint::Checkpoint,
    tree::{CompactRange, Hash, TILE_WIDTH},
};

/// Tiles that are searched at once for where an event stands first.
const TILES_BATCH: u32 = 16;

/// Numbers that are read at once.
const NUMBERS_BATCH: u32 = 100_000;

/// One pass over the log: what was seen so far, and what is found.
pub(super) struct LogPass<'a, S: LogSource + ?Sized> {
    source: &'a S,
    options: &'a Options,
    known: KnownRoots,
    archived: &'a Archived,
    range: CompactRange,
    seqs: SeqBitmap,
    /// How many different events of the log the table has.
    in_table: u64,
    mismatches: Vec<Mismatch>,
    /// Of each level the hashes of the tile that is being filled.
    tiles: BTreeMap<u32, (u64, Vec<Hash>)>,
    full: Vec<(u32, u64, Vec<Hash>)>,
}

impl<'a, S: LogSource + ?Sized> LogPass<'a, S> {
    pub(super) fn new(
        source: &'a S,
        options: &'a Options,
        known: KnownRoots,
        archived: &'a Archived,
    ) -> Self {
        Self {
            source,
            options,
            known,
            archived,
            range: CompactRange::default(),
            seqs: SeqBitmap::default(),
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
    ) -> Result<Mismatches, S::Error> {
        let head = self.source.head().await?;
        report.settled = head.settled;
        let newest = self.newest(report).await?;
        let signed = newest.map_or(0, |checkpoint| checkpoint.size);
        let (source, mut first) = (self.source, 0);
        let mut batch = Batch::read(source, first).await?;
        loop {
            // The next batch is read while this one is compared.
            let next = Batch::next(first);
            let ahead = Batch::read(source, next);
            let (goes_on, ahead) = join(self.batch(first, &batch, report), ahead).await;
            if !goes_on? {
                break;
            }
            (first, batch) = (next, ahead?);
            progress(Progress::Log(self.range.size(), head.size));
        }
        let size = self.range.size();
        self.compare_tiles(true, report).await?;
        report.size = size;
        if size < signed {
            report.find(Finding::Truncated { size, signed });
        } else if newest.is_none() && size > 0 && report.checkpoints == 0 {
            report.find(Finding::CheckpointMissing);
        } else {
            self.compare_end(size, report).await?;
        }
        self.known.end(size, signed, self.options, report);
        let waiting = self.beside(report).await?;
        let settled = head.settled;
        for seq in &waiting {
            if *seq <= settled {
                report.find(Finding::NotInLog { seq: *seq });
            } else {
                report.waiting += 1;
            }
        }
        Ok(Mismatches {
            differing: self.mismatches,
            beside: waiting,
        })
    }

    /// The table against the log: the numbers of events that are in the table
    /// and not in the log. Most often there are as many as were found, and
    /// nothing is looked for.
    async fn beside(&self, report: &mut Report) -> Result<Vec<i64>, S::Error> {
        let mut beside = Vec::new();
        let count = self.source.event_count().await?;
        if count == self.in_table {
            return Ok(beside);
        }
        let mut next = i64::MIN;
        loop {
            let numbers = self.source.event_numbers(next, NUMBERS_BATCH).await?;
            beside.extend(numbers.iter().filter(|seq| !self.seqs.contains(**seq)));
            match numbers.last() {
                Some(last) if numbers.len() == NUMBERS_BATCH as usize => {
                    next = last.saturating_add(1);
                }
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

    async fn newest(&self, report: &mut Report) -> Result<Option<Checkpoint>, S::Error> {
        let Some(note) = self.source.newest_checkpoint().await? else {
            return Ok(None);
        };
        match Checkpoint::open(&note, &self.options.keys.log) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(fault) => {
                // `KnownRoots` names it by its size when the pass comes there, which
                // it may not if the log was cut.
                if report.checkpoints == 0 {
                    let size = self.source.head().await?.size;
                    report.find(Finding::CheckpointBad { size, fault });
                }
                Ok(None)
            }
        }
    }

    /// Whether head and checkpoint end where the log does. Both are read after
    /// it: an honest log can only have gone on.
    async fn compare_end(&self, size: u64, report: &mut Report) -> Result<(), S::Error> {
        let head = self.source.head().await?.size;
        if head < size {
            report.find(Finding::HeadDiffers { head, size });
        }
        let mut note = self.source.newest_checkpoint().await?;
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
    ) -> Result<bool, S::Error> {
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
            // same, the pass ends here, before what was signed.
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
            turn::yield_now().await;
        }
        self.compare_tiles(false, report).await?;
        Ok(batch.is_whole() && self.range.size().is_multiple_of(width))
    }

    /// The next place of the log: its event, the hash that is kept, and that of
    /// the table's row.
    async fn leaf(
        &mut self,
        seq: i64,
        leaf: Hash,
        row: Option<Hash>,
        report: &mut Report,
    ) -> Result<(), S::Error> {
        let position = self.range.size();
        let is_new = self.seqs.insert(seq);
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
        self.range.append(leaf, |level, index, hash| {
            let width = TILE_WIDTH as u64;
            let (tile, hashes) = tiles.entry(level).or_default();
            *tile = index / width;
            hashes.push(hash);
            if hashes.len() == TILE_WIDTH {
                full.push((level, *tile, std::mem::take(hashes)));
            }
        });
        let size = self.range.size();
        self.known
            .read_on(self.source, size, self.options, report)
            .await?;
        if self.known.next_size() <= size {
            let root = self.range.root();
            self.known.pass(size, root, report);
        }
        Ok(())
    }

    async fn first_place(&self, seq: i64) -> Result<u64, S::Error> {
        let mut first = 0;
        loop {
            let leaves = self.source.leaf_tiles(first, TILES_BATCH).await?;
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
    async fn compare_tiles(&mut self, all: bool, report: &mut Report) -> Result<(), S::Error> {
        let mut tiles = std::mem::take(&mut self.full);
        if all {
            let rest = std::mem::take(&mut self.tiles);
            let rest = rest
                .into_iter()
                .filter(|(_, (_, hashes))| !hashes.is_empty());
            tiles.extend(rest.map(|(level, (index, hashes))| (level, index, hashes)));
        }
        for (level, index, hashes) in tiles {
            let kept = self.source.tiles(&[(level, index)]).await?;
            let kept = kept.first().map_or(&[][..], |tile| &tile.hashes);
            if kept.get(..hashes.len()) != Some(hashes.as_slice()) {
                report.find(Finding::TileDiffers { level, index });
            }
        }
        Ok(())
    }
}
