//! Somebody with the whole database in their hands changes the past: every
//! column of every event, every deletion, swaps, copies, truncation, another
//! log under a stolen key, an older copy of the database. All of it is found,
//! and each by its name.
//!
//! `IC_CARD_EXHAUSTIVE=1` (`cargo xtask test audit-attacks`) has 100 000
//! events; otherwise it is a sample.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use server::audit::{
    Sequencer, WitnessFile,
    body::Body,
    keys::AuditKeys,
    verify::{Finding, Options, Report},
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};
use zeroize::Zeroizing;

use super::{
    edits::{BODIES, COLUMNS as EDITS, Edit, quiet, with_detail},
    scene::{Scene, later, sentences},
};
use crate::database::{TestDatabase, on_sqlite};

/// What somebody does who wants to change an event.
const UNBOUND: &str = "PRAGMA foreign_keys = OFF; DROP TRIGGER events_are_never_changed; \
     DROP TRIGGER events_are_never_deleted; PRAGMA ignore_check_constraints = ON;";

fn size() -> u32 {
    if std::env::var("IC_CARD_EXHAUSTIVE").is_ok_and(|value| value == "1") {
        100_000
    } else {
        2_000
    }
}

/// The log, and a place for copies of it.
struct Attacks {
    scene: Scene,
    original: PathBuf,
    events: u64,
}

impl Attacks {
    async fn new(database: &TestDatabase) -> Self {
        let scene = Scene::new(database, size()).await;
        let original = scene.folder.path().join("original.db");
        let into = format!("VACUUM INTO '{}'", original.display());
        database.raw(&into).await.unwrap();
        let good = scene.verify_at(&url(&original), &scene.options()).await;
        assert_eq!(sentences(&good), Vec::<String>::new());
        assert!(good.events >= u64::from(size()), "{good:?}");
        assert_eq!((good.events, good.waiting), (good.size, 0));
        assert_eq!(good.signatures, 12);
        Self {
            scene,
            original,
            events: good.events,
        }
    }

    /// How many events of the original are so.
    async fn count(&self, clause: &str) -> u64 {
        let mut connection = SqliteConnection::connect(&url(&self.original))
            .await
            .unwrap();
        let sql = format!("SELECT count(*) FROM events WHERE {clause}");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        u64::try_from(count).unwrap()
    }

    /// A copy on which `sql` was run.
    async fn copy(&self, sql: &str) -> PathBuf {
        let copy = self.scene.folder.path().join("copy.db");
        for suffix in ["", "-wal", "-shm"] {
            let _not_there = fs::remove_file(format!("{}{suffix}", copy.display()));
        }
        fs::copy(&self.original, &copy).unwrap();
        let mut connection = SqliteConnection::connect(&url(&copy)).await.unwrap();
        let script = format!("{UNBOUND} {sql}");
        connection.execute(AssertSqlSafe(script)).await.unwrap();
        connection.close().await.unwrap();
        copy
    }

    /// The body of an event of the original.
    fn body(&self, seq: &str) -> Vec<u8> {
        let connection = rusqlite::Connection::open(&self.original).unwrap();
        let sql = format!("SELECT body FROM events WHERE seq = {seq}");
        connection.query_row(&sql, (), |row| row.get(0)).unwrap()
    }

    /// A copy in which bodies were changed, of one event or of all; and of how
    /// many.
    async fn copy_with(&self, edit: Edit, only: Option<u64>) -> (PathBuf, u64) {
        let copy = self.copy("").await;
        // Its statements need no thread of their own each.
        let mut connection = rusqlite::Connection::open(&copy).unwrap();
        let transaction = connection.transaction().unwrap();
        let mut count = 0;
        {
            let of = only.map_or_else(String::new, |seq| format!(" WHERE seq = {seq}"));
            let mut select = transaction
                .prepare(&format!("SELECT seq, body FROM events{of}"))
                .unwrap();
            let rows: Vec<(i64, Vec<u8>)> = select
                .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let mut update = transaction
                .prepare("UPDATE events SET body = ?2 WHERE seq = ?1")
                .unwrap();
            for (seq, body) in rows {
                if let Some(changed) = edit(&body) {
                    assert_ne!(changed, body);
                    count += update.execute((seq, changed)).unwrap() as u64;
                }
            }
        }
        transaction.commit().unwrap();
        (copy, count)
    }

    /// What is found after `sql`.
    async fn after(&self, sql: &str, options: &Options) -> Report {
        let copy = self.copy(sql).await;
        self.scene.verify_at(&url(&copy), options).await
    }

    /// The log alone: its signatures are another pass.
    fn log_only(&self) -> Options {
        Options {
            signatures: false,
            ..self.scene.options()
        }
    }

    /// Has the copy's log made anew with these keys, whatever it was.
    async fn rewrite(&self, copy: &Path, keys: &Arc<AuditKeys>) {
        let mut connection = SqliteConnection::connect(&url(copy)).await.unwrap();
        let wiped = "DELETE FROM log_leaves; DELETE FROM log_tiles; DELETE FROM log_checkpoints; \
             UPDATE log_head SET size = 0, settled = 0";
        connection.execute(wiped).await.unwrap();
        connection.close().await.unwrap();
        let store = server::storage::open(&url(copy)).await.unwrap();
        let mut sequencer = Sequencer::new(None);
        sequencer.run(store.as_ref(), keys, later()).await.unwrap();
        store.close().await;
    }
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// A body as a statement sets it.
fn bytes(body: &[u8]) -> String {
    format!("body = x'{}'", card_protocol::hex::encode(body))
}

/// The keys of somebody else.
fn stranger() -> Arc<AuditKeys> {
    let seed = |byte| Zeroizing::new(vec![byte; 32]);
    Arc::new(AuditKeys::from_seeds(&seed(8), &seed(9)).unwrap())
}

/// Whether a finding is there, or the findings.
#[track_caller]
fn found(report: &Report, what: &str, is: impl Fn(&Finding) -> bool) {
    assert!(
        report.findings.iter().any(is),
        "{what} was not found: {:?}",
        sentences(report)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_of_the_past_is_found() {
    on_sqlite(async |database| {
        let attacks = Attacks::new(&database).await;
        let mut count = edits(&attacks).await;
        count += deletions(&attacks).await;
        count += swaps(&attacks).await;
        count += copies(&attacks).await;
        count += log_tables(&attacks).await;
        count += stolen_keys(&attacks).await;
        count += older_copies(&attacks, &database).await;
        // Past the test's own capture: the count is wanted every time.
        let _closed = writeln!(
            std::io::stderr(),
            "audit attacks: {count} on a log of {} events, all found",
            attacks.events
        );
    })
    .await;
}

/// Every column of every event: each change by itself is a finding.
async fn edits(attacks: &Attacks) -> u64 {
    let mut count = 0;
    for (column, value, none) in EDITS {
        let sql = format!("UPDATE events SET {column} = {value}");
        let unchanged = attacks.count(none).await;
        let report = attacks.after(&sql, &attacks.log_only()).await;
        count += all_edited(column, &report, attacks.events - unchanged);
    }
    for (part, edit) in BODIES {
        let (copy, edited) = attacks.copy_with(edit, None).await;
        let options = attacks.log_only();
        let report = attacks.scene.verify_at(&url(&copy), &options).await;
        count += all_edited(part, &report, edited);
    }
    // One event alone, at both ends and in the middle: named, and nothing else.
    for seq in [1, attacks.events / 2, attacks.events] {
        for (column, value, none) in EDITS {
            if attacks.count(&format!("seq = {seq} AND ({none})")).await > 0 {
                continue;
            }
            let sql = format!("UPDATE events SET {column} = {value} WHERE seq = {seq}");
            let report = attacks.after(&sql, &attacks.log_only()).await;
            count += one_edited(column, &report, seq);
        }
        for (part, edit) in BODIES {
            let (copy, edited) = attacks.copy_with(edit, Some(seq)).await;
            if edited == 1 {
                let options = attacks.log_only();
                let report = attacks.scene.verify_at(&url(&copy), &options).await;
                count += one_edited(part, &report, seq);
            }
        }
        if size() > 10_000 && seq == 1 {
            // A hundred thousand events take their time: one end will do.
            break;
        }
    }
    count
}

/// So many events were found to be edited, and nothing else.
#[track_caller]
fn all_edited(what: &str, report: &Report, expected: u64) -> u64 {
    let edited = report.findings.len() as u64 + report.more;
    assert_eq!(edited, expected, "{what}");
    assert!(edited > 0, "{what} changes nothing");
    let all_edits = report
        .findings
        .iter()
        .all(|finding| matches!(finding, Finding::Edited { .. }));
    assert!(all_edits, "{what}: {:?}", sentences(report)[0]);
    edited
}

/// This event was found to be edited, and nothing else.
#[track_caller]
fn one_edited(what: &str, report: &Report, seq: u64) -> u64 {
    let seq = i64::try_from(seq).unwrap();
    assert_eq!(report.findings.len(), 1, "{what}: {:?}", sentences(report));
    found(
        report,
        what,
        |finding| matches!(finding, Finding::Edited { seq: at, .. } if *at == seq),
    );
    1
}

async fn deletions(attacks: &Attacks) -> u64 {
    let mut count = 0;
    // Half of all events, then the other half: each is missed.
    for half in [0, 1] {
        let sql = format!("DELETE FROM events WHERE seq % 2 = {half}");
        let report = attacks.after(&sql, &attacks.log_only()).await;
        count += report.findings.len() as u64 + report.more;
        assert!(
            report.findings.iter().all(|finding| {
                matches!(finding, Finding::Missing { seq, .. } if seq % 2 == half)
            })
        );
    }
    assert_eq!(count, attacks.events);
    for (what, clause, missing) in [
        ("the first", "seq = 1", 1),
        ("the last", "seq = (SELECT max(seq) FROM events)", 1),
        ("one", "seq = 77", 1),
        (
            "the last hundred",
            "seq > (SELECT max(seq) - 100 FROM events)",
            100,
        ),
        ("all", "TRUE", attacks.events),
    ] {
        let sql = format!("DELETE FROM events WHERE {clause}");
        let report = attacks.after(&sql, &attacks.log_only()).await;
        let found = report.findings.len() as u64 + report.more;
        assert_eq!(found, missing, "{what}: {:?}", sentences(&report));
        count += 1;
    }
    // Another number for an event: it is missing there and too much here.
    for (from, to) in [("1", "-5"), ("(SELECT max(seq) FROM events)", "0")] {
        let sql = format!("UPDATE events SET seq = {to} WHERE seq = {from}");
        let report = attacks.after(&sql, &attacks.log_only()).await;
        found(&report, "missing", |finding| {
            matches!(finding, Finding::Missing { .. })
        });
        found(&report, "beside", |finding| {
            matches!(finding, Finding::NotInLog { .. })
        });
        count += 1;
    }
    count
}

const COLUMNS: &str = "at, enterprise_id, actor_card, act, target_card, outcome, body";

async fn swaps(attacks: &Attacks) -> u64 {
    let mut count = 0;
    let last = i64::try_from(attacks.events).unwrap();
    for (one, other) in [(1, last), (1, 2), (70, 71), (100, last - 3)] {
        // What the two events say.
        let sql = format!(
            "CREATE TEMP TABLE two AS SELECT seq, {COLUMNS} FROM events WHERE seq IN ({one}, {other}); \
             DELETE FROM events WHERE seq IN ({one}, {other}); \
             INSERT INTO events (seq, {COLUMNS}) SELECT {one} + {other} - seq, {COLUMNS} FROM two; \
             DROP TABLE two"
        );
        let report = attacks.after(&sql, &attacks.log_only()).await;
        assert_eq!(sentences(&report).len(), 1, "{:?}", sentences(&report));
        found(
            &report,
            "a swap",
            |finding| matches!(finding, Finding::Swapped { one: a, other: b } if (*a, *b) == (one, other)),
        );
        count += 1;
    }
    // Their places in the log.
    let sql = "UPDATE log_leaves SET seqs = CAST(substr(seqs, 9, 8) || substr(seqs, 1, 8) \
         || substr(seqs, 17) AS BLOB) WHERE tile = 0";
    let report = attacks.after(sql, &attacks.log_only()).await;
    found(&report, "a swap of places", |finding| {
        matches!(finding, Finding::Swapped { one: 2, other: 1 })
    });
    count + 1
}

async fn copies(attacks: &Attacks) -> u64 {
    let mut count = 0;
    let signed = "(SELECT min(seq) FROM events WHERE act = 'freeze')";
    for (of, to) in [
        ("1", "0"),
        (signed, "-1"),
        (
            "(SELECT max(seq) FROM events)",
            "(SELECT max(seq) + 1 FROM events)",
        ),
        (signed, "(SELECT max(seq) + 5 FROM events)"),
    ] {
        let sql = format!(
            "INSERT INTO events (seq, {COLUMNS}) SELECT {to}, {COLUMNS} FROM events WHERE seq = {of}"
        );
        let report = attacks.after(&sql, &attacks.scene.options()).await;
        found(&report, "a copy", |finding| {
            matches!(finding, Finding::Copied { .. })
        });
        count += 1;
    }
    // A copy that the server took into the log: its signature is used twice.
    let sql =
        format!("INSERT INTO events ({COLUMNS}) SELECT {COLUMNS} FROM events WHERE seq = {signed}");
    let copy = attacks.copy(&sql).await;
    let store = server::storage::open(&url(&copy)).await.unwrap();
    let mut sequencer = Sequencer::new(None);
    let appended = sequencer
        .run(store.as_ref(), &attacks.scene.keys, later())
        .await;
    assert_eq!(appended.unwrap(), 1);
    store.close().await;
    let report = attacks
        .scene
        .verify_at(&url(&copy), &attacks.scene.options())
        .await;
    found(&report, "a signature used twice", |finding| {
        matches!(finding, Finding::Replayed { .. })
    });
    // An act that nobody signed, and one under another act's signature.
    let body = attacks.body(signed);
    let body = Body::decode(&body).unwrap();
    let unsigned = Body {
        statement: None,
        structured: None,
        signature: None,
        certificate: None,
        nonce: None,
        origin: None,
        ..body
    };
    let half = Body {
        statement: None,
        ..body
    };
    let elsewhere = Body {
        origin: Some("https://evil.example"),
        ..body
    };
    for (change, what) in [
        (bytes(&unsigned.encode()), "unsigned"),
        (bytes(&half.encode()), "a signature under nothing"),
        ("act = 'report_loss'".to_owned(), "another act"),
        ("target_card = zeroblob(16)".to_owned(), "another card"),
        ("at = 0".to_owned(), "a certificate of another time"),
        ("actor_card = zeroblob(16)".to_owned(), "another actor"),
        (bytes(&elsewhere.encode()), "another origin"),
    ] {
        let sql = format!(
            "INSERT INTO events ({COLUMNS}) SELECT {COLUMNS} FROM events WHERE seq = {signed}; \
             UPDATE events SET {change} WHERE seq = (SELECT max(seq) FROM events)"
        );
        let report = attacks.after(&sql, &attacks.scene.options()).await;
        found(&report, what, |finding| {
            matches!(
                finding,
                Finding::Unsigned { .. } | Finding::Signature { .. } | Finding::Unreadable { .. }
            )
        });
        count += 1;
    }
    count + 1 + certificates(attacks).await
}

/// The certificate that a signature verifies with is changed, exchanged for
/// another good one, or gone; and an event is no event at all.
async fn certificates(attacks: &Attacks) -> u64 {
    let signer = "card_id = (SELECT id FROM cards WHERE role = 'legal_person')";
    for (what, sql) in [
        (
            "changed",
            format!("UPDATE certificates SET der = CAST(der || x'00' AS BLOB) WHERE {signer}"),
        ),
        (
            "exchanged",
            format!(
                "UPDATE certificates SET der = (SELECT o.der FROM certificates o WHERE NOT o.{signer} LIMIT 1) \
             WHERE {signer}"
            ),
        ),
        ("gone", format!("DELETE FROM certificates WHERE {signer}")),
        (
            "another card's",
            format!(
                "DROP INDEX certificates_one_good; \
             UPDATE certificates SET card_id = (SELECT id FROM cards WHERE role = 'operator' LIMIT 1) \
             WHERE {signer}"
            ),
        ),
    ] {
        let report = attacks.after(&sql, &attacks.scene.options()).await;
        assert_eq!(
            report.findings.len(),
            12,
            "{what}: {:?}",
            sentences(&report)
        );
        let all = report
            .findings
            .iter()
            .all(|finding| matches!(finding, Finding::Signature { .. }));
        assert!(all, "{what}: {:?}", sentences(&report));
    }
    let nonsense = format!(
        "INSERT INTO events (at, act, outcome, body) VALUES (1, 'freeze', 'done', {})",
        "x'02'"
    );
    let report = attacks.after(&nonsense, &attacks.scene.options()).await;
    found(&report, "nonsense", |finding| {
        matches!(finding, Finding::Unreadable { .. })
    });
    5
}

/// The log's own tables.
async fn log_tables(attacks: &Attacks) -> u64 {
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
async fn stolen_keys(attacks: &Attacks) -> u64 {
    let changed = with_detail(&attacks.body("40"), Some("nothing happened"));
    let edit = format!("UPDATE events SET {} WHERE seq = 40", bytes(&changed));
    let options = attacks.log_only();
    // The log's key: in the database all fits. The witness file knows better.
    let copy = attacks.copy(&edit).await;
    attacks.rewrite(&copy, &attacks.scene.keys).await;
    let blind = Options {
        witnesses: Vec::new(),
        ..attacks.log_only()
    };
    let unseen = attacks.scene.verify_at(&url(&copy), &blind).await;
    assert!(
        unseen.is_good(),
        "a database alone can't know: {:?}",
        sentences(&unseen)
    );
    let report = attacks.scene.verify_at(&url(&copy), &options).await;
    found(&report, "a rewritten log", |finding| {
        matches!(finding, Finding::Rewritten { .. })
    });

    // The witness's key: the log can't be signed with it.
    attacks.rewrite(&copy, &stranger()).await;
    let report = attacks.scene.verify_at(&url(&copy), &options).await;
    found(&report, "another log's key", |finding| {
        matches!(finding, Finding::CheckpointBad { .. })
    });

    // A witness file by the stolen witness key over another log's checkpoints.
    let forged = attacks.scene.folder.path().join("forged.jsonl");
    let store = server::storage::open(&url(&copy)).await.unwrap();
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
    let report = attacks.scene.verify_at(&original, &with_forged).await;
    found(&report, "a forged line", |finding| {
        matches!(finding, Finding::WitnessLine { .. })
    });
    found(&report, "a witness behind", |finding| {
        matches!(finding, Finding::WitnessBehind { .. })
    });

    // The witness file itself: cut off, emptied, gone, a line changed.
    let lines = fs::read_to_string(&attacks.scene.witness).unwrap();
    let cut = attacks.scene.folder.path().join("cut.jsonl");
    let shorter: Vec<&str> = lines.lines().collect();
    for (what, text, kind) in [
        (
            "cut off",
            shorter[..shorter.len() - 1].join("\n") + "\n",
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
        let report = attacks.scene.verify_at(&original, &with_cut).await;
        found(&report, what, |finding| {
            format!("{finding:?}").starts_with(kind)
        });
    }
    fs::remove_file(&cut).unwrap();
    let with_none = Options {
        witnesses: vec![cut],
        ..attacks.log_only()
    };
    let report = attacks.scene.verify_at(&original, &with_none).await;
    found(&report, "a witness file that is gone", |finding| {
        matches!(finding, Finding::WitnessMissing(_))
    });
    7
}

/// An older copy of the database is put in the place of the newer one.
async fn older_copies(attacks: &Attacks, database: &TestDatabase) -> u64 {
    // The log goes on after the copy was made.
    let body = database.bytes(&quiet("x"));
    let more = format!(
        "INSERT INTO events (at, act, outcome, body) VALUES (1, 'login', 'refused', {body})"
    );
    database.raw(&more).await.unwrap();
    assert_eq!(attacks.scene.sequence().await, 1);
    let options = attacks.scene.options();
    let now = attacks.scene.verify_at(&attacks.scene.url, &options).await;
    assert_eq!(sentences(&now), Vec::<String>::new());
    let report = attacks
        .scene
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
    let store = server::storage::open(&url(&copy)).await.unwrap();
    let witness = WitnessFile::new(attacks.scene.witness.clone());
    let mut sequencer = Sequencer::new(Some(witness));
    let refused = sequencer
        .run(store.as_ref(), &attacks.scene.keys, later())
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("does not go on"), "{refused}");
    store.close().await;
    let report = attacks.scene.verify_at(&url(&copy), &options).await;
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
    let store = server::storage::open(&url(&copy)).await.unwrap();
    let mut sequencer = Sequencer::new(None);
    let refused = sequencer
        .run(store.as_ref(), &attacks.scene.keys, later())
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
