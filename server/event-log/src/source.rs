//! Where a log is read from. The verification knows nothing else of a store:
//! tiles, leaves, the head, and what was signed.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    leaves::Leaves,
    tree::{Hash, Tile},
};

/// How far the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// How many events it has.
    pub size: u64,
    /// Every event up to this number that there will ever be has its place.
    pub settled: i64,
}

/// Which events stand at the places of a tile of level 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafTile {
    /// Its index: the first place is 256 times this.
    pub tile: u64,
    /// The events' numbers, at most 256.
    pub seqs: Vec<i64>,
}

/// Events that were moved to a file, as the table of archives has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedRange {
    /// The first number.
    pub first: i64,
    /// The last number.
    pub last: i64,
    /// The note that the log's key signed; see [`crate::ArchiveNote`].
    pub note: String,
}

/// A log to be read. Nothing that it says is believed: [`crate::verify`]
/// compares all of it with what was signed.
#[async_trait]
pub trait LogSource: Sync {
    /// Why something could not be read. It says nothing about the log.
    type Error: std::error::Error + Send;

    /// How far the log is.
    async fn head(&self) -> Result<LogHead, Self::Error>;

    /// Those of the tiles that are there, by level and index.
    async fn tiles(&self, positions: &[(u32, u64)]) -> Result<Vec<Tile>, Self::Error>;

    /// At most `limit` tiles of level 0 by their hashes, from an index on.
    async fn leaf_hash_tiles(&self, first: u64, limit: u32) -> Result<Vec<Tile>, Self::Error>;

    /// At most `limit` tiles of level 0 by their events, from an index on.
    async fn leaf_tiles(&self, first: u64, limit: u32) -> Result<Vec<LeafTile>, Self::Error>;

    /// Events as leaves, from the number `first` to `last`, at most `limit`.
    async fn leaves(&self, first: i64, last: i64, limit: u32) -> Result<Leaves, Self::Error>;

    /// The hashes of these leaves, each with the event's number.
    async fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Hash)>, Self::Error>;

    /// The numbers of all events from one on, at most `limit`.
    async fn event_numbers(&self, first: i64, limit: u32) -> Result<Vec<i64>, Self::Error>;

    /// How many events there are, whatever indices say.
    async fn event_count(&self) -> Result<u64, Self::Error>;

    /// The newest signed checkpoint.
    async fn newest_checkpoint(&self) -> Result<Option<String>, Self::Error>;

    /// Checkpoints of trees larger than `after`, with the sizes under which
    /// they are kept, the smallest first, at most `limit`.
    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>, Self::Error>;

    /// What was archived, the oldest first.
    async fn archives(&self) -> Result<Vec<ArchivedRange>, Self::Error>;

    /// The certificate with this SHA-256, DER; whose it is, it says itself.
    async fn certificate(&self, digest: Hash) -> Result<Option<Vec<u8>>, Self::Error>;

    /// IC卡号 of a card of an enterprise, as the register has it. It proves nothing:
    /// it may contradict a certificate that names a number alone.
    async fn card_no(&self, enterprise: Uuid, card: Uuid) -> Result<Option<String>, Self::Error>;
}
