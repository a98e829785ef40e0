//! What can go wrong in the store. A business "no" (a conflict between two
//! people, a frozen card) is not an error but an outcome of its own type.

use std::sync::Arc;

use card_domain::CardId;
use sqlx::error::{DatabaseError, ErrorKind};
use thiserror::Error;

use super::Unexplained;

/// The store could not do what it was asked.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// No such thing in this enterprise.
    #[error("no such record in this enterprise")]
    NotFound,
    /// The record collides with one that is there already.
    #[error("{0} is taken already")]
    Conflict(Constraint),
    /// The database can't be reached, is full, or refused to work.
    #[error("the database is not available")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// The database did not answer within the time that a call has. Whether a write was
    /// done is not known.
    #[error("the database is silent")]
    Silent,
    /// The writer of the embedded database has stopped.
    #[error("the store is closed")]
    Closed,
    /// It was opened to be read.
    #[error("the store was opened to be read")]
    ReadOnly,
    /// A card's row is not what the log says of it. Nothing was written.
    #[error("card {card} is not what the log says: {why}")]
    Unexplained {
        /// The card whose row differs.
        card: CardId,
        /// In what the row and the log differ.
        why: Unexplained,
    },
    /// What stands in the database breaks its own rules.
    #[error("the database holds an impossible value in {column}")]
    Corrupt {
        /// The column, or what else is wrong.
        column: &'static str,
    },
}

/// What has to be unique and was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Constraint {
    /// The enterprise's code (统一社会信用代码).
    #[error("the enterprise's code")]
    EnterpriseCode,
    /// 操作员编号, in its enterprise.
    #[error("the operator number")]
    OperatorNo,
    /// The one legal-person card of an enterprise that is not cancelled.
    #[error("the enterprise's legal-person card")]
    LegalPerson,
    /// IC卡号.
    #[error("the card number")]
    CardNo,
    /// The chip id.
    #[error("the chip id")]
    ChipId,
    /// A certificate's serial number or its digest.
    #[error("the certificate")]
    Certificate,
    /// A random value or a key that was used before, or a row that names
    /// something which is not there.
    #[error("a key")]
    Other,
}

/// An impossible value in the database.
pub(super) const fn corrupt(column: &'static str) -> StoreError {
    StoreError::Corrupt { column }
}

/// The unique keys by the names that SQLite and PostgreSQL give them.
const CONSTRAINTS: [(&str, &str, Constraint); 8] = [
    (
        "enterprises.code",
        "enterprises_code_key",
        Constraint::EnterpriseCode,
    ),
    (
        "cards.enterprise_id, cards.operator_no",
        "cards_operator_no",
        Constraint::OperatorNo,
    ),
    (
        "cards.enterprise_id",
        "cards_one_legal_person",
        Constraint::LegalPerson,
    ),
    ("cards.card_no", "cards_card_no_key", Constraint::CardNo),
    ("cards.chip_id", "cards_chip_id_key", Constraint::ChipId),
    (
        "certificates.serial",
        "certificates_serial_key",
        Constraint::Certificate,
    ),
    (
        "certificates.sha256",
        "certificates_sha256_key",
        Constraint::Certificate,
    ),
    (
        "certificates.id",
        "certificates_pkey",
        Constraint::Certificate,
    ),
];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match error {
                sqlx::Error::PoolClosed => Self::Closed,
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => corrupt("a column"),
                other => Self::Unavailable(Arc::new(other)),
            };
        };
        match database.kind() {
            ErrorKind::UniqueViolation => Self::Conflict(constraint(database)),
            ErrorKind::ForeignKeyViolation => Self::Conflict(Constraint::Other),
            ErrorKind::CheckViolation | ErrorKind::NotNullViolation => corrupt("a rule of a table"),
            _ => Self::Unavailable(Arc::new(error)),
        }
    }
}

/// SQLite names the columns in its message, PostgreSQL names the constraint.
fn constraint(error: &dyn DatabaseError) -> Constraint {
    let columns = error
        .message()
        .strip_prefix("UNIQUE constraint failed: ")
        .unwrap_or_default();
    CONSTRAINTS
        .into_iter()
        .find(|(sqlite, postgres, _)| columns == *sqlite || error.constraint() == Some(*postgres))
        .map_or(Constraint::Other, |(_, _, constraint)| constraint)
}
