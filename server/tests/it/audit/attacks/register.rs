//! The register is changed past the server: what decides about a card, the event
//! that its row names, its certificates, a card that nobody made. Each by itself,
//! and each with an event forged for it in a log that was made anew with the stolen
//! log key.

mod keys;
mod names;

use event_log::{
    CardFacts, EventFacts,
    body::Body,
    verify::{Finding, Options, Report},
};
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::{Attacks, found, url};
use crate::audit::log_fixture::sentences;

/// The card of the first operator, whose newest act is 解挂.
const CARD: &str = "(SELECT target_card FROM events WHERE act = 'freeze' ORDER BY seq LIMIT 1)";

/// What decides about a card, changed in its facts.
type Change = fn(&mut CardFacts);

/// A change past the server: what it is called, the statement, the column that the
/// finding names, and what the thief's own event would say.
struct Tampering {
    what: &'static str,
    sql: String,
    column: &'static str,
    says: Change,
}

fn tamperings() -> Vec<Tampering> {
    let of = |what, set: &str, column, says: Change| Tampering {
        what,
        sql: format!("UPDATE cards SET {set} WHERE id = {CARD}"),
        column,
        says,
    };
    vec![
        of(
            "frozen",
            "state = 'frozen', state_since = 1",
            "state",
            |facts| {
                facts.state = card_domain::CardState::Frozen {
                    since: jiff::Timestamp::from_microsecond(1).unwrap(),
                    until: None,
                };
            },
        ),
        of(
            "lost from somewhere",
            "state = 'lost', state_since = 1, lost_from = 'normal'",
            "state",
            |facts| {
                facts.state = card_domain::CardState::Lost {
                    from: card_domain::BeforeLoss::Normal,
                    since: jiff::Timestamp::from_microsecond(1).unwrap(),
                };
            },
        ),
        Tampering {
            what: "re-roled",
            sql: format!(
                "DROP INDEX cards_one_legal_person; UPDATE cards SET role = 'legal_person', \
                 operator_no = NULL WHERE id = {CARD}"
            ),
            column: "role",
            says: |facts| {
                facts.role = card_domain::Role::LegalPerson;
                facts.operator_no = None;
            },
        },
        of(
            "moved to another enterprise",
            "enterprise_id = x'09090909090909090909090909090909'",
            "enterprise",
            |facts| facts.enterprise = uuid::Uuid::from_bytes([9; 16]),
        ),
        of(
            "another operator's number",
            "operator_no = '0999'",
            "operator number",
            |facts| facts.operator_no = Some(String::from("0999")),
        ),
        of(
            "another card number",
            "card_no = '8930000009999'",
            "card number",
            |facts| facts.card_no = Some(String::from("8930000009999")),
        ),
        of(
            "another chip",
            "chip_id = x'08080808080808080808080808080808'",
            "chip id",
            |facts| facts.chip_id = Some(uuid::Uuid::from_bytes([8; 16])),
        ),
        of(
            "another key of the card",
            "card_key = zeroblob(82)",
            "card key",
            |facts| facts.card_key = Some(String::from("00")),
        ),
        of(
            "the PUK made unknown",
            "puk_known = 0",
            "whether its PUK is known",
            |facts| facts.puk_known = false,
        ),
        of(
            "another generation of the PUK",
            "puk_generation = 7",
            "PUK generation",
            |facts| facts.puk_generation = 7,
        ),
        Tampering {
            what: "re-standing",
            sql: format!("UPDATE certificates SET standing = 'revoked' WHERE card_id = {CARD}"),
            column: "certificate",
            says: |facts| {
                if let Some(certificate) = &mut facts.certificate {
                    certificate.standing = event_log::card_facts::CertificateStanding::Revoked;
                }
            },
        },
        Tampering {
            what: "linked to no certificate",
            sql: format!("UPDATE cards SET certificate_id = NULL WHERE id = {CARD}"),
            column: "certificate",
            says: |facts| facts.certificate = None,
        },
    ]
}

pub(super) async fn register(attacks: &Attacks) -> u64 {
    let mut count = 0;
    let all = tamperings().into_iter().chain(names::tamperings());
    for tampering in all.chain(keys::tamperings()) {
        count += differs(attacks, &tampering).await;
        count += forged(attacks, &tampering).await;
    }
    count + pointers(attacks).await + cards(attacks).await + certificates(attacks).await
}

/// The row alone: the finding names the card, the column and the act.
async fn differs(attacks: &Attacks, tampering: &Tampering) -> u64 {
    let report = attacks
        .after(&tampering.sql, &attacks.fixture.options())
        .await;
    found(&report, tampering.what, |finding| {
        matches!(finding, Finding::CardDiffers { column, act, .. }
            if *column == tampering.column && act == "cancel_loss")
    });
    1
}

/// The row with an event that explains it, in a log that was made anew with the
/// stolen log key: by the witness, and without one by the act's signature or by
/// what the act may change.
async fn forged(attacks: &Attacks, tampering: &Tampering) -> u64 {
    let mut count = 0;
    for act in [
        "unfreeze",
        "renew",
        "issue",
        "register_baseline",
        "register_carry",
        "key_confirmed",
    ] {
        let copy = attacks.copy(&tampering.sql).await;
        forge(&copy, act, tampering.says).await;
        attacks.rewrite(&copy, &attacks.fixture.keys).await;
        let options = attacks.fixture.options();
        let witnessed = attacks.fixture.verify_at(&url(&copy), &options).await;
        count += 1;
        // A forged first login is one of a step that needs no signature: no more is to
        // be seen of it than that it was signed past the witness.
        if act == "key_confirmed" && tampering.what == keys::NO_LOGIN {
            assert!(!witnessed.is_good(), "{}", tampering.what);
            continue;
        }
        found(&witnessed, tampering.what, |finding| {
            matches!(
                finding,
                Finding::Rewritten { .. }
                    | Finding::Unsigned { .. }
                    | Finding::ChangeDoesNotFit { .. }
                    | Finding::SecondBaseline { .. }
                    | Finding::LateBaseline { .. }
            )
        });
        let unwitnessed = Options {
            witnesses: Vec::new(),
            ..options
        };
        let report = attacks.fixture.verify_at(&url(&copy), &unwitnessed).await;
        assert!(!report.is_good(), "{} by {act}", tampering.what);
        count += 1;
    }
    count
}

/// Writes an event that says of the card what the thief wants, and has the row name
/// it.
async fn forge(copy: &std::path::Path, act: &str, says: Change) {
    let mut connection = SqliteConnection::connect(&url(copy)).await.unwrap();
    let newest: Vec<u8> = sqlx::query_scalar(
        "SELECT body FROM events WHERE act = 'cancel_loss' AND target_card = \
         (SELECT target_card FROM events WHERE act = 'freeze' ORDER BY seq LIMIT 1) \
         ORDER BY seq DESC LIMIT 1",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let body = Body::decode(&newest).unwrap();
    let mut facts = EventFacts::read(body.facts);
    says(facts.card.as_mut().unwrap());
    let facts = facts.to_json().unwrap();
    let forged = Body {
        facts: Some(&facts),
        address: body.address,
        user_agent: body.user_agent,
        request_id: body.request_id,
        ..Body::default()
    };
    sqlx::query(
        "INSERT INTO events (at, enterprise_id, act, target_card, outcome, body) \
         SELECT at + 1000000, enterprise_id, $1, target_card, 'done', $2 FROM events \
         WHERE act = 'freeze' ORDER BY seq LIMIT 1",
    )
    .bind(act)
    .bind(forged.encode())
    .execute(&mut connection)
    .await
    .unwrap();
    connection
        .execute(
            "UPDATE cards SET state_event = (SELECT max(seq) FROM events) WHERE id = \
             (SELECT target_card FROM events WHERE act = 'freeze' ORDER BY seq LIMIT 1)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// A row that names an older event of its card, another card's, or none.
async fn pointers(attacks: &Attacks) -> u64 {
    let older =
        format!("(SELECT min(seq) FROM events WHERE act = 'freeze' AND target_card = {CARD})");
    let other = "(SELECT max(state_event) FROM cards WHERE operator_no = '0002')";
    let mut count = 0;
    for (what, event) in [
        ("an older event", older.as_str()),
        ("another card's event", other),
        ("no event", "NULL"),
        ("an event that is not there", "999999999"),
    ] {
        let sql = format!("UPDATE cards SET state_event = {event} WHERE id = {CARD}");
        let report = attacks.after(&sql, &attacks.fixture.options()).await;
        found(&report, what, |finding| {
            matches!(finding, Finding::StateEvent { .. })
        });
        count += 1;
    }
    // The whole row as an older event had it, named by it.
    let rolled_back = format!(
        "UPDATE cards SET state = 'frozen', state_event = {older}, state_since = \
         (SELECT at FROM events WHERE seq = {older}) WHERE id = {CARD}"
    );
    let report = attacks
        .after(&rolled_back, &attacks.fixture.options())
        .await;
    found(&report, "an older row", |finding| {
        matches!(
            finding,
            Finding::CardDiffers {
                column: "state",
                ..
            }
        )
    });
    count + 1
}

/// A card that nobody made, and one that is gone.
async fn cards(attacks: &Attacks) -> u64 {
    let columns = "role, holder_name, id_number_cipher, id_number_index, state, version, \
         created_at, puk_generation, puk_known";
    let made = format!(
        "INSERT INTO cards (id, enterprise_id, operator_no, {columns}) \
         SELECT x'07070707070707070707070707070707', enterprise_id, '0077', role, holder_name, \
         id_number_cipher, id_number_index, 'not_issued', version, created_at, puk_generation, \
         puk_known FROM cards WHERE id = {CARD}"
    );
    let report = attacks.after(&made, &attacks.fixture.options()).await;
    found(&report, "a card past the server", |finding| {
        matches!(finding, Finding::CardNotInLog { .. })
    });
    // The same with the baseline opened again, and a start of the server.
    let copy = attacks
        .copy(&format!(
            "{made}; UPDATE register_baseline SET ended_at = NULL"
        ))
        .await;
    let store = test_support::database::open(&url(&copy)).await;
    let at = crate::audit::log_fixture::later();
    while store.write_baseline(at, 10).await.unwrap().is_some() {}
    let mut sequencer = server::audit::Sequencer::new(None);
    let keys = &attacks.fixture.keys;
    sequencer.run(store.as_ref(), keys, at).await.unwrap();
    store.close().await;
    let options = Options {
        witnesses: Vec::new(),
        ..attacks.fixture.options()
    };
    let report: Report = attacks.fixture.verify_at(&url(&copy), &options).await;
    found(&report, "a card vouched for late", |finding| {
        matches!(finding, Finding::LateBaseline { .. })
    });
    let gone = format!(
        "DELETE FROM certificates WHERE card_id = {CARD}; DELETE FROM cards WHERE id = {CARD}"
    );
    let report = attacks.after(&gone, &attacks.fixture.options()).await;
    found(&report, "a card that is gone", |finding| {
        matches!(finding, Finding::CardMissing { .. })
    });
    3
}

/// Certificates that count as something that no event says.
async fn certificates(attacks: &Attacks) -> u64 {
    let other = "(SELECT id FROM cards WHERE operator_no = '0002')";
    let mut count = 0;
    for (what, sql) in [
        (
            "another card's certificate",
            format!(
                "DROP INDEX certificates_one_good; UPDATE certificates SET card_id = {other} \
                 WHERE card_id = {CARD}"
            ),
        ),
        (
            "a certificate on hold",
            format!(
                "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
                 SELECT x'06060606060606060606060606060606', card_id, \
                 x'01', x'00', x'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', \
                 'held', 1 FROM certificates WHERE card_id = {CARD}"
            ),
        ),
        (
            "a second good certificate",
            format!(
                "DROP INDEX certificates_one_good; \
                 INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
                 SELECT x'06060606060606060606060606060606', card_id, \
                 x'01', x'00', x'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', \
                 'good', 1 FROM certificates WHERE card_id = {CARD}"
            ),
        ),
        (
            "another certificate under the same digest",
            format!("UPDATE certificates SET der = x'00' WHERE card_id = {CARD}"),
        ),
    ] {
        let report = attacks.after(&sql, &attacks.fixture.options()).await;
        found(&report, what, |finding| {
            matches!(
                finding,
                Finding::CertificateDiffers { .. }
                    | Finding::CertificateOfAnother { .. }
                    | Finding::CertificateNotTheCards { .. }
            )
        });
        assert!(!sentences(&report).is_empty());
        count += 1;
    }
    count
}
