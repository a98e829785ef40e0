//! What is not taken, and what is not put back.

use std::{fs, os::unix::fs::PermissionsExt as _};

use serde_json::{Value, json};
use test_support::database::{TestDatabase, on_both};

use super::installation::{Elsewhere, Installation, owner_s, run};
use crate::audit::log_fixture::LogFixture;

on_both!(
    nothing_is_overwritten_and_nothing_is_left_half,
    what_is_damaged_or_foreign_is_not_put_back,
    a_database_that_was_rolled_back_is_found_in_its_backup,
    a_scratch_database_is_looked_at_first,
);

fn edit(folder: &str, change: impl FnOnce(&mut Value)) {
    let path = format!("{folder}/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    fs::write(path, manifest.to_string()).unwrap();
}

async fn nothing_is_overwritten_and_nothing_is_left_half(database: TestDatabase) {
    let here = Installation::new(&database).await;
    here.settle().await;
    let place = here.path("place");
    fs::create_dir(&place).unwrap();
    fs::write(format!("{place}/mine"), "x").unwrap();
    let (status, said) = here.run(&["backup", &place]).await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("is there already"), "{said}");
    let file = here.path("config.toml");
    let (status, said) = here.run(&["backup", &file]).await;
    assert_eq!(status, Some(2), "{said}");
    // No database, no keys: nothing of a backup is left.
    let nowhere = if database.is_sqlite() {
        "sqlite:/nowhere/at/all.db"
    } else {
        "postgres://ic_card@127.0.0.1:1/nothing"
    };
    let new = here.path("new");
    let (status, said) = run(here.folder(), nowhere, &["backup", &new]).await;
    assert_eq!(status, Some(2), "{said}");
    let log_key = here.path("keys/log.key");
    let kept = fs::read(&log_key).unwrap();
    fs::remove_file(&log_key).unwrap();
    let (status, said) = here.run(&["backup", &new]).await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("log.key is missing"), "{said}");
    fs::write(&log_key, kept).unwrap();
    fs::set_permissions(&log_key, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(!fs::exists(&new).unwrap());
    for entry in fs::read_dir(here.folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("unfinished"), "{name}");
    }
    // An empty folder is a place.
    fs::remove_file(format!("{place}/mine")).unwrap();
    let (status, said) = here.run(&["backup", &place]).await;
    assert_eq!(status, Some(0), "{said}");
    // Nobody else reads it.
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place), 0o700);
    for entry in fs::read_dir(&place).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(path.to_str().unwrap()), 0o600, "{}", path.display());
    }
    assert!(!fs::exists(format!("{place}/keys")).unwrap());
}

async fn what_is_damaged_or_foreign_is_not_put_back(database: TestDatabase) {
    let here = Installation::new(&database).await;
    here.settle().await;
    let folder = here.path("backup");
    let (status, said) = here.run(&["backup", &folder, "--with-keys"]).await;
    assert_eq!(status, Some(0), "{said}");
    let good = fs::read_to_string(format!("{folder}/manifest.json")).unwrap();
    let there = Elsewhere::new(&database, "config.toml").await;
    let refused = async |says: &str| {
        let (status, said) = there.run(&["restore", &folder]).await;
        assert_eq!(status, Some(2), "{says}: {said}");
        assert!(said.contains(says), "{says}: {said}");
        assert!(there.is_empty().await, "{says}");
        assert!(
            !there.path("keys").exists() && !there.path("witness.jsonl").exists(),
            "{says}"
        );
        fs::write(format!("{folder}/manifest.json"), &good).unwrap();
    };
    let database_file = if database.is_sqlite() {
        "database.sqlite"
    } else {
        "database.dump"
    };
    for name in [database_file, "witness.jsonl", "keys/master.key"] {
        let path = format!("{folder}/{name}");
        let whole = fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&path, damaged).unwrap();
        refused("is damaged").await;
        fs::write(&path, whole).unwrap();
    }
    edit(&folder, |manifest| {
        manifest["files"][0]["path"] = json!("../../etc/cron.d/x");
    });
    refused("is no file of a backup").await;
    edit(&folder, |manifest| manifest["tables"] = json!(1));
    refused("has tables of version 1").await;
    edit(&folder, |manifest| manifest["format"] = json!(2));
    refused("has form 2").await;
    let note = "a log of somebody else's";
    edit(&folder, |manifest| manifest["log"]["note"] = json!(note));
    refused("are not those that signed the log").await;
    // The other database.
    let other = if database.is_sqlite() {
        String::from("postgres://ic_card@127.0.0.1:1/nothing")
    } else {
        format!("sqlite:{}", there.path("other.sqlite").display())
    };
    let (status, said) = run(there.folder(), &other, &["restore", &folder]).await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("the backup is of"), "{said}");
    // Other keys are there than the backup's.
    let (status, said) = there.run(&["init-keys"]).await;
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = there.run(&["restore", &folder]).await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("is not empty"), "{said}");
    fs::remove_dir_all(there.path("keys")).unwrap();
    let (status, said) = there.run(&["restore", &folder]).await;
    assert_eq!(status, Some(0), "{said}");
    there.end().await;
}

/// Before anything is written or dumped, and what is wrong is said of the scratch database.
async fn a_scratch_database_is_looked_at_first(database: TestDatabase) {
    let here = Installation::new(&database).await;
    let config = here.path("config.toml");
    let mut text = fs::read_to_string(&config).unwrap();
    let refused = async |scratch: &str, says: &str| {
        let place = here.path("none");
        // With no programs at all: they are not come to.
        let arguments = [
            "backup",
            &place,
            "--pg-bin",
            "/nowhere",
            "--verify-with",
            scratch,
        ];
        let (status, said) = here.run(&arguments).await;
        assert_eq!(status, Some(2), "{scratch}: {said}");
        assert!(said.contains(says), "{scratch}: {said}");
        assert!(!fs::exists(&place).unwrap(), "{scratch}");
    };
    refused(
        "mysql://x",
        "--verify-with: begins with sqlite: or postgres:",
    )
    .await;
    if database.is_sqlite() {
        for scratch in ["sqlite:scratch.sqlite", "postgres://u@127.0.0.1:1/d"] {
            refused(scratch, "--verify-with is for a backup of PostgreSQL").await;
        }
        return;
    }
    refused("sqlite:scratch.sqlite", "an empty database of PostgreSQL").await;
    refused(&here.url(), "the scratch database is not empty").await;
    // A host of which nobody has the address: allowed or not, nothing leaves the machine.
    let far = "postgres://u@scratch.invalid/d";
    refused(far, "database.insecure_network").await;
    text.push_str("[database]\ninsecure_network = true\n");
    fs::write(&config, text).unwrap();
    refused(far, "PostgreSQL at scratch.invalid:5432 can't be reached").await;
}

/// Whoever put an old copy in the database's place does not get a good backup of it.
async fn a_database_that_was_rolled_back_is_found_in_its_backup(database: TestDatabase) {
    let fixture = LogFixture::new(&database, 100).await;
    let folder = fixture.folder.path();
    fs::write(
        folder.join("config.toml"),
        "origins = [\"http://127.0.0.1:1\"]\n",
    )
    .unwrap();
    let lines = fs::read_to_string(&fixture.witness).unwrap();
    let place = folder.join("good").to_str().unwrap().to_owned();
    let (status, said) = run(folder, &owner_s(&fixture.url), &["backup", &place]).await;
    assert_eq!(status, Some(0), "{said}");
    // The log that was witnessed is longer than the one that is there.
    fixture.fill(&database, 50).await;
    fixture.sequence().await;
    let longer = fs::read_to_string(&fixture.witness).unwrap();
    assert!(longer.len() > lines.len());
    let there = Elsewhere::new(&database, "config.toml").await;
    let key_folder = there.path("keys");
    fs::create_dir(&key_folder).unwrap();
    for entry in fs::read_dir(&fixture.key_folder).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), key_folder.join(entry.file_name())).unwrap();
    }
    let (status, said) = there.run(&["restore", &place]).await;
    assert_eq!(status, Some(0), "{said}");
    fs::write(there.path("witness.jsonl"), &longer).unwrap();
    let bad = there.path("bad").to_str().unwrap().to_owned();
    let (status, said) = there.run(&["backup", &bad]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("rolled back"), "{said}");
    assert!(!fs::exists(&bad).unwrap());
    // The same place again: what was found first stays, and the second is beside it.
    let first = fs::read(there.path("bad.not-good/manifest.json")).unwrap();
    fs::write(there.path("bad.not-good/seen"), "by a person").unwrap();
    let (status, said) = there.run(&["backup", &bad]).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("bad.not-good-2"), "{said}");
    assert!(!fs::exists(&bad).unwrap());
    assert!(fs::exists(there.path("bad.not-good-2/manifest.json")).unwrap());
    let still = fs::read(there.path("bad.not-good/manifest.json")).unwrap();
    assert_eq!(still, first);
    there.end().await;
}
