//! The codes of PostgreSQL's errors on which something depends (PostgreSQL, appendix A).

use sqlx::error::DatabaseError;

/// `protocol_violation`: of a pooler, which takes the parameters of a connection that it
/// knows, and no others.
pub(super) const PROTOCOL_VIOLATION: &str = "08P01";

/// `read_only_sql_transaction`
pub(super) const READ_ONLY: &str = "25006";

/// `deadlock_detected`: it and another transaction waited for each other.
pub(super) const DEADLOCK: &str = "40P01";

/// `insufficient_privilege`
pub(super) const LACKS_RIGHTS: &str = "42501";

/// `cannot_connect_now`: PostgreSQL is about to start, or to stop.
pub(super) const CANNOT_CONNECT_NOW: &str = "57P03";

/// Whether PostgreSQL says that it is this.
pub(super) fn is(error: &sqlx::Error, code: &str) -> bool {
    let database = error.as_database_error();
    database.and_then(DatabaseError::code).as_deref() == Some(code)
}
