//! What is kept of an enrolment that made its card, until its time is over: the
//! last report may come again, because its answer was lost, and is answered as it
//! was the first time. Without that answer nobody would hear that the card counts.

use card_protocol::enroll::EnrollReply;
use serde::{Deserialize, Serialize};

use crate::{
    keys::{MasterKey, RowSeal},
    service::ServiceError,
    storage::EnrolmentRecord,
};

/// What the tag of it is for.
const PURPOSE: &str = "enrolments that made a card";

/// A card was made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Made {
    /// The SHA-256 of the report that made it, in hex.
    pub(super) answered: String,
    /// What was answered.
    pub(super) reply: EnrollReply,
}

impl Made {
    /// As the row of this enrolment keeps it.
    ///
    /// # Errors
    /// [`ServiceError`]
    pub(super) fn seal(
        &self,
        master: &MasterKey,
        record: &EnrolmentRecord,
    ) -> Result<String, ServiceError> {
        Ok(seal(master, record).seal(&serde_json::to_string(self)?)?)
    }

    /// Reads what the row keeps; `None` if it is under way still, or no server
    /// wrote it.
    ///
    /// # Errors
    /// [`ServiceError`]
    pub(super) fn of(
        record: &EnrolmentRecord,
        master: &MasterKey,
    ) -> Result<Option<Self>, ServiceError> {
        let text = seal(master, record).open(&record.payload)?;
        Ok(text.map(serde_json::from_str).transpose()?)
    }
}

const fn seal<'a>(master: &'a MasterKey, record: &EnrolmentRecord) -> RowSeal<'a> {
    RowSeal::new(master, PURPOSE, record.id, record.card.0)
}
