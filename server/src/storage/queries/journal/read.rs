//! What the journal says: batches and operations by their keys, what is
//! unfinished on a card, what is open, what is overdue.

use card_domain::{CardId, EnterpriseId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::storage::{
    BatchRecord, OperationRecord, SqlStore, StoreError, TokenHash,
    rows::operation::{batch, is_open, operation, select_batch, select_operation},
    value::arguments,
};

impl SqlStore {
    /// The batch with this ticket, even one that is too late: the caller checks.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn batch_by_ticket(
        &self,
        ticket: TokenHash,
    ) -> Result<Option<BatchRecord>, StoreError> {
        let row = self
            .fetch(select_batch!("WHERE ticket_hash = $1"), arguments![&ticket])
            .await?;
        row.as_ref().map(batch).transpose()
    }

    /// A batch. The caller checks whose it is.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn batch(&self, id: Uuid) -> Result<Option<BatchRecord>, StoreError> {
        let row = self
            .fetch(select_batch!("WHERE id = $1"), arguments![id])
            .await?;
        row.as_ref().map(batch).transpose()
    }

    /// The operations of a batch, in the order of its statement.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn operations_of_batch(
        &self,
        batch: Uuid,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let rows = self
            .fetch_all(
                select_operation!("WHERE o.batch_id = $1 ORDER BY o.place"),
                arguments![batch],
            )
            .await?;
        rows.iter().map(operation).collect()
    }

    /// An operation. The caller checks whose it is.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn operation(&self, id: Uuid) -> Result<Option<OperationRecord>, StoreError> {
        let row = self
            .fetch(select_operation!("WHERE o.id = $1"), arguments![id])
            .await?;
        row.as_ref().map(operation).transpose()
    }

    /// What is unfinished on a card: what is open and touched it, or else what was
    /// abandoned after it touched the card and never settled, or else what is open.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn unfinished_operation(
        &self,
        id: CardId,
    ) -> Result<Option<OperationRecord>, StoreError> {
        let row = self
            .fetch(
                select_operation!(
                    "WHERE o.card_id = $1 AND (",
                    is_open!(),
                    " OR (o.state = 'abandoned' AND o.touched_at IS NOT NULL \
                     AND o.settled_at IS NULL)) ORDER BY o.touched_at IS NULL, \
                     o.state = 'abandoned', o.prepared_at DESC, o.id DESC LIMIT 1"
                ),
                arguments![id],
            )
            .await?;
        row.as_ref().map(operation).transpose()
    }

    /// The open operations of an enterprise, or of all (for administrators), the
    /// newest first.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn open_operations(
        &self,
        enterprise: Option<EnterpriseId>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let rows = match enterprise {
            Some(enterprise) => {
                self.fetch_all(
                    select_operation!(
                        "WHERE o.enterprise_id = $1 AND ",
                        is_open!(),
                        " ORDER BY o.prepared_at DESC, o.id DESC LIMIT $2"
                    ),
                    arguments![enterprise, limit],
                )
                .await?
            }
            None => {
                self.fetch_all(
                    select_operation!(
                        "WHERE ",
                        is_open!(),
                        " ORDER BY o.prepared_at DESC, o.id DESC LIMIT $1"
                    ),
                    arguments![limit],
                )
                .await?
            }
        };
        rows.iter().map(operation).collect()
    }

    /// Operations that touched no card and were prepared before `before`.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn overdue_operations(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let rows = self
            .fetch_all(
                select_operation!(
                    "WHERE o.state IN ('prepared', 'issued') AND o.touched_at IS NULL \
                     AND o.prepared_at < $1 ORDER BY o.prepared_at LIMIT $2"
                ),
                arguments![before, limit],
            )
            .await?;
        rows.iter().map(operation).collect()
    }
}
