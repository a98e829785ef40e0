//! Three roles of PostgreSQL, each with the least that it needs: one owns the tables,
//! one serves, one reads what a verification reads. `server database roles` prints the
//! SQL that makes them so, whatever they were before.

mod rights;

use std::fmt;

use thiserror::Error;

use super::migrations;
use rights::{SERVICE, TO_ARCHIVE, VERIFIER};

/// The bytes that PostgreSQL keeps of a name.
const LONGEST_NAME: usize = 63;

/// What is run; the names and rights are put into it.
const TEMPLATE: &str = include_str!("roles/roles.sql");

/// The name of a role: ASCII letters, digits, `_` and `-`, so that it can stand anywhere
/// in the SQL that is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

/// Why it is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("1 to 63 of the letters a to z, digits, _ and -, and not pg_ at its beginning")]
pub struct RoleNameError;

impl std::str::FromStr for RoleName {
    type Err = RoleNameError;

    fn from_str(name: &str) -> Result<Self, RoleNameError> {
        let is_good = (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
            })
            && !name.starts_with("pg_");
        is_good.then(|| Self(name.to_owned())).ok_or(RoleNameError)
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The three of them.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Owns the tables: `server database migrate` is run as it.
    pub migrator: RoleName,
    /// `server serve` and the administrator's commands are run as it.
    pub service: RoleName,
    /// `server audit verify` is run as it.
    pub verifier: RoleName,
    /// Whether the service moves sealed months to files: only then may it take events
    /// out of the table, and those of an archive alone.
    pub archives: bool,
}

/// What asks PostgreSQL for the tables to which whoever is connected has not the rights
/// that the service needs; as a verifier, that one.
pub(super) fn missing(is_read_only: bool) -> String {
    let rights: &[_] = if is_read_only { &VERIFIER } else { &SERVICE };
    let tables: Vec<_> = rights.iter().map(rights::Right::is_missing).collect();
    tables.join(" UNION ALL ")
}

/// The same, for what the service needs besides where it moves sealed months to files.
pub(super) fn missing_to_archive() -> String {
    let tables: Vec<_> = TO_ARCHIVE.iter().map(rights::Right::is_missing).collect();
    tables.join(" UNION ALL ")
}

/// Two roles have one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the three roles need three names")]
pub struct SameRole;

impl Roles {
    /// The SQL, for `psql -v ON_ERROR_STOP=1` in the database, as a superuser. It may be
    /// run again, and has to be after tables were made or changed.
    ///
    /// # Errors
    ///
    /// [`SameRole`]
    pub fn sql(&self) -> Result<String, SameRole> {
        let Self {
            migrator,
            service,
            verifier,
            archives,
        } = self;
        if migrator == service || migrator == verifier || service == verifier {
            return Err(SameRole);
        }
        let mut rights: Vec<_> = SERVICE.iter().map(|right| right.of(service)).collect();
        if *archives {
            rights.extend(TO_ARCHIVE.iter().map(|right| right.of(service)));
        }
        rights.extend(VERIFIER.iter().map(|right| right.of(verifier)));
        let archiving = if *archives {
            "audit.retention_months is set: the service may take those events out of the table \
             that an archive names."
        } else {
            "audit.retention_months is not set: the service may take no event out of the table."
        };
        let version = migrations::newest(&migrations::postgres()).to_string();
        Ok([
            ("@migrator@", migrator.0.as_str()),
            ("@service@", &service.0),
            ("@verifier@", &verifier.0),
            ("@version@", &version),
            ("@archiving@", archiving),
            ("@rights@", &rights.join(",\n            ")),
        ]
        .into_iter()
        .fold(TEMPLATE.to_owned(), |sql, (mark, value)| {
            sql.replace(mark, value)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: [&str; 3], archives: bool) -> Roles {
        let [migrator, service, verifier] = names.map(|name| name.parse().unwrap());
        Roles {
            migrator,
            service,
            verifier,
            archives,
        }
    }

    #[test]
    fn a_name_can_t_leave_its_place_in_the_sql() {
        for good in ["ic_card", "a", "ic-card-2", &"x".repeat(63)] {
            assert_eq!(good.parse::<RoleName>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "a b",
            "a'b",
            "a\"b",
            "a$b",
            "A",
            "pg_x",
            "法",
            &"x".repeat(64),
        ] {
            assert_eq!(bad.parse::<RoleName>(), Err(RoleNameError), "{bad}");
        }
    }

    #[test]
    fn every_mark_is_filled_and_events_go_only_where_they_are_archived() {
        let names = ["owner", "serves", "reads"];
        for archives in [false, true] {
            let sql = roles(names, archives).sql().unwrap();
            assert!(!sql.contains('@'), "{sql}");
            assert_eq!(
                sql.contains("('events', 'DELETE', 'serves')"),
                archives,
                "{sql}"
            );
        }
        let same = roles(["owner", "serves", "owner"], false).sql();
        assert_eq!(same, Err(SameRole));
    }
}
