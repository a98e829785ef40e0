//! The tables' definitions, compiled in: a file for each step and database,
//! run once each, in order, and refused when an old one was changed.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::OpenError;

macro_rules! migrations {
    ($folder:literal: $($version:literal $description:literal $file:literal),* $(,)?) => {
        Migrator::with_migrations(vec![$(Migration::new(
            $version,
            Cow::Borrowed($description),
            MigrationType::Simple,
            include_str!(concat!("../../migrations/", $folder, "/", $file)).into_sql_str(),
            false,
        )),*])
    };
}

/// The steps for SQLite.
pub(super) fn sqlite() -> Migrator {
    migrations!("sqlite":
        1 "register" "0001_register.sql",
        2 "operations" "0002_operations.sql",
        3 "audit" "0003_audit.sql",
        4 "event bodies" "0004_event_bodies.sql",
    )
}

/// The steps for PostgreSQL.
pub(super) fn postgres() -> Migrator {
    migrations!("postgres":
        1 "register" "0001_register.sql",
        2 "operations" "0002_operations.sql",
        3 "audit" "0003_audit.sql",
        4 "event bodies" "0004_event_bodies.sql",
    )
}

/// What asks a database which version it has.
pub(super) const VERSION: &str = "SELECT max(version) FROM _sqlx_migrations WHERE success";

/// Whether a database that is only read has this program's version; `found`
/// is what [`VERSION`] gave.
pub(super) fn expect(found: Result<Option<i64>, sqlx::Error>) -> Result<(), OpenError> {
    // Without the table it is a database of something else.
    let found = found.ok().flatten().unwrap_or_default();
    let steps = sqlite();
    let newest = steps.iter().map(|step| step.version).max();
    let expected = newest.unwrap_or_default();
    if found == expected {
        Ok(())
    } else {
        Err(OpenError::OtherVersion { found, expected })
    }
}
