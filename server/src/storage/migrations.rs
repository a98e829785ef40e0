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
        5 "card keys" "0005_card_keys.sql",
        6 "register explained" "0006_register_explained.sql",
        8 "unproven refusals" "0008_unproven_refusals.sql",
        9 "key confirmation" "0009_key_confirmation.sql",
    )
}

/// The steps for PostgreSQL.
pub(super) fn postgres() -> Migrator {
    migrations!("postgres":
        1 "register" "0001_register.sql",
        2 "operations" "0002_operations.sql",
        3 "audit" "0003_audit.sql",
        4 "event bodies" "0004_event_bodies.sql",
        5 "card keys" "0005_card_keys.sql",
        6 "register explained" "0006_register_explained.sql",
        8 "unproven refusals" "0008_unproven_refusals.sql",
        9 "key confirmation" "0009_key_confirmation.sql",
    )
}

/// What asks a database which version it has.
pub(super) const VERSION: &str = "SELECT max(version) FROM _sqlx_migrations WHERE success";

/// The version of the tables that this program knows.
#[must_use]
pub fn version() -> i64 {
    // Both databases have the same steps.
    let steps = sqlite();
    let newest = steps.iter().map(|step| step.version).max();
    newest.unwrap_or_default()
}

/// Whether a database that is only read has this program's version; `found`
/// is what [`VERSION`] gave.
pub(super) fn expect(found: Result<Option<i64>, sqlx::Error>) -> Result<(), OpenError> {
    let found = match found {
        Ok(found) => found.unwrap_or_default(),
        // A database of something else.
        Err(error) if has_no_such_table(&error) => 0,
        Err(error) => return Err(OpenError::Connect(error)),
    };
    let expected = version();
    if found == expected {
        Ok(())
    } else {
        Err(OpenError::OtherVersion { found, expected })
    }
}

/// PostgreSQL has a code for it (appendix A, `undefined_table`), SQLite a sentence.
fn has_no_such_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
    })
}
