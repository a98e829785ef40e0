//! The store as a log that is verified: the reads of [`LogSource`], each the
//! store's own.

use async_trait::async_trait;
use card_domain::{CardId, EnterpriseId};
use event_log::{
    LogSource,
    leaves::Leaves,
    register::{RegisterSource, RegisteredCard},
    source::{ArchivedRange, LeafTile, LogHead},
    tree::{Hash, Tile},
};
use uuid::Uuid;

use crate::storage::{CertificateDigest, SqlStore, StoreError};

/// The log of a store.
#[derive(Clone, Copy)]
pub struct StoreLog<'a>(pub &'a SqlStore);

#[async_trait]
impl LogSource for StoreLog<'_> {
    type Error = StoreError;

    async fn head(&self) -> Result<LogHead, StoreError> {
        self.0.log_head().await
    }

    async fn tiles(&self, positions: &[(u32, u64)]) -> Result<Vec<Tile>, StoreError> {
        self.0.log_tiles(positions).await
    }

    async fn leaf_hash_tiles(&self, first: u64, limit: u32) -> Result<Vec<Tile>, StoreError> {
        self.0.leaf_hash_tiles(first, limit).await
    }

    async fn leaf_tiles(&self, first: u64, limit: u32) -> Result<Vec<LeafTile>, StoreError> {
        self.0.leaf_tiles(first, limit).await
    }

    async fn leaves(&self, first: i64, last: i64, limit: u32) -> Result<Leaves, StoreError> {
        self.0.leaves(first, last, limit).await
    }

    async fn leaf_hashes(
        &self,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Hash)>, StoreError> {
        self.0.leaf_hashes(first, last, limit).await
    }

    async fn event_numbers(&self, first: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.0.event_numbers(first, limit).await
    }

    async fn event_count(&self) -> Result<u64, StoreError> {
        self.0.event_count().await
    }

    async fn newest_checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.0.newest_checkpoint().await
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>, StoreError> {
        self.0.checkpoints(after, limit).await
    }

    async fn archives(&self) -> Result<Vec<ArchivedRange>, StoreError> {
        let archives = self.0.archives().await?.into_iter();
        let range = |archive: crate::storage::ArchiveRecord| ArchivedRange {
            first: archive.first,
            last: archive.last,
            note: archive.note,
        };
        Ok(archives.map(range).collect())
    }

    async fn certificate(&self, digest: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        let signer = self.0.signer(CertificateDigest(digest)).await?;
        Ok(signer.map(|signer| signer.der))
    }

    async fn card_no(&self, enterprise: Uuid, card: Uuid) -> Result<Option<String>, StoreError> {
        match self.0.card(EnterpriseId(enterprise), CardId(card)).await {
            Ok(card) => Ok(card.chip.map(|chip| chip.card_no.0)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl RegisterSource for StoreLog<'_> {
    async fn cards(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<RegisteredCard>, StoreError> {
        self.0.registered_cards(after, limit).await
    }
}
