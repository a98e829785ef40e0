//! What the journal says: batches and operations by their keys, what is
//! unfinished on a card, what is open, what is overdue.

use card_domain::{CardId, EnterpriseId};
use card_protocol::piv::ChipId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::storage::{
    BatchRecord, CardRecord, OperationRecord, StoreError, TokenHash,
    connection::Connection,
    rows::{
        card::{card, select_card},
        operation::{batch, is_open, operation, select_batch, select_operation},
    },
    value::arguments,
};

/// The batch with this ticket.
pub(in crate::storage) async fn by_ticket(
    connection: &mut Connection<'_>,
    ticket: TokenHash,
) -> Result<Option<BatchRecord>, StoreError> {
    let row = connection
        .fetch(select_batch!("WHERE ticket_hash = $1"), arguments![&ticket])
        .await?;
    row.as_ref().map(batch).transpose()
}

/// A batch by its key.
pub(in crate::storage) async fn batch_by_id(
    connection: &mut Connection<'_>,
    id: Uuid,
) -> Result<Option<BatchRecord>, StoreError> {
    let row = connection
        .fetch(select_batch!("WHERE id = $1"), arguments![id])
        .await?;
    row.as_ref().map(batch).transpose()
}

/// The operations of a batch, in the order of its statement.
pub(in crate::storage) async fn of_batch(
    connection: &mut Connection<'_>,
    batch: Uuid,
) -> Result<Vec<OperationRecord>, StoreError> {
    let rows = connection
        .fetch_all(
            select_operation!("WHERE o.batch_id = $1 ORDER BY o.place"),
            arguments![batch],
        )
        .await?;
    rows.iter().map(operation).collect()
}

/// An operation by its key.
pub(in crate::storage) async fn by_id(
    connection: &mut Connection<'_>,
    id: Uuid,
) -> Result<Option<OperationRecord>, StoreError> {
    let row = connection
        .fetch(select_operation!("WHERE o.id = $1"), arguments![id])
        .await?;
    row.as_ref().map(operation).transpose()
}

/// What is unfinished on a card: what is open and touched it, or else what was
/// abandoned after it touched the card and never settled, or else what is open.
pub(in crate::storage) async fn unfinished_on(
    connection: &mut Connection<'_>,
    id: CardId,
) -> Result<Option<OperationRecord>, StoreError> {
    let row = connection
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

/// The open operations, of one enterprise or of all, the newest first.
pub(in crate::storage) async fn open(
    connection: &mut Connection<'_>,
    enterprise: Option<EnterpriseId>,
    limit: u32,
) -> Result<Vec<OperationRecord>, StoreError> {
    let rows = match enterprise {
        Some(enterprise) => {
            connection
                .fetch_all(
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
            connection
                .fetch_all(
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

/// Those that touched no card, and that were prepared before `before`.
pub(in crate::storage) async fn overdue(
    connection: &mut Connection<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<OperationRecord>, StoreError> {
    let rows = connection
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

/// The card with this chip id, whosever it is.
pub(in crate::storage) async fn card_of_chip(
    connection: &mut Connection<'_>,
    chip: ChipId,
) -> Result<Option<CardRecord>, StoreError> {
    let row = connection
        .fetch(select_card!("WHERE c.chip_id = $1"), arguments![chip])
        .await?;
    row.as_ref().map(card).transpose()
}
