//! The tables' definitions, compiled in: a file for each step and database,
//! run once each, in order, and refused when an old one was changed.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

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
