//! Events that are changed, deleted and swapped.

use event_log::verify::{Finding, Report};

use super::{Attacks, COLUMNS, found, size, url};
use crate::audit::{
    edits::{BODIES, COLUMNS as EDITS},
    log_fixture::sentences,
};

/// Every column of every event: each change by itself is a finding.
pub(super) async fn edits(attacks: &Attacks) -> u64 {
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
        let report = attacks.fixture.verify_at(&url(&copy), &options).await;
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
                let report = attacks.fixture.verify_at(&url(&copy), &options).await;
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

pub(super) async fn deletions(attacks: &Attacks) -> u64 {
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

pub(super) async fn swaps(attacks: &Attacks) -> u64 {
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
