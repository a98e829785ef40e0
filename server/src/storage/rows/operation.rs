//! An operation with its card, and a batch.

use uuid::Uuid;

use super::{card::card, certificate::certificate};
use crate::storage::{
    BatchRecord, OperationRecord, OperationTimes, StatementRecord, StoreError, error::corrupt,
    row::Row,
};

/// What stands beside the columns of the card in [`operation`]: of
/// `operations AS o`, `operation_batches AS b` and `certificates AS h`.
macro_rules! operation_columns {
    () => {
        "o.id AS operation_id, o.batch_id, b.act AS operation_act, o.state AS operation_state, \
         o.version AS operation_version, o.payload, o.puk_from, o.puk_to, o.puk_tries, o.problem, \
         o.touched_at, o.prepared_at, o.issued_at AS operation_issued_at, o.written_at, \
         o.read_back_at, o.confirmed_at, o.abandoned_at, o.settled_at, o.contradicted_at, \
         h.id AS issued_id, h.serial AS issued_serial, h.der AS issued_der"
    };
}
pub(in crate::storage) use operation_columns;

/// The `SELECT` of operations, up to what follows the tables.
macro_rules! select_operation {
    ($($rest:expr),+ $(,)?) => {
        concat!(
            "SELECT ",
            $crate::storage::rows::card::card_columns!(),
            ", ",
            $crate::storage::rows::operation::operation_columns!(),
            " FROM operations o JOIN operation_batches b ON b.id = o.batch_id \
             JOIN cards c ON c.id = o.card_id AND c.enterprise_id = o.enterprise_id \
             LEFT JOIN certificates k ON k.id = c.certificate_id \
             LEFT JOIN certificates h ON h.id = o.certificate_id ",
            $($rest),+
        )
    };
}
pub(in crate::storage) use select_operation;

/// What an operation `o` is that has not ended: the condition of the indices
/// `operations_one_open` and `operations_open`.
macro_rules! is_open {
    () => {
        "o.state IN ('prepared', 'issued', 'written', 'read_back')"
    };
}
pub(in crate::storage) use is_open;

/// What an operation `o` is that has ended while its card is still to be put right.
macro_rules! is_unsettled {
    () => {
        "(o.settled_at IS NULL AND (o.contradicted_at IS NOT NULL \
         OR (o.state = 'abandoned' AND o.touched_at IS NOT NULL)))"
    };
}
pub(in crate::storage) use is_unsettled;

/// The columns of [`batch`], of the table `operation_batches`.
macro_rules! batch_columns {
    () => {
        "id, enterprise_id, actor_card, act, statement, structured, signature, certificate, \
         nonce, origin, session_hash, ticket_ends_at, created_at"
    };
}
pub(in crate::storage) use batch_columns;

/// The `SELECT` of batches, up to what follows the table.
macro_rules! select_batch {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::storage::rows::operation::batch_columns!(),
            " FROM operation_batches ",
            $rest
        )
    };
}
pub(in crate::storage) use select_batch;

/// Reads an operation.
pub(in crate::storage) fn operation(row: &Row) -> Result<OperationRecord, StoreError> {
    let issued = match row.optional::<Uuid>("issued_id")? {
        Some(id) => certificate(row, "issued_serial", "issued_der")?.map(|issued| (id, issued)),
        None => None,
    };
    let puk = match row.optional("puk_from")? {
        Some(from) => Some((from, row.get("puk_to")?)),
        None => None,
    };
    Ok(OperationRecord {
        id: row.get("operation_id")?,
        batch: row.get("batch_id")?,
        action: row.get("operation_act")?,
        state: row.get("operation_state")?,
        version: row.get("operation_version")?,
        payload: row.get("payload")?,
        issued,
        puk,
        puk_tries: row.optional("puk_tries")?,
        problem: row.optional("problem")?,
        touched_at: row.optional("touched_at")?,
        times: OperationTimes {
            prepared: row.get("prepared_at")?,
            issued: row.optional("operation_issued_at")?,
            written: row.optional("written_at")?,
            read_back: row.optional("read_back_at")?,
            confirmed: row.optional("confirmed_at")?,
            abandoned: row.optional("abandoned_at")?,
        },
        settled_at: row.optional("settled_at")?,
        contradicted_at: row.optional("contradicted_at")?,
        card: card(row)?.made().ok_or(corrupt("card_no"))?,
    })
}

/// Reads a batch.
pub(in crate::storage) fn batch(row: &Row) -> Result<BatchRecord, StoreError> {
    Ok(BatchRecord {
        id: row.get("id")?,
        enterprise: row.get("enterprise_id")?,
        actor: row.get("actor_card")?,
        action: row.get("act")?,
        signed: StatementRecord {
            text: row.get("statement")?,
            structured: row.get("structured")?,
            signature: row.get("signature")?,
            certificate: row.get("certificate")?,
            nonce: row.optional("nonce")?,
            origin: row.optional("origin")?,
        },
        session: row.optional("session_hash")?,
        ticket_ends_at: row.get("ticket_ends_at")?,
        created_at: row.get("created_at")?,
    })
}
