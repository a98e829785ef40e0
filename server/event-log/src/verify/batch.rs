//! Some tiles of the log, as they are read at once: which events stand there,
//! the hashes that are kept for them, and those that the table's rows have.

use crate::{
    LogSource,
    source::LeafTile,
    tree::{Hash, Tile},
};

/// Tiles that are read at once.
const TILES_BATCH: u32 = 64;

/// Numbers of one batch that lie further apart are read by themselves.
const MAX_GAP: i64 = 4096;

/// The tiles, and what belongs to them.
pub(super) struct Batch {
    /// The events of each tile.
    pub(super) leaves: Vec<LeafTile>,
    tiles: Vec<Tile>,
    /// By the events' numbers.
    rows: Vec<(i64, Hash)>,
}

impl Batch {
    /// Reads what stands from the tile `first` on.
    pub(super) async fn read<S: LogSource + ?Sized>(
        source: &S,
        first: u64,
    ) -> Result<Self, S::Error> {
        let leaves = source.leaf_tiles(first, TILES_BATCH).await?;
        let tiles = source.leaf_hash_tiles(first, TILES_BATCH).await?;
        let mut seqs: Vec<i64> = leaves
            .iter()
            .flat_map(|leaves| leaves.seqs.iter().copied())
            .collect();
        if !seqs.is_sorted() {
            seqs.sort_unstable();
        }
        let mut rows = Vec::with_capacity(seqs.len());
        for run in seqs.chunk_by(|one, next| next.saturating_sub(*one) <= MAX_GAP) {
            if let (Some(first), Some(last)) = (run.first(), run.last()) {
                rows.extend(source.leaf_hashes(*first, *last, u32::MAX).await?);
            }
        }
        Ok(Self {
            leaves,
            tiles,
            rows,
        })
    }

    /// The tile after these.
    pub(super) fn next(first: u64) -> u64 {
        first + u64::from(TILES_BATCH)
    }

    /// Whether there are as many tiles as were asked for, so that more may follow.
    pub(super) const fn is_whole(&self) -> bool {
        self.leaves.len() == TILES_BATCH as usize
    }

    /// The hashes that are kept for a tile.
    pub(super) fn kept(&self, tile: u64) -> &[Hash] {
        let kept = self.tiles.iter().find(|kept| kept.index == tile);
        kept.map_or(&[], |kept| &kept.hashes)
    }

    /// Numbers that several rows of the table have.
    pub(super) fn twice(&self) -> impl Iterator<Item = i64> {
        self.rows.windows(2).filter_map(|rows| match rows {
            [(one, _), (next, _)] if one == next => Some(*one),
            _ => None,
        })
    }

    /// The hash of an event as it stands in the table, if it is there. Where
    /// nothing is amiss the rows are in the order of the log: `guess` is where
    /// it is then.
    pub(super) fn row(&self, seq: i64, guess: usize) -> Option<Hash> {
        let guessed = self.rows.get(guess).filter(|(there, _)| *there == seq);
        if let Some((_, hash)) = guessed {
            return Some(*hash);
        }
        let place = self.rows.binary_search_by_key(&seq, |(seq, _)| *seq);
        self.rows.get(place.ok()?).map(|(_, hash)| *hash)
    }
}
