//! The beginning of a batch: the proposal is used up, the session locked if the
//! ticket says so, and each card gets a row in the journal unless something
//! else came first.

use card_domain::{Action, EventOutcome, Reason};
use event_log::EventFacts;
use uuid::Uuid;

use super::ticket::lock_session;
use crate::storage::{
    BatchStart, NewBatch, NewEvent, NewOperation, SkipReason, SqlStore, StoreError,
    connection::Connection,
    database::WriteQuery,
    error::corrupt,
    queries::{cards, certificates::revoke_held, enrolments::without_held, events, register},
    value::arguments,
};

impl SqlStore {
    /// Begins operations in one transaction: takes the nonce, locks the session if
    /// the ticket says so, and opens a journal row for every card that is still as
    /// it was seen and has none open.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn begin_batch(&self, batch: NewBatch) -> Result<BatchStart, StoreError> {
        self.write(BeginBatch(batch)).await
    }
}

/// Begins a batch.
struct BeginBatch(NewBatch);

impl WriteQuery for BeginBatch {
    type Output = BatchStart;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<BatchStart, StoreError> {
        let new = &self.0;
        let taken = connection
            .execute(
                "DELETE FROM nonces WHERE hash = $1 AND kind = 'operation' \
                 AND session_hash = $2 AND expires_at >= $3",
                arguments![new.signed.nonce_hash().as_slice(), &new.session, new.at],
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

async fn insert_batch(connection: &mut Connection<'_>, new: &NewBatch) -> Result<(), StoreError> {
    let signed = new.signed.parts();
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
                &signed.text,
                &signed.structured,
                &signed.signature,
                signed.certificate.as_slice(),
                new.at,
                &signed.nonce,
                &signed.origin,
            ],
        )
        .await?;
    Ok(())
}

/// Begins the operation on one card, unless something else came first.
async fn begin(
    connection: &mut Connection<'_>,
    batch: &NewBatch,
    place: i64,
    new: &NewOperation,
) -> Result<Option<SkipReason>, StoreError> {
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
        return Ok(Some(now.map_or(SkipReason::Unknown, SkipReason::Changed)));
    }
    // What an earlier ticket left without having touched the card, once that
    // ticket is void, makes room.
    let stale = connection
        .fetch(
            "UPDATE operations SET state = 'abandoned', abandoned_at = $2, version = version + 1 \
             WHERE card_id = $1 AND state IN ('prepared', 'issued') AND touched_at IS NULL \
             AND batch_id IN (SELECT id FROM operation_batches \
             WHERE ticket_hash IS NULL OR ticket_ends_at < $2 OR session_hash NOT IN \
             (SELECT token_hash FROM sessions WHERE ended_at IS NULL AND ends_at > $2 \
             AND (locked_until IS NULL OR locked_until > $2))) RETURNING id, \
             (SELECT act FROM operation_batches WHERE id = batch_id) AS act",
            arguments![new.card, batch.at],
        )
        .await?;
    let explained = register::explained(connection, new.card).await?;
    // A card has one at most that is open.
    if let Some(stale) = stale {
        let (id, action): (Uuid, Action) = (stale.get("id")?, stale.get("act")?);
        revoke_held(connection, new.card).await?;
        let facts = EventFacts {
            reason: Some(Reason::Abandoned),
            operation: Some(id),
            ..EventFacts::read(new.event.facts.as_deref())
        };
        let event = NewEvent {
            act: action.into(),
            outcome: EventOutcome::Failed,
            facts: Some(facts.to_json().map_err(|_no_json| corrupt("the facts"))?),
            statement: None,
            detail: Some(format!(
                "operation {id} abandoned: its ticket was void, another one begins"
            )),
            ..new.event.clone()
        };
        let facts = without_held(&explained);
        register::record_step(
            connection,
            new.card,
            Some(&event),
            &explained,
            &facts,
            batch.at,
        )
        .await?;
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
        return Ok(Some(SkipReason::Open));
    }
    let event = NewEvent {
        statement: Some((&batch.signed).into()),
        ..new.event.clone()
    };
    events::insert(connection, &event).await?;
    Ok(None)
}
