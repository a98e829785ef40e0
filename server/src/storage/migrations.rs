//! The tables' definitions, compiled in: a file for each step and database,
//! run once each, in order, and refused when an old one was changed.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
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
        10 "sessions end by time" "0010_sessions_end_by_time.sql",
        11 "admin tokens of an enterprise" "0011_admin_tokens_of_an_enterprise.sql",
        12 "lists" "0012_lists.sql",
        13 "blocked cards" "0013_blocked_cards.sql",
        14 "freeze until" "0014_freeze_until.sql",
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
        10 "sessions end by time" "0010_sessions_end_by_time.sql",
        11 "admin tokens of an enterprise" "0011_admin_tokens_of_an_enterprise.sql",
        12 "lists" "0012_lists.sql",
        13 "blocked cards" "0013_blocked_cards.sql",
        14 "freeze until" "0014_freeze_until.sql",
    )
}

/// The steps that were run on a database: version, checksum, and whether it ended.
pub(super) type Applied = (i64, Vec<u8>, bool);

/// The version of the tables that this program knows.
pub(crate) fn version() -> i64 {
    // Both databases have the same steps.
    newest(&sqlite())
}

/// What asks a database for them.
pub(super) const APPLIED: &str =
    "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";

/// Where a database stands among the steps of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TablesState {
    /// All were run, and no others.
    UpToDate(i64),
    /// Some are missing: those after this version; 0 where there are no tables.
    Behind(i64),
}

/// What became of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The version before; 0 where there were none.
    pub from: i64,
    /// The version now.
    pub to: i64,
}

/// The version that this program's steps lead to.
pub(super) fn newest(steps: &Migrator) -> i64 {
    let versions = steps.iter().map(|step| step.version);
    versions.max().unwrap_or_default()
}

/// Compares the steps that were run with those of this program.
///
/// # Errors
///
/// [`OpenError::OtherVersion`] where a newer program was there, [`OpenError::Migrate`]
/// where a step was another one or did not end.
pub(super) fn state(steps: &Migrator, applied: &[Applied]) -> Result<TablesState, OpenError> {
    let expected = newest(steps);
    let found = applied.last().map_or(0, |(version, ..)| *version);
    if found > expected {
        return Err(OpenError::OtherVersion { found, expected });
    }
    for (version, checksum, has_ended) in applied {
        if !has_ended {
            return Err(MigrateError::Dirty(*version).into());
        }
        let Some(step) = steps.iter().find(|step| step.version == *version) else {
            return Err(MigrateError::VersionMissing(*version).into());
        };
        if step.checksum.as_ref() != checksum.as_slice() {
            return Err(MigrateError::VersionMismatch(*version).into());
        }
    }
    let mut reached = 0;
    for step in steps.iter() {
        if !applied.iter().any(|(version, ..)| *version == step.version) {
            return Ok(TablesState::Behind(reached));
        }
        reached = step.version;
    }
    Ok(TablesState::UpToDate(reached))
}

/// Refuses a database whose tables are not those of this program.
///
/// # Errors
///
/// [`OpenError::OtherVersion`], and those of [`state`].
pub(super) fn expect(steps: &Migrator, applied: &[Applied]) -> Result<(), OpenError> {
    match state(steps, applied)? {
        TablesState::UpToDate(_) => Ok(()),
        TablesState::Behind(found) => {
            let expected = newest(steps);
            Err(OpenError::OtherVersion { found, expected })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that nobody names would never be run.
    #[test]
    fn every_file_is_a_step() {
        for (folder, steps) in [("sqlite", sqlite()), ("postgres", postgres())] {
            let path = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
            let files = std::fs::read_dir(path).unwrap();
            let mut numbers: Vec<i64> = files
                .map(|file| {
                    let name = file.unwrap().file_name().into_string().unwrap();
                    name.split('_').next().unwrap().parse().unwrap()
                })
                .collect();
            numbers.sort_unstable();
            let versions: Vec<_> = steps.iter().map(|step| step.version).collect();
            assert_eq!(numbers, versions, "{folder}");
        }
    }

    fn all(steps: &Migrator) -> Vec<Applied> {
        let step = |step: &Migration| (step.version, step.checksum.to_vec(), true);
        steps.iter().map(step).collect()
    }

    #[test]
    fn both_databases_have_the_same_steps() {
        let versions = |steps: Migrator| steps.iter().map(|step| step.version).collect::<Vec<_>>();
        assert_eq!(versions(sqlite()), versions(postgres()));
    }

    #[test]
    fn only_exactly_these_steps_are_up_to_date() {
        let steps = sqlite();
        let (all, newest) = (all(&steps), newest(&steps));
        assert_eq!(state(&steps, &all).unwrap(), TablesState::UpToDate(newest));
        assert_eq!(state(&steps, &[]).unwrap(), TablesState::Behind(0));
        let before = &all[..all.len() - 1];
        let last = before.last().unwrap().0;
        assert_eq!(state(&steps, before).unwrap(), TablesState::Behind(last));
        // One in the middle that is missing.
        let gap: Vec<_> = all.iter().filter(|step| step.0 != 3).cloned().collect();
        assert_eq!(state(&steps, &gap).unwrap(), TablesState::Behind(2));

        let with = |change: &dyn Fn(&mut Vec<Applied>)| {
            let mut changed = all.clone();
            change(&mut changed);
            expect(&steps, &changed).unwrap_err()
        };
        let newer = with(&|steps| steps.push((newest + 1, vec![0], true)));
        let OpenError::OtherVersion { found, expected } = newer else {
            panic!("{newer:?}");
        };
        assert_eq!((found, expected), (newest + 1, newest));
        let between = with(&|steps| steps.insert(6, (7, vec![0], true)));
        assert!(matches!(
            between,
            OpenError::Migrate(MigrateError::VersionMissing(7))
        ));
        let edited = with(&|steps| steps[2].1[0] ^= 1);
        assert!(matches!(
            edited,
            OpenError::Migrate(MigrateError::VersionMismatch(3))
        ));
        let unfinished = with(&|steps| steps[4].2 = false);
        assert!(matches!(
            unfinished,
            OpenError::Migrate(MigrateError::Dirty(5))
        ));
    }
}
