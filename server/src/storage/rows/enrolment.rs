//! An enrolment.

use card_domain::{CardId, EnterpriseId};

use crate::storage::{
    EnrolmentRecord, StoreError,
    sql::{Columns, needed},
};

/// The columns of [`enrolment`], of `enrolments AS n` and `cards AS c`.
macro_rules! enrolment_columns {
    () => {
        "n.id, c.enterprise_id, n.card_id, n.step, n.payload, n.created_at, n.expires_at"
    };
}
pub(in crate::storage) use enrolment_columns;

/// Reads an enrolment.
pub(in crate::storage) fn enrolment(row: &impl Columns) -> Result<EnrolmentRecord, StoreError> {
    Ok(EnrolmentRecord {
        id: needed(row.uuid(0)?, "enrolments.id")?,
        enterprise: EnterpriseId(needed(row.uuid(1)?, "cards.enterprise_id")?),
        card: CardId(needed(row.uuid(2)?, "enrolments.card_id")?),
        step: needed(row.text(3)?, "enrolments.step")?,
        payload: needed(row.text(4)?, "enrolments.payload")?,
        created_at: needed(row.time(5)?, "enrolments.created_at")?,
        expires_at: needed(row.time(6)?, "enrolments.expires_at")?,
    })
}
