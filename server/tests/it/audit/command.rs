//! `server audit verify` as people run it, on both databases: exit status,
//! and what it says. On PostgreSQL this is also the sample of the attacks.

use std::{fs, process::Command};

use test_support::database::{TestDatabase, on_both};

use super::{edits::with_detail, log_fixture::LogFixture};

on_both!(it_says_good_names_what_was_done_and_when_it_can_t_tell,);

/// Exit status, and both outputs.
fn run(fixture: &LogFixture, url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .arg("--data")
        .arg(fixture.folder.path())
        .args(["--database-url", url, "audit"])
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

async fn it_says_good_names_what_was_done_and_when_it_can_t_tell(database: TestDatabase) {
    let fixture = LogFixture::new(&database, 300).await;
    let config = fixture.folder.path().join("config.toml");
    fs::write(config, "origins = [\"http://127.0.0.1:1\"]\n").unwrap();
    let verify = |arguments: &[&str]| run(&fixture, &fixture.url, arguments);
    let (status, said) = verify(&["verify"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("12 signatures of the legal person"), "{said}");
    assert!(said.contains(" witnessed (0 lines cut off)"), "{said}");
    let (status, said) = verify(&["keys"]);
    assert_eq!(status, Some(0), "{said}");
    let keys: Vec<&str> = said.lines().collect();
    // Pinned to the keys that were printed, and to others.
    let pinned = ["verify", "--key", keys[0], "--key", keys[1]];
    assert_eq!(verify(&pinned).0, Some(0));
    let swapped = ["verify", "--key", keys[1]];
    assert_eq!(verify(&swapped).0, Some(2));
    assert_eq!(verify(&["verify", "--key", "x"]).0, Some(2));
    // Without retention there is nothing to archive.
    assert_eq!(verify(&["archive"]).0, Some(2));

    let (on_events, of) = if database.is_sqlite() {
        ("", "")
    } else {
        (" ON events", "ALTER TABLE events DISABLE TRIGGER ALL; ")
    };
    let unbound = format!(
        "{of}DROP TRIGGER events_are_never_changed{on_events}; {}",
        if database.is_sqlite() {
            "DROP TRIGGER events_are_never_deleted"
        } else {
            ""
        }
    );
    database.raw(&unbound).await.unwrap();
    let lines = fs::read_to_string(&fixture.witness).unwrap();
    let body = database.body(40).await;
    let changed = with_detail(&body, Some("x"));
    let set = |body| {
        format!(
            "UPDATE events SET body = {} WHERE seq = 40",
            database.bytes(body)
        )
    };
    let (edit, undo) = (set(&changed), set(&body));
    for (attack, undo, finding) in [
        (edit.as_str(), undo.as_str(), "event 40 was edited"),
        (
            "UPDATE events SET seq = -seq WHERE seq = 1",
            "UPDATE events SET seq = -seq WHERE seq = -1",
            "event 1 is missing",
        ),
        (
            "UPDATE log_head SET size = size - 1",
            "UPDATE log_head SET size = size + 1",
            "the log's head says",
        ),
        (
            "INSERT INTO log_checkpoints (size, note) VALUES (7, 'x')",
            "DELETE FROM log_checkpoints WHERE size = 7",
            "the checkpoint of 7 events is not good",
        ),
    ] {
        // An identity column is its database's own on PostgreSQL.
        if !database.is_sqlite() && attack.contains("seq = -seq") {
            continue;
        }
        database.raw(attack).await.unwrap();
        let (status, said) = verify(&["verify"]);
        assert_eq!(status, Some(1), "{attack}: {said}");
        assert!(said.contains(finding), "{attack}: {said}");
        database.raw(undo).await.unwrap();
        let (status, said) = verify(&["verify"]);
        assert_eq!(status, Some(0), "{undo}: {said}");
    }
    // Rolled back: the witness file knows more.
    let size = fixture.store.log_head().await.unwrap().size;
    let rows = [
        format!("DELETE FROM log_checkpoints WHERE size = {size}"),
        String::from("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)"),
    ];
    for row in rows {
        database.raw(&row).await.unwrap();
    }
    let (status, said) = verify(&["verify"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("is missing") && said.contains("were signed"),
        "{said}"
    );
    // A witness file that can't be read, and a database that is not there.
    fs::write(&fixture.witness, lines.replace("note", "nota")).unwrap();
    let (status, said) = verify(&["verify", "--no-signatures"]);
    assert_eq!(status, Some(1), "{said}");
    let nowhere = if database.is_sqlite() {
        "sqlite:/nowhere/at/all.db"
    } else {
        "postgres://ic_card@127.0.0.1:1/nothing"
    };
    assert_eq!(run(&fixture, nowhere, &["verify"]).0, Some(2));
}
