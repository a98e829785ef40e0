//! The log's own tables, its keys and its witness file, and copies of the
//! database from before.

use std::fs;

use event_log::verify::{Finding, Options};
use jiff::SignedDuration;
use server::audit::{Sequencer, WitnessFile};
use test_support::database::TestDatabase;

use super::{Attacks, bytes, found, stranger, url};
use crate::audit::{
    edits::{quiet, with_detail},
    log_fixture::{later, sentences},
};

/// The log's own tables.
pub(super) async fn log_tables(attacks: &Attacks) -> u64 {
    let mut count = 0;
    let last = "(SELECT max(tile) FROM log_leaves)";
    for (what, sql, kind) in [
        ("a leaf's hash", "UPDATE log_tiles SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = 0 AND tile = 0".to_owned(), "Edited"),
        ("a tile of level 1", "UPDATE log_tiles SET hashes = zeroblob(length(hashes)) WHERE level = 1".to_owned(), "TileDiffers"),
        ("a tile of level 1, deleted", "DELETE FROM log_tiles WHERE level = 1".to_owned(), "TileDiffers"),
        ("the last tile, deleted", format!("DELETE FROM log_leaves WHERE tile = {last}"), "Truncated"),
        ("a tile in the middle, deleted", "DELETE FROM log_leaves WHERE tile = 2".to_owned(), "LeavesMissing"),
        ("the hashes of a tile, deleted", "DELETE FROM log_tiles WHERE level = 0 AND tile = 2".to_owned(), "LeavesDiffer"),
        ("the last place", format!("UPDATE log_leaves SET seqs = CAST(substr(seqs, 1, length(seqs) - 8) AS BLOB) WHERE tile = {last}"), "Truncated"),
        ("a place twice", "UPDATE log_leaves SET seqs = CAST(substr(seqs, 1, 8) || substr(seqs, 1, 8) || substr(seqs, 17) AS BLOB) WHERE tile = 0".to_owned(), "Duplicated"),
        ("the newest checkpoint", "DELETE FROM log_checkpoints WHERE size = (SELECT max(size) FROM log_checkpoints)".to_owned(), "BeyondCheckpoint"),
        ("all checkpoints", "DELETE FROM log_checkpoints".to_owned(), "CheckpointMissing"),
        ("a checkpoint's size", "UPDATE log_checkpoints SET note = replace(note, size, size + 1)".to_owned(), "CheckpointBad"),
        ("a checkpoint's signature", "UPDATE log_checkpoints SET note = substr(note, 1, length(note) - 8) || 'AAAAAA=' || char(10)".to_owned(), "CheckpointBad"),
        ("the head", "UPDATE log_head SET size = size - 1".to_owned(), "HeadDiffers"),
        ("everything of the log", "DELETE FROM log_leaves; DELETE FROM log_tiles; DELETE FROM log_checkpoints; UPDATE log_head SET size = 0, settled = 0".to_owned(), "RolledBack"),
        ("an archive that nobody signed", "INSERT INTO log_archives VALUES (50, 1, 'x', 1); DELETE FROM events WHERE seq <= 50".to_owned(), "ArchiveNote"),
        ("events and their archive", "INSERT INTO log_archives VALUES (50, 1, 'x', 1); DELETE FROM events WHERE seq <= 50".to_owned(), "Missing"),
    ] {
        let report = attacks.after(&sql, &attacks.log_only()).await;
        found(&report, what, |finding| {
            format!("{finding:?}").starts_with(kind)
        });
        count += 1;
    }
    count
}

/// One key is stolen, and everything that it can sign is signed anew.
pub(super) async fn stolen_keys(attacks: &Attacks) -> u64 {
    let changed = with_detail(&attacks.body("40"), Some("nothing happened"));
    let edit = format!("UPDATE events SET {} WHERE seq = 40", bytes(&changed));
    let options = attacks.log_only();
    // The log's key: in the database all fits. The witness file knows better.
    let copy = attacks.copy(&edit).await;
    attacks.rewrite(&copy, &attacks.fixture.keys).await;
    let blind = Options {
        witnesses: Vec::new(),
        ..attacks.log_only()
    };
    let unseen = attacks.fixture.verify_at(&url(&copy), &blind).await;
    assert!(
        unseen.is_good(),
        "a database alone can't know: {:?}",
        sentences(&unseen)
    );
    let report = attacks.fixture.verify_at(&url(&copy), &options).await;
    found(&report, "a rewritten log", |finding| {
        matches!(finding, Finding::Rewritten { .. })
    });

    // The witness's key: the log can't be signed with it.
    attacks.rewrite(&copy, &stranger()).await;
    let report = attacks.fixture.verify_at(&url(&copy), &options).await;
    found(&report, "another log's key", |finding| {
        matches!(finding, Finding::CheckpointBad { .. })
    });

    // A witness file by the stolen witness key over another log's checkpoints.
    let forged = attacks.fixture.folder.path().join("forged.jsonl");
    let store = test_support::database::open(&url(&copy)).await;
    let mut sequencer = Sequencer::new(Some(WitnessFile::new(forged.clone())));
    sequencer
        .run(store.as_ref(), &stranger(), later())
        .await
        .unwrap();
    store.close().await;
    let with_forged = Options {
        witnesses: vec![forged],
        ..attacks.log_only()
    };
    let original = url(&attacks.original);
    let report = attacks.fixture.verify_at(&original, &with_forged).await;
    found(&report, "a forged line", |finding| {
        matches!(finding, Finding::WitnessLine { .. })
    });
    found(&report, "a witness behind", |finding| {
        matches!(finding, Finding::WitnessBehind { .. })
    });

    // The witness file itself: cut off, emptied, gone, a line changed.
    let lines = fs::read_to_string(&attacks.fixture.witness).unwrap();
    let cut = attacks.fixture.folder.path().join("cut.jsonl");
    let shorter: Vec<&str> = lines.lines().collect();
    for (what, text, kind) in [
        (
            "cut off",
            shorter[..shorter.len() - 2].join("\n") + "\n",
            "WitnessBehind",
        ),
        ("emptied", String::new(), "WitnessBehind"),
        ("changed", lines.replacen("time", "Time", 1), "WitnessLine"),
    ] {
        fs::write(&cut, text).unwrap();
        let with_cut = Options {
            witnesses: vec![cut.clone()],
            ..attacks.log_only()
        };
        let report = attacks.fixture.verify_at(&original, &with_cut).await;
        found(&report, what, |finding| {
            format!("{finding:?}").starts_with(kind)
        });
    }
    // A server writes its last line a moment after the checkpoint: that is an alarm once
    // it is older than minutes, or of more events than those minutes have.
    fs::write(&cut, shorter[..shorter.len() - 1].join("\n") + "\n").unwrap();
    let last = later() + SignedDuration::from_hours(9);
    for now in [last, later()] {
        let now = now + SignedDuration::from_mins(5);
        let with_cut = Options {
            witnesses: vec![cut.clone()],
            signatures: true,
            now: Some(now),
            ..attacks.log_only()
        };
        let report = attacks.fixture.verify_at(&original, &with_cut).await;
        found(&report, "cut off, and of another time", |finding| {
            matches!(finding, Finding::WitnessBehind { .. })
        });
    }
    fs::remove_file(&cut).unwrap();
    let with_none = Options {
        witnesses: vec![cut],
        ..attacks.log_only()
    };
    let report = attacks.fixture.verify_at(&original, &with_none).await;
    found(&report, "a witness file that is gone", |finding| {
        matches!(finding, Finding::WitnessMissing(_))
    });
    7
}

/// An older copy of the database is put in the place of the newer one.
pub(super) async fn older_copies(attacks: &Attacks, database: &TestDatabase) -> u64 {
    // The log goes on after the copy was made.
    let body = database.bytes(&quiet("x"));
    let more = format!(
        "INSERT INTO events (at, act, outcome, body) VALUES (1, 'login', 'refused', {body})"
    );
    database.raw(&more).await.unwrap();
    assert_eq!(attacks.fixture.sequence().await, 1);
    let options = attacks.fixture.options();
    let now = attacks
        .fixture
        .verify_at(&attacks.fixture.url, &options)
        .await;
    assert_eq!(sentences(&now), Vec::<String>::new());
    let report = attacks
        .fixture
        .verify_at(&url(&attacks.original), &options)
        .await;
    found(&report, "the roll-back", |finding| {
        matches!(finding, Finding::RolledBack { size, witnessed, .. }
            if *size == attacks.events && *witnessed == attacks.events + 1)
    });
    // A server goes on with the older copy: the witness does not follow it.
    let copy = attacks
        .copy(&format!(
            "INSERT INTO events (at, act, outcome, body) \
             VALUES (2, 'login', 'refused', {body}), (3, 'login', 'done', {body})",
        ))
        .await;
    let store = test_support::database::open(&url(&copy)).await;
    let witness = WitnessFile::new(attacks.fixture.witness.clone());
    let mut sequencer = Sequencer::new(Some(witness));
    let refused = sequencer
        .run(store.as_ref(), &attacks.fixture.keys, later())
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("does not go on"), "{refused}");
    store.close().await;
    let report = attacks.fixture.verify_at(&url(&copy), &options).await;
    found(&report, "a log that went another way", |finding| {
        matches!(finding, Finding::Rewritten { .. })
    });
    // A log that was tampered with is not gone on with either.
    let copy = attacks
        .copy(&format!(
            "UPDATE log_tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0; \
             INSERT INTO events (at, act, outcome, body) VALUES (2, 'login', 'refused', {body})",
        ))
        .await;
    let store = test_support::database::open(&url(&copy)).await;
    let mut sequencer = Sequencer::new(None);
    let refused = sequencer
        .run(store.as_ref(), &attacks.fixture.keys, later())
        .await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("not the one that was signed")
    );
    store.close().await;
    3
}
