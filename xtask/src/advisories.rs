//! `Cargo.lock` beside the `RustSec` advisories of a folder, without a network.
//! What is known and accepted stands in `deny.toml` with its reason, where
//! `cargo deny check advisories` reads it too.

use std::path::Path;

use rustsec::{
    Database, Lockfile, Report,
    advisory::{Id, Informational},
    report::Settings,
};
use serde::Deserialize;

use crate::{
    console,
    error::{Error, Result},
    files,
};

/// Names the folder: a copy of the `RustSec` advisory database.
const VARIABLE: &str = "ADVISORY_DB";

/// As much of `deny.toml` as is read here.
#[derive(Debug, Deserialize)]
struct Policy {
    advisories: Advisories,
}

#[derive(Debug, Deserialize)]
struct Advisories {
    ignore: Vec<Accepted>,
}

/// An advisory that is known.
#[derive(Debug, Deserialize)]
struct Accepted {
    id: Id,
    reason: String,
}

/// What is to be said about the lock file.
#[derive(Debug, PartialEq, Eq)]
struct Findings {
    /// Advisories that are not accepted, a line each.
    open: Vec<String>,
    /// Accepted advisories that apply to nothing any more.
    outdated: Vec<String>,
}

/// Compares this project's lock file where the environment names a folder.
///
/// # Errors
/// Those of [`check`].
pub(crate) fn check_if_there() -> Result<()> {
    let Some(folder) = std::env::var_os(VARIABLE) else {
        console::note(&format!(
            "{VARIABLE} names no folder of advisories, so not checked"
        ));
        return Ok(());
    };
    check(Path::new(&folder))
}

/// Compares this project's lock file with the advisories of `folder`.
///
/// # Errors
/// When an advisory applies that is not accepted, or one is accepted that does
/// not apply; when the folder holds no advisories.
fn check(folder: &Path) -> Result<()> {
    let policy = files::read_text(&files::root().join("deny.toml"))?;
    let policy: Policy =
        toml::from_str(&policy).map_err(|error| Error::Said(format!("deny.toml: {error}")))?;
    let lock = files::root().join("Cargo.lock");
    let database = Database::open(folder).map_err(said(folder))?;
    let count = database.iter().count();
    if count == 0 {
        return Err(Error::Said(format!(
            "{} holds no advisories",
            folder.display()
        )));
    }
    let lockfile = Lockfile::load(&lock).map_err(|error| said(&lock)(error.into()))?;
    console::note(&format!(
        "{} crates beside {count} advisories",
        lockfile.packages.len()
    ));
    for Accepted { id, reason } in &policy.advisories.ignore {
        console::note(&format!("accepted: {id} ({reason})"));
    }
    let Findings { open, outdated } = compare(&database, &lockfile, &policy.advisories.ignore);
    if open.is_empty() && outdated.is_empty() {
        return Ok(());
    }
    Err(Error::Said(format!(
        "advisories:\n{}",
        [open, outdated].concat().join("\n")
    )))
}

fn compare(database: &Database, lockfile: &Lockfile, accepted: &[Accepted]) -> Findings {
    let settings = Settings {
        informational_warnings: vec![
            Informational::Notice,
            Informational::Unmaintained,
            Informational::Unsound,
        ],
        ..Settings::default()
    };
    let report = Report::generate(database, lockfile, &settings);
    let vulnerabilities = report.vulnerabilities.list.iter().map(|found| {
        let patched = found.versions.patched().iter().map(ToString::to_string);
        let advice = format!("patched: {}", patched.collect::<Vec<_>>().join(", "));
        (&found.advisory, &found.package, advice)
    });
    let warnings = report.warnings.values().flatten().filter_map(|warning| {
        let advisory = warning.advisory.as_ref()?;
        Some((advisory, &warning.package, warning.kind.as_str().to_owned()))
    });
    let applying: Vec<_> = vulnerabilities.chain(warnings).collect();
    let is_accepted = |id: &Id| accepted.iter().any(|known| known.id == *id);
    let applies = |known: &&Accepted| !applying.iter().any(|(found, ..)| found.id == known.id);
    Findings {
        open: applying
            .iter()
            .filter(|(advisory, ..)| !is_accepted(&advisory.id))
            .map(|(advisory, package, advice)| {
                let (id, title) = (&advisory.id, &advisory.title);
                format!(
                    "{id}: {} {}: {title} ({advice})",
                    package.name, package.version
                )
            })
            .collect(),
        outdated: accepted
            .iter()
            .filter(applies)
            .map(|known| format!("{}: applies to nothing; take it out of deny.toml", known.id))
            .collect(),
    }
}

fn said(path: &Path) -> impl FnOnce(rustsec::Error) -> Error {
    let path = path.display().to_string();
    move |error| Error::Said(format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An advisory against what comes before 1.2.3.
    const ADVISORY: &str = r#"```toml
[advisory]
id = "RUSTSEC-2001-0001"
package = "made-up"
date = "2001-01-01"

[versions]
patched = [">= 1.2.3"]
```

# It leaks
"#;

    fn findings(version: &str, accepted: &[&str]) -> Findings {
        let folder = std::env::temp_dir().join(format!(
            "xtask-advisories-{}-{version}-{}",
            std::process::id(),
            accepted.len()
        ));
        let advisory = folder.join("crates/made-up/RUSTSEC-2001-0001.md");
        files::write(&advisory, ADVISORY).unwrap();
        let database = Database::open(&folder).unwrap();
        let lock = format!(
            "version = 4\n[[package]]\nname = \"made-up\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        );
        let accepted: Vec<_> = accepted
            .iter()
            .map(|id| Accepted {
                id: id.parse().unwrap(),
                reason: String::new(),
            })
            .collect();
        let found = compare(&database, &lock.parse().unwrap(), &accepted);
        files::remove_folder(&folder).unwrap();
        found
    }

    #[test]
    fn a_vulnerable_version_is_found_with_its_remedy() {
        let found = findings("1.2.2", &[]);
        assert_eq!(found.outdated, Vec::<String>::new());
        assert_eq!(found.open.len(), 1);
        let line = &found.open[0];
        for part in ["RUSTSEC-2001-0001", "made-up 1.2.2", "It leaks", "1.2.3"] {
            assert!(line.contains(part), "{line}");
        }
    }

    #[test]
    fn a_patched_version_is_good() {
        let none = Findings {
            open: vec![],
            outdated: vec![],
        };
        assert_eq!(findings("1.2.3", &[]), none);
        assert_eq!(findings("1.2.1", &["RUSTSEC-2001-0001"]), none);
    }

    #[test]
    fn what_is_accepted_in_vain_is_said() {
        let found = findings("1.2.3", &["RUSTSEC-2001-0001"]);
        assert_eq!(found.open, Vec::<String>::new());
        assert!(found.outdated[0].starts_with("RUSTSEC-2001-0001"));
    }
}
