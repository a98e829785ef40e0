//! The journal of operations on a card in the reader. Every change names the
//! version that it saw; of two that race one wins. Whoever changes card and
//! journal locks the card first.

use card_domain::{CardId, EnterpriseId, OperationState};
use jiff::Timestamp;
use uuid::Uuid;

use super::{cards, enrolments::revoke_held, events};
use crate::storage::{
    BatchRecord, BatchStart, CardRecord, ConfirmedOperation, HeldChange, NewBatch, NewCertificate,
    NewEvent, NewOperation, NewTicket, OperationRecord, Outcome, SavedOperation, StoreError, Taken,
    TokenHash,
    database::Operation,
    error::corrupt,
    rows::{
        card::{card, card_columns},
        operation::{batch, batch_columns, operation, operation_columns, operation_tables},
    },
    sql::{Sql, arguments},
};

/// Begins a batch.
pub(in crate::storage) struct BeginBatch(pub(in crate::storage) NewBatch);

impl Operation for BeginBatch {
    type Output = BatchStart;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<BatchStart, StoreError> {
        let new = &self.0;
        let taken = connection
            .execute(
                "DELETE FROM nonces WHERE hash = $1 AND kind = 'operation' \
                 AND session_hash = $2 AND expires_at >= $3",
                arguments![&new.nonce, &new.session, new.at],
            )
            .await?;
        if taken == 0 {
            return Ok(BatchStart::NonceVoid);
        }
        if !lock_session(
            connection,
            new.enterprise,
            &new.session,
            &new.ticket,
            new.at,
        )
        .await?
        {
            return Ok(BatchStart::SessionEnded);
        }
        insert_batch(connection, new).await?;
        let mut left_out = Vec::new();
        // In one order everywhere, so that two batches never wait for each other.
        let mut operations: Vec<_> = new.operations.iter().enumerate().collect();
        operations.sort_by_key(|(_place, operation)| operation.card);
        for (place, operation) in operations {
            let place = i64::try_from(place).map_err(|_range| corrupt("operations.place"))?;
            if let Some(taken) = begin(connection, new, place, operation).await? {
                left_out.push((operation.card, taken));
            }
        }
        if left_out.len() == new.operations.len() {
            connection
                .execute(
                    "DELETE FROM operation_batches WHERE id = $1",
                    arguments![new.id],
                )
                .await?;
            if new.ticket.lock_until.is_some() {
                connection
                    .execute(
                        "UPDATE sessions SET locked_until = NULL WHERE token_hash = $1",
                        arguments![&new.session],
                    )
                    .await?;
            }
        }
        Ok(BatchStart::Begun { left_out })
    }
}

/// Locks the legal person's session if the ticket says so; false when it is
/// not alive any more.
async fn lock_session<C: Sql>(
    connection: &mut C,
    enterprise: EnterpriseId,
    session: &TokenHash,
    ticket: &NewTicket,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let alive = connection
        .execute(
            "UPDATE sessions SET locked_until = coalesce($4, locked_until) \
             WHERE token_hash = $1 AND enterprise_id = $2 AND role = 'legal_person' \
             AND ended_at IS NULL AND ends_at > $3 AND EXISTS \
             (SELECT 1 FROM cards a WHERE a.id = sessions.card_id AND a.state = 'normal')",
            arguments![session, enterprise, at, ticket.lock_until],
        )
        .await?;
    Ok(alive == 1)
}

async fn insert_batch<C: Sql>(connection: &mut C, new: &NewBatch) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT INTO operation_batches (id, enterprise_id, actor_card, act, session_hash, \
             ticket_hash, ticket_ends_at, statement, structured, signature, certificate, created_at, \
             nonce, origin) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            arguments![
                new.id,
                new.enterprise,
                new.actor,
                new.action.name(),
                &new.session,
                &new.ticket.hash,
                new.ticket.ends_at,
                &new.signed.text,
                &new.signed.structured,
                &new.signed.signature,
                &new.signed.certificate,
                new.at,
                new.signed.nonce.as_deref(),
                new.signed.origin.as_deref(),
            ],
        )
        .await?;
    Ok(())
}

/// Begins the operation on one card, unless something else came first.
async fn begin<C: Sql>(
    connection: &mut C,
    batch: &NewBatch,
    place: i64,
    new: &NewOperation,
) -> Result<Option<Taken>, StoreError> {
    let locked = connection
        .execute(
            "UPDATE cards SET version = version \
             WHERE enterprise_id = $1 AND id = $2 AND state = $3 AND version = $4",
            arguments![
                batch.enterprise,
                new.card,
                new.before.name().name(),
                new.version
            ],
        )
        .await?;
    if locked == 0 {
        let now = cards::state_now(connection, batch.enterprise, new.card).await?;
        return Ok(Some(now.map_or(Taken::Unknown, Taken::Changed)));
    }
    // What an earlier ticket left without having touched the card, once that
    // ticket is void, makes room.
    let stale = connection
        .execute(
            "UPDATE operations SET state = 'abandoned', abandoned_at = $2, version = version + 1 \
             WHERE card_id = $1 AND state IN ('prepared', 'issued') AND touched_at IS NULL \
             AND batch_id IN (SELECT id FROM operation_batches \
             WHERE ticket_hash IS NULL OR ticket_ends_at < $2 OR session_hash NOT IN \
             (SELECT token_hash FROM sessions WHERE ended_at IS NULL AND ends_at > $2 \
             AND (locked_until IS NULL OR locked_until > $2)))",
            arguments![new.card, batch.at],
        )
        .await?;
    if stale > 0 {
        revoke_held(connection, new.card.0).await?;
        let event = NewEvent {
            outcome: Outcome::Failed,
            statement: None,
            detail: Some(String::from(
                "abandoned: its ticket was void, another one begins",
            )),
            ..new.event.clone()
        };
        events::insert(connection, &event).await?;
    }
    let begun = connection
        .execute(
            "INSERT INTO operations (id, batch_id, place, card_id, enterprise_id, state, payload, \
             prepared_at) VALUES ($1, $2, $3, $4, $5, 'prepared', $6, $7) \
             ON CONFLICT (card_id) \
             WHERE state IN ('prepared', 'issued', 'written', 'read_back') DO NOTHING",
            arguments![
                new.id,
                batch.id,
                place,
                new.card,
                batch.enterprise,
                &new.payload,
                batch.at
            ],
        )
        .await?;
    if begun == 0 {
        return Ok(Some(Taken::Open));
    }
    events::insert(connection, &new.event).await?;
    Ok(None)
}

/// A change of an operation. False, and nothing written, when it is not at the
/// version that the caller saw.
pub(in crate::storage) struct SaveOperation(pub(in crate::storage) SavedOperation);

impl Operation for SaveOperation {
    type Output = bool;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<bool, StoreError> {
        lock_card(connection, &self.0).await?;
        save(connection, &self.0).await
    }
}

/// The end of an operation.
pub(in crate::storage) struct ConfirmOperation(pub(in crate::storage) ConfirmedOperation);

impl Operation for ConfirmOperation {
    type Output = bool;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<bool, StoreError> {
        let change = &self.0.change;
        lock_card(connection, change).await?;
        if !save(connection, change).await? {
            return Ok(false);
        }
        if let Some(certificate) = &self.0.certificate {
            connection
                .execute(
                    "UPDATE certificates SET standing = 'superseded' \
                     WHERE card_id = $1 AND standing = 'good'",
                    arguments![change.card],
                )
                .await?;
            let good = connection
                .execute(
                    "UPDATE certificates SET standing = 'good' \
                     WHERE card_id = $1 AND sha256 = $2 AND standing = 'held'",
                    arguments![change.card, certificate],
                )
                .await?;
            let named = connection
                .execute(
                    "UPDATE cards SET version = version + 1, certificate_id = \
                     (SELECT id FROM certificates WHERE card_id = $1 AND standing = 'good') \
                     WHERE id = $1 AND enterprise_id = $2",
                    arguments![change.card, change.enterprise],
                )
                .await?;
            // What is not held can't become good: everything is undone.
            if (good, named) != (1, 1) {
                return Err(corrupt("certificates.standing"));
            }
        }
        // What was abandoned before does not matter any more.
        connection
            .execute(
                "UPDATE operations SET settled_at = $2 WHERE card_id = $1 \
                 AND state = 'abandoned' AND touched_at IS NOT NULL AND settled_at IS NULL",
                arguments![change.card, change.at],
            )
            .await?;
        Ok(true)
    }
}

/// The card's row is locked before the journal's, as everywhere.
async fn lock_card<C: Sql>(connection: &mut C, change: &SavedOperation) -> Result<(), StoreError> {
    connection
        .execute(
            "UPDATE cards SET version = version WHERE id = $1 AND enterprise_id = $2",
            arguments![change.card, change.enterprise],
        )
        .await?;
    Ok(())
}

async fn save<C: Sql>(connection: &mut C, change: &SavedOperation) -> Result<bool, StoreError> {
    let since = |state| (change.state == state).then_some(change.at);
    let (from, to) = match change.puk {
        Some((from, to)) => (Some(i64::from(from)), Some(i64::from(to))),
        None => (None, None),
    };
    let reached = |state| {
        // A confirmed operation was written and read back, if no earlier then now.
        (change.state == OperationState::Confirmed || change.state == state).then_some(change.at)
    };
    let saved = connection
        .execute(
            "UPDATE operations SET version = version + 1, state = $4, payload = $5, \
             touched_at = $6, puk_from = $7, puk_to = $8, puk_tries = $9, problem = $10, \
             settled_at = $11, issued_at = coalesce(issued_at, $12), \
             written_at = coalesce(written_at, $13), read_back_at = coalesce(read_back_at, $14), \
             confirmed_at = $15, abandoned_at = coalesce(abandoned_at, $16) \
             WHERE id = $1 AND card_id = $2 AND version = $3 AND (state NOT IN \
             ('confirmed', 'abandoned') OR (state = 'abandoned' AND $4 = 'abandoned'))",
            arguments![
                change.id,
                change.card,
                change.version,
                change.state.name(),
                &change.payload,
                change.touched_at,
                from,
                to,
                change.puk_tries,
                change.problem.as_deref(),
                change.settled_at,
                since(OperationState::Issued),
                reached(OperationState::Written),
                reached(OperationState::ReadBack),
                since(OperationState::Confirmed),
                since(OperationState::Abandoned),
            ],
        )
        .await?;
    if saved == 0 {
        return Ok(false);
    }
    match &change.held {
        HeldChange::Keep => {}
        HeldChange::Revoke => revoke_held(connection, change.card.0).await?,
        HeldChange::Hold(certificate) => hold(connection, change, certificate).await?,
    }
    if let Some(puk) = change.card_puk {
        connection
            .execute(
                "UPDATE cards SET puk_generation = $2, puk_known = $3 WHERE id = $1",
                arguments![change.card, puk.generation, i64::from(puk.known)],
            )
            .await?;
    }
    if let Some(pin) = change.pin {
        cards::note_pin(connection, change.enterprise, change.card, pin).await?;
    }
    if let Some(event) = &change.event {
        events::insert(connection, event).await?;
    }
    Ok(true)
}

async fn hold<C: Sql>(
    connection: &mut C,
    change: &SavedOperation,
    new: &NewCertificate,
) -> Result<(), StoreError> {
    revoke_held(connection, change.card.0).await?;
    connection
        .execute(
            "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
             VALUES ($1, $2, $3, $4, $5, 'held', $6)",
            arguments![
                new.id,
                change.card,
                &new.serial,
                &new.der,
                &new.sha256,
                new.created_at
            ],
        )
        .await?;
    connection
        .execute(
            "UPDATE operations SET certificate_id = $2 WHERE id = $1",
            arguments![change.id, new.id],
        )
        .await?;
    Ok(())
}

/// A new ticket for a batch. False, and nothing written, when the enterprise
/// has no such batch or the session is not alive any more.
pub(in crate::storage) struct RenewTicket {
    pub(in crate::storage) enterprise: EnterpriseId,
    pub(in crate::storage) batch: Uuid,
    pub(in crate::storage) session: TokenHash,
    pub(in crate::storage) ticket: NewTicket,
    pub(in crate::storage) at: Timestamp,
}

impl Operation for RenewTicket {
    type Output = bool;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<bool, StoreError> {
        let renewed = connection
            .execute(
                "UPDATE operation_batches SET session_hash = $3, ticket_hash = $4, \
                 ticket_ends_at = $5 WHERE id = $1 AND enterprise_id = $2 AND EXISTS \
                 (SELECT 1 FROM sessions s WHERE s.token_hash = $3 AND s.enterprise_id = $2 \
                 AND s.role = 'legal_person' AND s.ended_at IS NULL AND s.ends_at > $6)",
                arguments![
                    self.batch,
                    self.enterprise,
                    &self.session,
                    &self.ticket.hash,
                    self.ticket.ends_at,
                    self.at
                ],
            )
            .await?;
        if renewed == 0 {
            return Ok(false);
        }
        lock_session(
            connection,
            self.enterprise,
            &self.session,
            &self.ticket,
            self.at,
        )
        .await
    }
}

/// A ticket is void from now on.
pub(in crate::storage) struct VoidTicket(pub(in crate::storage) Uuid);

impl Operation for VoidTicket {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
        connection
            .execute(
                "UPDATE operation_batches SET ticket_hash = NULL, session_hash = NULL WHERE id = $1",
                arguments![self.0],
            )
            .await?;
        Ok(())
    }
}

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

/// What is unfinished on a card: what is open, or else what was abandoned
/// after the card was touched and never settled.
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
                 ORDER BY o.state = 'abandoned', o.prepared_at DESC, o.id DESC LIMIT 1"
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
