//! An event as a leaf of the log, borrowed from the row.

use crate::{
    audit::leaf::Leaf,
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
        body: needed(row.bytes_ref(7)?, "events.body")?,
    })
}
