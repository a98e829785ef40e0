//! An event as a leaf of the log: borrowed from the row, for the streams in
//! which millions pass.

use crate::{
    audit::leaf::{Certificate, Leaf},
    storage::{
        StoreError,
        sql::{Columns, needed},
    },
};

/// Reads a leaf: the sequence number, then the columns of `event_columns`.
pub(in crate::storage) fn leaf(row: &impl Columns) -> Result<Leaf<'_>, StoreError> {
    Ok(Leaf {
        seq: needed(row.int(0)?, "events.seq")?,
        at: needed(row.int(1)?, "events.at")?,
        enterprise: row.uuid(2)?,
        actor: row.uuid(3)?,
        act: needed(row.text_ref(4)?, "events.act")?,
        target: row.uuid(5)?,
        outcome: needed(row.text_ref(6)?, "events.outcome")?,
        statement: row.text_ref(7)?,
        structured: row.text_ref(8)?,
        signature: row.bytes_ref(9)?,
        certificate: row.bytes_ref(10)?.map(Certificate::Der),
        address: needed(row.text_ref(11)?, "events.client_address")?,
        terminal: row.text_ref(12)?,
        user_agent: needed(row.text_ref(13)?, "events.user_agent")?,
        request_id: needed(row.text_ref(14)?, "events.request_id")?,
        detail: row.text_ref(15)?,
        nonce: row.text_ref(16)?,
        origin: row.text_ref(17)?,
        facts: row.text_ref(18)?,
    })
}
