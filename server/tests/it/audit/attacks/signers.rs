//! Somebody else signs: an operator, another enterprise's legal person, the legal
//! person of another installation, somebody in a form that was given up. They have
//! the database, its server takes what they write into the log, and one of the
//! log's keys may be theirs too. Found by the database, by a proof file, by an
//! archive, and the mark is not good.

mod cases;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use event_log::verify::{Finding, Options, verify_file};
use serde_json::{Value, json};
use server::{
    audit::{
        Sequencer,
        archive::{Archiver, sealed_before},
    },
    clock::FixedClock,
};
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::{Instance, begin},
};

use self::cases::{Case, cases};
use super::{Attacks, url};
use crate::audit::{
    edits::quiet,
    forgery::ROW,
    log_fixture::{later, sentences},
};

/// Whether a finding is about this event and what was signed.
fn is_about(seq: i64) -> impl Fn(&Finding) -> bool {
    move |finding| match finding {
        Finding::Signature { seq: of, .. } | Finding::Downgraded { seq: of, .. } => *of == seq,
        _ => false,
    }
}

/// How many findings are about signatures: what a forger did to the register is
/// found besides, by another pass.
fn of_signatures(findings: &[Finding]) -> usize {
    let is_one = |finding: &&Finding| {
        matches!(
            finding,
            Finding::Signature { .. } | Finding::Downgraded { .. }
        )
    };
    findings.iter().filter(is_one).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_forged_signer_is_found() {
    on_sqlite(async |database| {
        let attacks = Attacks::new(&database, 50).await;
        let mut found = [0; 3];
        for case in cases(&attacks) {
            let row = case.forgery.row(&database);
            let (register, fillers) = (&case.register, "act = 'login' AND outcome = 'done'");
            // Written at the end, where the server takes it into the log.
            let copy = attacks
                .copy(&format!(
                    "INSERT INTO events ({ROW}) VALUES ({row}); {register}"
                ))
                .await;
            sequence(&attacks, &copy).await;
            count(
                &mut found,
                every_way(&attacks, &database, &copy, &case, None).await,
            );
            // Put in the place of an event, and the log made anew by its stolen key.
            let copy = attacks
                .copy(&format!(
                    "UPDATE events SET ({ROW}) = ({row}) WHERE seq = \
                     (SELECT max(seq) FROM events WHERE {fillers}); {register}"
                ))
                .await;
            attacks.rewrite(&copy, &attacks.fixture.keys).await;
            let rewritten = Some("rewritten");
            count(
                &mut found,
                every_way(&attacks, &database, &copy, &case, rewritten).await,
            );
        }
        let [by_database, by_proof, by_archive] = found;
        let _closed = writeln!(
            std::io::stderr(),
            "audit attacks: forged signers, {by_database} found by the database, {by_proof} by a \
             proof file, {by_archive} by an archive, all that these can tell",
        );
    })
    .await;
}

fn count(found: &mut [u32; 3], more: [u32; 3]) {
    for (sum, more) in found.iter_mut().zip(more) {
        *sum += more;
    }
}

async fn sequence(attacks: &Attacks, copy: &Path) {
    let store = test_support::database::open(&url(copy)).await;
    let mut sequencer = Sequencer::new(None);
    let keys = &attacks.fixture.keys;
    sequencer.run(store.as_ref(), keys, later()).await.unwrap();
    store.close().await;
}

/// What is found in a copy: by the database, by proof files, by archives.
async fn every_way(
    attacks: &Attacks,
    database: &TestDatabase,
    copy: &Path,
    case: &Case,
    rewritten: Option<&str>,
) -> [u32; 3] {
    let what = format!("{} {}", case.what, rewritten.unwrap_or("appended"));
    let seq = seq_of(copy, case);
    // Without the witness too: one stolen key must not suffice for this.
    let blind = Options {
        witnesses: Vec::new(),
        ..attacks.fixture.options()
    };
    let report = attacks.fixture.verify_at(&url(copy), &blind).await;
    let said = sentences(&report);
    assert_eq!(of_signatures(&report.findings), 1, "{what}: {said:?}");
    assert!(
        report.findings.iter().any(is_about(seq)),
        "{what}: {said:?}"
    );
    if rewritten.is_some() {
        let options = attacks.fixture.options();
        let report = attacks.fixture.verify_at(&url(copy), &options).await;
        super::found(&report, &what, |finding| {
            matches!(finding, Finding::Rewritten { .. })
        });
    }

    let (mark, proof) = page_and_proof(attacks, copy, case, seq).await;
    assert_eq!(mark == json!("yes"), !case.in_mark, "{what}: {mark}");
    let options = Options {
        witnesses: Vec::new(),
        ..attacks.fixture.options()
    };
    let report = verify_file(&proof, &options, &mut |_| {}, &mut |_| {}).unwrap();
    let said = sentences(&report);
    let in_file = u32::from(case.in_file);
    assert_eq!(
        report.findings.len(),
        usize::from(case.in_file),
        "{what}: {said:?}"
    );
    assert_eq!(report.findings.iter().any(is_about(seq)), case.in_file);

    // The archive by itself has all events; only what it begins with it can't know.
    let archive = archive(attacks, database, copy).await;
    let report = verify_file(&archive, &options, &mut |_| {}, &mut |_| {}).unwrap();
    let said = sentences(&report);
    let alone = case.in_file || matches!(case.forgery.act, "unfreeze");
    assert_eq!(
        report.findings.len(),
        usize::from(alone),
        "{what}: {said:?}"
    );
    assert_eq!(report.findings.iter().any(is_about(seq)), alone, "{what}");
    let with = Options {
        archives: vec![archive],
        ..options
    };
    let report = attacks.fixture.verify_at(&url(copy), &with).await;
    let said = sentences(&report);
    assert_eq!(of_signatures(&report.findings), 1, "{what}: {said:?}");
    assert!(
        report.findings.iter().any(is_about(seq)),
        "{what}: {said:?}"
    );
    [1, in_file, 1]
}

/// The number of the forged event.
fn seq_of(copy: &Path, case: &Case) -> i64 {
    let connection = rusqlite::Connection::open(copy).unwrap();
    let select = "SELECT seq FROM events WHERE body = ?1";
    let mut statement = connection.prepare(select).unwrap();
    let rows = statement.query_map([case.forgery.body()], |row| row.get(0));
    let rows: Vec<i64> = rows.unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1, "{}", case.what);
    rows[0]
}

/// What the page says of the event, and a proof file with it: of the enterprise in
/// which it stands.
async fn page_and_proof(attacks: &Attacks, copy: &Path, case: &Case, seq: i64) -> (Value, PathBuf) {
    let people = &attacks.fixture.people;
    let legal = if case.forgery.enterprise == people.enterprise {
        &people.legal
    } else {
        &people.other_legal
    };
    let clock = Arc::new(FixedClock::new(begin()));
    let keys = attacks.fixture.key_folder.clone();
    let instance = Instance::start(&url(copy), keys, clock, |config| {
        config.audit.witness = None;
    })
    .await;
    let browser = legal.log_in(&instance.origin).await;
    let body = json!({ "seq": seq });
    let event = browser.call("/api/history/event", body).await.good();
    let reply = browser
        .send("GET", "/export/events.proof", &[], Vec::new())
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let file = attacks.fixture.folder.path().join("forged-proof.jsonl");
    std::fs::write(&file, &reply.body).unwrap();
    instance.stop().await;
    (event["row"]["verified"].clone(), file)
}

/// What was done to the rows is undone, as a forger does: a month whose cards the
/// log does not explain is not archived.
fn put_back(attacks: &Attacks) -> String {
    let tables = [
        ("certificates", "card_id, standing"),
        (
            "cards",
            "role, operator_no, state, state_since, lost_from, lost_from_since, \
             certificate_id, puk_generation, puk_known, state_event",
        ),
    ];
    let rows = tables.map(|(table, columns)| {
        format!(
            "UPDATE main.{table} AS now SET ({columns}) = \
             (SELECT {columns} FROM original.{table} AS was WHERE was.id = now.id) \
             WHERE id IN (SELECT id FROM original.{table});"
        )
    });
    format!(
        "PRAGMA foreign_keys = OFF; ATTACH '{}' AS original; \
         UPDATE main.certificates SET standing = 'revoked'; {} DETACH original;",
        attacks.original.display(),
        rows.concat()
    )
}

/// Everything of the month in a file, taken out of the table.
async fn archive(attacks: &Attacks, database: &TestDatabase, copy: &Path) -> PathBuf {
    let next_month = later() + jiff::SignedDuration::from_hours(24 * 20);
    let sql = format!(
        "INSERT INTO events (at, act, outcome, body) VALUES ({}, 'login', 'refused', {})",
        next_month.as_microsecond(),
        database.bytes(&quiet("later"))
    );
    let connection = rusqlite::Connection::open(copy).unwrap();
    connection.execute(&sql, ()).unwrap();
    connection.execute_batch(&put_back(attacks)).unwrap();
    drop(connection);
    sequence(attacks, copy).await;
    let folder = attacks.fixture.folder.path().join("forged-archive");
    let anchors = attacks.fixture.options().anchors.unwrap();
    let now = later() + jiff::SignedDuration::from_hours(24 * 250);
    let archiver = Archiver {
        keys: &attacks.fixture.keys,
        anchors: &anchors,
        folder: &folder,
        now,
    };
    let store = test_support::database::open(&url(copy)).await;
    let before = sealed_before(now, 6).unwrap();
    let month = archiver.next_month(store.as_ref(), before).await;
    let month = month.unwrap().unwrap();
    store.close().await;
    sequence(attacks, copy).await;
    folder.join(month.file)
}
