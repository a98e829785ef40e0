//! An operation with its card, and a batch.

use card_domain::{Action, CardId, EnterpriseId, OperationState};

use super::{
    card::{CARD_COLUMNS, card},
    digest, named,
};
use crate::storage::{
    BatchRecord, CertificateDigest, CertificateRecord, OpenOperations, OperationRecord,
    OperationTimes, StatementRecord, StoreError, TokenHash,
    error::corrupt,
    sql::{Columns, needed},
};

/// What follows the columns of the card in [`operation`]: of `operations AS o`,
/// `operation_batches AS b` and `certificates AS h`.
macro_rules! operation_columns {
    () => {
        "o.id, o.batch_id, b.act, o.state, o.version, o.payload, h.id, h.serial, h.der, \
         o.puk_from, o.puk_to, o.puk_tries, o.problem, o.touched_at, o.prepared_at, o.issued_at, \
         o.written_at, o.read_back_at, o.confirmed_at, o.abandoned_at, o.settled_at"
    };
}
pub(in crate::storage) use operation_columns;

/// The tables of [`operation`].
macro_rules! operation_tables {
    () => {
        " FROM operations o JOIN operation_batches b ON b.id = o.batch_id \
         JOIN cards c ON c.id = o.card_id AND c.enterprise_id = o.enterprise_id \
         LEFT JOIN certificates k ON k.id = c.certificate_id \
         LEFT JOIN certificates h ON h.id = o.certificate_id "
    };
}
pub(in crate::storage) use operation_tables;

/// The columns of [`batch`], of `operation_batches AS b`.
macro_rules! batch_columns {
    () => {
        "b.id, b.enterprise_id, b.actor_card, b.act, b.statement, b.structured, b.signature, \
         b.certificate, b.session_hash, b.ticket_ends_at, b.created_at, b.nonce, b.origin"
    };
}
pub(in crate::storage) use batch_columns;

/// The act of an operation by its stable name.
fn action(name: &str) -> Option<Action> {
    [Action::Renew, Action::Unlock]
        .into_iter()
        .find(|action| action.name() == name)
}

/// Reads an operation.
pub(in crate::storage) fn operation(row: &impl Columns) -> Result<OperationRecord, StoreError> {
    let first = CARD_COLUMNS;
    let act = needed(row.text(first + 2)?, "operation_batches.act")?;
    let state = needed(row.text(first + 3)?, "operations.state")?;
    let issued = match (
        row.uuid(first + 6)?,
        row.bytes(first + 7)?,
        row.bytes(first + 8)?,
    ) {
        (Some(id), Some(serial), Some(der)) => Some((id, CertificateRecord { serial, der })),
        _ => None,
    };
    let puk = match (row.int(first + 9)?, row.int(first + 10)?) {
        (Some(from), Some(to)) => Some((generation(from)?, generation(to)?)),
        _ => None,
    };
    Ok(OperationRecord {
        id: needed(row.uuid(first)?, "operations.id")?,
        batch: needed(row.uuid(first + 1)?, "operations.batch_id")?,
        action: named(&act, action, "operation_batches.act")?,
        state: named(&state, OperationState::from_name, "operations.state")?,
        version: needed(row.int(first + 4)?, "operations.version")?,
        payload: needed(row.text(first + 5)?, "operations.payload")?,
        issued,
        puk,
        puk_tries: row
            .int(first + 11)?
            .map(|tries| u8::try_from(tries).map_err(|_range| corrupt("operations.puk_tries")))
            .transpose()?,
        problem: row.text(first + 12)?,
        touched_at: row.time(first + 13)?,
        times: OperationTimes {
            prepared: needed(row.time(first + 14)?, "operations.prepared_at")?,
            issued: row.time(first + 15)?,
            written: row.time(first + 16)?,
            read_back: row.time(first + 17)?,
            confirmed: row.time(first + 18)?,
            abandoned: row.time(first + 19)?,
        },
        settled_at: row.time(first + 20)?,
        card: card(row)?,
    })
}

/// Reads a generation of the PUK.
pub(in crate::storage) fn generation(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_range| corrupt("a generation of the PUK"))
}

/// Reads a batch.
pub(in crate::storage) fn batch(row: &impl Columns) -> Result<BatchRecord, StoreError> {
    let act = needed(row.text(3)?, "operation_batches.act")?;
    Ok(BatchRecord {
        id: needed(row.uuid(0)?, "operation_batches.id")?,
        enterprise: EnterpriseId(needed(row.uuid(1)?, "operation_batches.enterprise_id")?),
        actor: CardId(needed(row.uuid(2)?, "operation_batches.actor_card")?),
        action: named(&act, action, "operation_batches.act")?,
        signed: StatementRecord {
            text: needed(row.text(4)?, "operation_batches.statement")?,
            structured: needed(row.text(5)?, "operation_batches.structured")?,
            signature: needed(row.bytes(6)?, "operation_batches.signature")?,
            certificate: CertificateDigest(digest(
                needed(row.bytes(7)?, "operation_batches.certificate")?,
                "operation_batches.certificate",
            )?),
            nonce: row.text(11)?,
            origin: row.text(12)?,
        },
        session: row
            .bytes(8)?
            .map(|hash| digest(hash, "operation_batches.session_hash").map(TokenHash))
            .transpose()?,
        ticket_ends_at: needed(row.time(9)?, "operation_batches.ticket_ends_at")?,
        created_at: needed(row.time(10)?, "operation_batches.created_at")?,
    })
}

/// Reads how many operations are open in a state: `state`, how many, and when
/// the first of them was prepared.
pub(in crate::storage) fn open_operations(
    row: &impl Columns,
) -> Result<OpenOperations, StoreError> {
    let state = needed(row.text(0)?, "operations.state")?;
    Ok(OpenOperations {
        state: named(&state, OperationState::from_name, "operations.state")?,
        count: count_of(row, 1)?,
        oldest: needed(row.time(2)?, "operations.prepared_at")?,
    })
}

/// Reads a count.
pub(in crate::storage) fn count_of(row: &impl Columns, column: usize) -> Result<u32, StoreError> {
    let count = needed(row.int(column)?, "a count")?;
    u32::try_from(count).map_err(|_range| corrupt("a count"))
}
