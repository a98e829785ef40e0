//! Every way to change an event: each column by a statement, and each part of
//! the body by what is put in its place.

use std::fmt::Write as _;

use event_log::{
    body::Body,
    verify::{Finding, Options},
};
use test_support::database::{TestDatabase, on_both};

use super::log_fixture::{LogFixture, check, sentences};

on_both!(on_either_database_each_change_is_found,);

/// Each column with a change of it, and for which events it is none.
pub(crate) const COLUMNS: [(&str, &str, &str); 8] = [
    ("at", "at + 1", "FALSE"),
    ("enterprise_id", "NULL", "enterprise_id IS NULL"),
    (
        "actor_card",
        "target_card",
        "actor_card = target_card OR coalesce(actor_card, target_card) IS NULL",
    ),
    ("act", "act || 'x'", "FALSE"),
    ("target_card", "NULL", "target_card IS NULL"),
    (
        "outcome",
        "CASE outcome WHEN 'done' THEN 'refused' ELSE 'done' END",
        "FALSE",
    ),
    ("outcome", "act, act = outcome", "FALSE"),
    // One column's end put before the next one's beginning.
    ("act", "act || 'd', outcome = substr(outcome, 2)", "FALSE"),
];

/// What is put in the place of a body; `None` where that is the same.
pub(crate) type Edit = fn(&[u8]) -> Option<Vec<u8>>;

/// A change of one part of the body, encoded anew.
macro_rules! part {
    ($part:ident: optional $suffix:literal) => {
        (stringify!($part), |bytes: &[u8]| {
            let body = Body::decode(bytes).unwrap();
            let changed = format!("{}{}", body.$part.unwrap_or_default(), $suffix);
            Some(
                Body {
                    $part: Some(&changed),
                    ..body
                }
                .encode(),
            )
        })
    };
    ($part:ident: $suffix:literal) => {
        (stringify!($part), |bytes: &[u8]| {
            let body = Body::decode(bytes).unwrap();
            let changed = format!("{}{}", body.$part, $suffix);
            Some(
                Body {
                    $part: &changed,
                    ..body
                }
                .encode(),
            )
        })
    };
}

/// Each part of the body, and bodies that are none.
pub(crate) const BODIES: [(&str, Edit); 21] = [
    part!(statement: optional "x"),
    part!(structured: optional " "),
    ("signature", |bytes| {
        let body = Body::decode(bytes).unwrap();
        let changed = [body.signature.unwrap_or_default(), &[0]].concat();
        Some(
            Body {
                signature: Some(&changed),
                ..body
            }
            .encode(),
        )
    }),
    ("certificate", |bytes| {
        let body = Body::decode(bytes).unwrap();
        let mut changed = body.certificate.unwrap_or_default();
        changed[31] ^= 1;
        Some(
            Body {
                certificate: Some(changed),
                ..body
            }
            .encode(),
        )
    }),
    part!(address: "1"),
    part!(terminal: optional "x"),
    ("terminal that was none", |bytes| {
        let body = Body::decode(bytes).unwrap();
        body.terminal.is_none().then(|| {
            Body {
                terminal: Some(""),
                ..body
            }
            .encode()
        })
    }),
    part!(user_agent: " "),
    part!(request_id: "0"),
    part!(detail: optional "x"),
    part!(nonce: optional "A"),
    part!(origin: optional "/"),
    part!(facts: optional " "),
    ("no facts", |bytes| {
        let body = Body::decode(bytes).unwrap();
        body.facts.map(|_| {
            Body {
                facts: None,
                ..body
            }
            .encode()
        })
    }),
    ("no signature", |bytes| {
        let body = Body::decode(bytes).unwrap();
        let unsigned = Body {
            statement: None,
            structured: None,
            signature: None,
            certificate: None,
            ..body
        };
        body.statement.map(|_| unsigned.encode())
    }),
    ("user_agent and request_id", |bytes| {
        let body = Body::decode(bytes).unwrap();
        let both = format!("{}{}", body.user_agent, body.request_id);
        let moved = Body {
            user_agent: &both,
            request_id: "",
            ..body
        };
        (!body.request_id.is_empty()).then(|| moved.encode())
    }),
    ("address and user_agent", |bytes| {
        let body = Body::decode(bytes).unwrap();
        let both = format!("{}{}", body.address, body.user_agent);
        let moved = Body {
            address: "",
            user_agent: &both,
            ..body
        };
        (!body.address.is_empty()).then(|| moved.encode())
    }),
    ("the first byte", |bytes| {
        Some([&[bytes[0] ^ 1], &bytes[1..]].concat())
    }),
    ("one byte more", |bytes| Some([bytes, &[0]].concat())),
    ("one byte less", |bytes| {
        Some(bytes[..bytes.len() - 1].to_vec())
    }),
    ("nothing at all", |_bytes| Some(Vec::new())),
];

/// A body with a detail in the place of its own.
pub(crate) fn with_detail(bytes: &[u8], detail: Option<&str>) -> Vec<u8> {
    Body {
        detail,
        ..Body::decode(bytes).unwrap()
    }
    .encode()
}

/// A body that says hardly anything.
pub(crate) fn quiet(request_id: &str) -> Vec<u8> {
    Body {
        user_agent: "test",
        request_id,
        ..Body::default()
    }
    .encode()
}

/// The same on both databases, on a short log: every change, to every event.
async fn on_either_database_each_change_is_found(database: TestDatabase) {
    let fixture = LogFixture::new(&database, 50).await;
    let unbind = if database.is_sqlite() {
        "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted"
    } else {
        "ALTER TABLE events DISABLE TRIGGER ALL; ALTER TABLE events DROP CONSTRAINT events_outcome_check"
    };
    database.raw(unbind).await.unwrap();
    database
        .raw("CREATE TABLE kept AS SELECT * FROM events")
        .await
        .unwrap();
    let options = Options {
        signatures: false,
        ..fixture.options()
    };
    let is_found = async |what: &str, edited: u64| {
        let report = check(&fixture.store, &options).await;
        assert!(edited > 0, "{what} changes nothing");
        assert_eq!(
            report.findings.len() as u64,
            edited,
            "{what}: {:?}",
            sentences(&report)
        );
        let is_edit = |finding: &Finding| matches!(finding, Finding::Edited { .. });
        assert!(
            report.findings.iter().all(is_edit),
            "{what}: {:?}",
            sentences(&report)
        );
        let undo = "UPDATE events SET (at, enterprise_id, actor_card, act, target_card, outcome, body) = \
             (SELECT at, enterprise_id, actor_card, act, target_card, outcome, body FROM kept k \
             WHERE k.seq = events.seq)";
        database.raw(undo).await.unwrap();
    };
    for (column, value, none) in COLUMNS {
        if database.is_sqlite() && (column == "outcome" || value.contains("outcome")) {
            // Its CHECK can't be dropped here; `attacks` ignores it.
            continue;
        }
        let edit =
            format!("UPDATE events SET {column} = {value} WHERE NOT coalesce({none}, FALSE)");
        is_found(column, database.raw(&edit).await.unwrap()).await;
    }
    let first = database.bodies("TRUE").await;
    for (part, edit) in BODIES {
        let mut edited = 0;
        let mut script = String::new();
        for (seq, body) in (1..).zip(&first) {
            if let Some(changed) = edit(body) {
                let changed = database.bytes(&changed);
                write!(
                    script,
                    "UPDATE events SET body = {changed} WHERE seq = {seq}; "
                )
                .unwrap();
                edited += 1;
            }
        }
        database.raw(&script).await.unwrap();
        is_found(part, edited).await;
    }
    let report = check(&fixture.store, &fixture.options()).await;
    assert_eq!(sentences(&report), Vec::<String>::new());
    // A second row with a number that is in the log, which no key allows.
    let (unkeyed, into) = if database.is_sqlite() {
        let unkeyed = "CREATE TABLE unkeyed AS SELECT * FROM events; DROP TABLE events; \
             ALTER TABLE unkeyed RENAME TO events";
        (unkeyed, "events")
    } else {
        ("CREATE TABLE more () INHERITS (events)", "more")
    };
    database.raw(unkeyed).await.unwrap();
    for at in ["at - 1", "at + 1"] {
        let twice = format!(
            "INSERT INTO {into} (seq, at, act, outcome, body) \
             SELECT seq, {at}, act, outcome, body FROM kept WHERE seq = 7"
        );
        database.raw(&twice).await.unwrap();
        let report = check(&fixture.store, &options).await;
        let found = |finding: &Finding| report.findings.contains(finding);
        assert!(
            found(&Finding::TwiceInTable { seq: 7 }),
            "{:?}",
            sentences(&report)
        );
    }
    let report = check(&fixture.store, &options).await;
    let more = Finding::MoreRows { more: 2 };
    assert!(report.findings.contains(&more), "{:?}", sentences(&report));
}
