//! What the journal says: batches and operations by their keys, what is
//! unfinished on a card, what is open, what is overdue.

use card_domain::{CardId, EnterpriseId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::storage::{
    BatchRecord, CardRecord, OperationRecord, StoreError, TokenHash,
    rows::{
        card::{card, card_columns},
        operation::{batch, batch_columns, operation, operation_columns, operation_tables},
    },
    sql::{Sql, arguments},
};

/// The batch with this ticket.
pub(in crate::storage) async fn by_ticket<C: Sql>(
    connection: &mut C,
    ticket: TokenHash,
) -> Result<Option<BatchRecord>, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                batch_columns!(),
                " FROM operation_batches b WHERE b.ticket_hash = $1"
            ),
            arguments![&ticket],
        )
        .await?;
    row.as_ref().map(batch).transpose()
}

/// A batch by its key.
pub(in crate::storage) async fn batch_by_id<C: Sql>(
    connection: &mut C,
    id: Uuid,
) -> Result<Option<BatchRecord>, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                batch_columns!(),
                " FROM operation_batches b WHERE b.id = $1"
            ),
            arguments![id],
        )
        .await?;
    row.as_ref().map(batch).transpose()
}

/// The operations of a batch, in the order of its statement.
pub(in crate::storage) async fn of_batch<C: Sql>(
    connection: &mut C,
    batch: Uuid,
) -> Result<Vec<OperationRecord>, StoreError> {
    let rows = connection
        .fetch_all(
            concat!(
                "SELECT ",
                card_columns!(),
                ", ",
                operation_columns!(),
                operation_tables!(),
                "WHERE o.batch_id = $1 ORDER BY o.place"
            ),
            arguments![batch],
        )
        .await?;
    rows.iter().map(operation).collect()
}

/// An operation by its key.
pub(in crate::storage) async fn by_id<C: Sql>(
    connection: &mut C,
    id: Uuid,
) -> Result<Option<OperationRecord>, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                card_columns!(),
                ", ",
                operation_columns!(),
                operation_tables!(),
                "WHERE o.id = $1"
            ),
            arguments![id],
        )
        .await?;
    row.as_ref().map(operation).transpose()
}

/// What is unfinished on a card: what is open and touched it, or else what was
/// abandoned after it touched the card and never settled, or else what is open.
pub(in crate::storage) async fn unfinished_on<C: Sql>(
    connection: &mut C,
    id: CardId,
) -> Result<Option<OperationRecord>, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                card_columns!(),
                ", ",
                operation_columns!(),
                operation_tables!(),
                "WHERE o.card_id = $1 AND (o.state IN \
                 ('prepared', 'issued', 'written', 'read_back') OR (o.state = 'abandoned' \
                 AND o.touched_at IS NOT NULL AND o.settled_at IS NULL)) \
                 ORDER BY o.touched_at IS NULL, o.state = 'abandoned', o.prepared_at DESC, o.id DESC LIMIT 1"
            ),
            arguments![id],
        )
        .await?;
    row.as_ref().map(operation).transpose()
}

/// The open operations, of one enterprise or of all, the newest first.
pub(in crate::storage) async fn open<C: Sql>(
    connection: &mut C,
    enterprise: Option<EnterpriseId>,
    limit: u32,
) -> Result<Vec<OperationRecord>, StoreError> {
    let rows = match enterprise {
        Some(enterprise) => {
            connection
                .fetch_all(
                    concat!(
                        "SELECT ",
                        card_columns!(),
                        ", ",
                        operation_columns!(),
                        operation_tables!(),
                        "WHERE o.enterprise_id = $1 \
                         AND o.state IN ('prepared', 'issued', 'written', 'read_back') \
                         ORDER BY o.prepared_at DESC, o.id DESC LIMIT $2"
                    ),
                    arguments![enterprise, limit],
                )
                .await?
        }
        None => {
            connection
                .fetch_all(
                    concat!(
                        "SELECT ",
                        card_columns!(),
                        ", ",
                        operation_columns!(),
                        operation_tables!(),
                        "WHERE o.state IN ('prepared', 'issued', 'written', 'read_back') \
                         ORDER BY o.prepared_at DESC, o.id DESC LIMIT $1"
                    ),
                    arguments![limit],
                )
                .await?
        }
    };
    rows.iter().map(operation).collect()
}

/// Those that touched no card, and that were prepared before `before`.
pub(in crate::storage) async fn overdue<C: Sql>(
    connection: &mut C,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<OperationRecord>, StoreError> {
    let rows = connection
        .fetch_all(
            concat!(
                "SELECT ",
                card_columns!(),
                ", ",
                operation_columns!(),
                operation_tables!(),
                "WHERE o.state IN ('prepared', 'issued') AND o.touched_at IS NULL \
                 AND o.prepared_at < $1 ORDER BY o.prepared_at LIMIT $2"
            ),
            arguments![before, limit],
        )
        .await?;
    rows.iter().map(operation).collect()
}

/// The card with this chip id, whosever it is.
pub(in crate::storage) async fn card_of_chip<C: Sql>(
    connection: &mut C,
    chip: Uuid,
) -> Result<Option<CardRecord>, StoreError> {
    let row = connection
        .fetch(
            concat!(
                "SELECT ",
                card_columns!(),
                " FROM cards c LEFT JOIN certificates k ON k.id = c.certificate_id \
                 WHERE c.chip_id = $1"
            ),
            arguments![chip],
        )
        .await?;
    row.as_ref().map(card).transpose()
}
