//! Retention: sealed months go to files that verify; the log verifies with
//! and without them; nothing else can be deleted.

use std::{fs, path::PathBuf};

use event_log::verify::{Finding, Options, verify_file};
use server::audit::archive::{Archiver, sealed_before};
use test_support::database::{TestDatabase, on_both, on_pooler};

use super::{
    edits::quiet,
    log_fixture::{LogFixture, check, later, sentences},
};

on_both!(a_sealed_month_goes_to_a_file_and_all_of_it_still_verifies,);
on_pooler!(a_sealed_month_goes_to_a_file_and_all_of_it_still_verifies,);

async fn a_sealed_month_goes_to_a_file_and_all_of_it_still_verifies(database: TestDatabase) {
    let fixture = LogFixture::new(&database, 300).await;
    let events = fixture.store.log_head().await.unwrap().size;
    // Two later months, so that the first one is over.
    for days in [20, 75] {
        let at = later() + jiff::SignedDuration::from_hours(24 * days);
        let sql = format!(
            "INSERT INTO events (at, act, outcome, body) VALUES ({}, 'login', 'refused', {})",
            at.as_microsecond(),
            database.bytes(&quiet("later"))
        );
        database.raw(&sql).await.unwrap();
    }
    fixture.sequence().await;
    let folder = fixture.folder.path().join("archive");
    let options = fixture.options();
    let anchors = fixture.options().anchors.unwrap();
    let half_a_year = later() + jiff::SignedDuration::from_hours(24 * 200);
    let archiver = Archiver {
        keys: &fixture.keys,
        anchors: &anchors,
        folder: &folder,
        now: half_a_year,
    };
    // Not before its time.
    let too_early = sealed_before(later(), 6).unwrap();
    let store = fixture.store.as_ref();
    assert_eq!(archiver.next_month(store, too_early).await.unwrap(), None);
    let before = sealed_before(half_a_year, 6).unwrap();
    let month = archiver.next_month(store, before).await.unwrap().unwrap();
    assert_eq!((month.first, month.events), (1, events));
    fixture.sequence().await;
    let left = store.events_between(i64::MIN, i64::MAX, 100).await.unwrap();
    let mut left: Vec<&str> = left.iter().map(|event| event.act.as_str()).collect();
    // What explains a card was said once more.
    left.retain(|act| *act != "register_carry");
    assert_eq!(left, ["login", "login", "archive"]);
    let carried = 6;

    // The log without the file, and with it.
    let without = check(&fixture.store, &options).await;
    assert_eq!(sentences(&without), Vec::<String>::new());
    assert_eq!((without.archived, without.events), (events, 3 + carried));
    let file = folder.join(&month.file);
    let given = Options {
        archives: vec![file.clone()],
        ..fixture.options()
    };
    let with = check(&fixture.store, &given).await;
    assert_eq!(sentences(&with), Vec::<String>::new());
    assert_eq!((with.archived, with.events), (0, events + 3 + carried));
    assert_eq!(with.signatures, 12);
    // The file by itself.
    let by_itself = verify_file(&file, &options, &mut |_| {}, &mut |_| {}).unwrap();
    assert_eq!(sentences(&by_itself), Vec::<String>::new());
    assert_eq!(by_itself.events, events);
    assert_eq!(by_itself.signatures, 12);
    // A file that was changed.
    let text = fs::read_to_string(&file).unwrap();
    let changed: PathBuf = folder.join("changed.jsonl");
    fs::write(
        &changed,
        text.replacen("\"position\":7", "\"position\":8", 1),
    )
    .unwrap();
    let given = Options {
        archives: vec![changed],
        ..fixture.options()
    };
    let report = check(&fixture.store, &given).await;
    assert!(!report.is_good());
    assert!(
        report
            .findings
            .iter()
            .all(|finding| matches!(finding, Finding::File { .. }))
    );

    // Nothing else can be deleted, and the note opened the table for no longer.
    for sql in [
        "DELETE FROM events",
        "DELETE FROM events WHERE act = 'archive'",
        "UPDATE events SET act = 'x'",
    ] {
        let error = database.raw(sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    // The next month is over too, and the last one is not.
    let much_later = half_a_year + jiff::SignedDuration::from_hours(24 * 31);
    let before = sealed_before(much_later, 6).unwrap();
    let month = archiver.next_month(store, before).await.unwrap();
    assert_eq!(month.map(|month| month.events), Some(1));
    assert_eq!(archiver.next_month(store, before).await.unwrap(), None);
    fixture.sequence().await;
    let report = check(&fixture.store, &options).await;
    assert_eq!(sentences(&report), Vec::<String>::new());
}
