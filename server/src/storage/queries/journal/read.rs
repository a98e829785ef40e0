//! What the journal says: batches and operations by their keys, what is
//! unfinished on a card, what is open, what is overdue.

use card_domain::{CardId, EnterpriseId};
use event_log::{EventFacts, operation::is_beginning};
use jiff::Timestamp;
use uuid::Uuid;

use crate::storage::{
    BatchRecord, OperationCourse, OperationRecord, SqlStore, StoreError, TokenHash,
    rows::{
        event::{event, select_event},
        operation::{batch, is_open, is_unsettled, operation, select_batch, select_operation},
    },
    value::arguments,
};

/// Events of a card that are read at once.
const EVENTS_BATCH: u32 = 100;

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

    /// The newest batches that this card signed for and whose ticket was void before its
    /// end. Whose ticket it was the caller checks.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn batches_given_up(
        &self,
        enterprise: EnterpriseId,
        actor: CardId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<BatchRecord>, StoreError> {
        let rows = self
            .fetch_all(
                select_batch!(
                    "WHERE enterprise_id = $1 AND actor_card = $2 AND ticket_hash IS NULL \
                     AND ticket_ends_at >= $3 ORDER BY created_at DESC, id DESC LIMIT $4"
                ),
                arguments![enterprise, actor, now, limit],
            )
            .await?;
        rows.iter().map(batch).collect()
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

    /// Until when the ticket of a batch lives: its own end, its session's, or that
    /// of the wait for the legal-person card. `None` when it is over already.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn ticket_lives_until(
        &self,
        batch: Uuid,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let row = self
            .fetch(
                "SELECT b.ticket_ends_at, s.ends_at, s.locked_until FROM operation_batches b \
                 JOIN sessions s ON s.token_hash = b.session_hash \
                 WHERE b.id = $1 AND b.ticket_hash IS NOT NULL AND b.ticket_ends_at >= $2 \
                 AND s.ended_at IS NULL AND s.ends_at > $2 \
                 AND (s.locked_until IS NULL OR s.locked_until > $2)",
                arguments![batch, now],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let ticket: Timestamp = row.get("ticket_ends_at")?;
        let session: Timestamp = row.get("ends_at")?;
        let locked: Option<Timestamp> = row.optional("locked_until")?;
        let ends = [Some(session), locked].into_iter().flatten();
        Ok(Some(ends.fold(ticket, Timestamp::min)))
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
    /// abandoned after it touched the card, or confirmed and contradicted by the
    /// card since, and never settled, or else what is open.
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
                    " OR ",
                    is_unsettled!(),
                    ") ORDER BY o.touched_at IS NULL, o.state IN ('abandoned', 'confirmed'), \
                     o.prepared_at DESC, o.id DESC LIMIT 1"
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

    /// What the log says of an operation that was signed with this nonce.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn operation_course(
        &self,
        card: CardId,
        id: Uuid,
        nonce: &str,
    ) -> Result<OperationCourse, StoreError> {
        let (mut begun, mut next) = (None, i64::MIN);
        loop {
            let rows = self
                .fetch_all(
                    select_event!(
                        "WHERE target_card = $1 AND seq > $2 AND act IN \
                         ('renew', 'unlock', 'renew_begin', 'unlock_begin') \
                         AND outcome IN ('done', 'failed') ORDER BY seq LIMIT $3"
                    ),
                    arguments![card, next, EVENTS_BATCH],
                )
                .await?;
            for row in &rows {
                let found = event(row)?;
                next = found.seq;
                let operation = EventFacts::read(found.facts.as_deref()).operation;
                let signed = found.statement.and_then(|signed| signed.nonce);
                let is_signed_so = signed.as_deref() == Some(nonce);
                if is_beginning(&found.act) {
                    if is_signed_so && begun.replace(operation).is_some() {
                        return Ok(OperationCourse::BegunTwice);
                    }
                } else if is_signed_so || operation == Some(id) {
                    return Ok(OperationCourse::Over);
                }
            }
            if rows.len() < EVENTS_BATCH as usize {
                break;
            }
        }
        Ok(match begun {
            Some(begun) if begun == Some(id) => OperationCourse::Begun,
            Some(_other) => OperationCourse::BegunTwice,
            None => OperationCourse::NotBegun,
        })
    }
}
