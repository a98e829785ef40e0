//! What can go wrong in the store. A business "no" (a conflict between two
//! people, a frozen card) is not an error but an outcome of its own type.

use thiserror::Error;

/// The store could not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No such thing in this enterprise.
    #[error("no such record in this enterprise")]
    NotFound,
    /// The record collides with one that is there already.
    #[error("{0} is taken already")]
    Conflict(Constraint),
    /// The database can't be reached, is full, or refused to work.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The writer of the embedded database has stopped.
    #[error("the store is closed")]
    Closed,
    /// What stands in the database breaks its own rules.
    #[error("the database holds an impossible value in {column}")]
    Corrupt {
        /// Where.
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
