//! An enrolment.

use crate::storage::{EnrolmentRecord, StoreError, row::Row};

/// The columns of [`enrolment`], of `enrolments AS n` and `cards AS c`.
macro_rules! enrolment_columns {
    () => {
        "n.id, c.enterprise_id, n.card_id, n.step, n.payload, n.created_at, n.expires_at"
    };
}
pub(in crate::storage) use enrolment_columns;

/// The `SELECT` of enrolments, up to what follows the tables.
macro_rules! select_enrolment {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::storage::rows::enrolment::enrolment_columns!(),
            " FROM enrolments n JOIN cards c ON c.id = n.card_id ",
            $rest
        )
    };
}
pub(in crate::storage) use select_enrolment;

/// Reads an enrolment.
pub(in crate::storage) fn enrolment(row: &Row) -> Result<EnrolmentRecord, StoreError> {
    Ok(EnrolmentRecord {
        id: row.get("id")?,
        enterprise: row.get("enterprise_id")?,
        card: row.get("card_id")?,
        step: row.get("step")?,
        payload: row.get("payload")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}
