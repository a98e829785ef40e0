//! Events that are copied, under signatures that are not theirs, and the
//! certificates under signatures.

use event_log::{body::Body, certificate::CardCertificate, verify::Finding};
use server::{audit::Sequencer, keys::files, pki::Subject};

use super::{Attacks, COLUMNS, bytes, found, url};
use crate::audit::log_fixture::{later, sentences};

pub(super) async fn copies(attacks: &Attacks) -> u64 {
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
        let report = attacks.after(&sql, &attacks.fixture.options()).await;
        found(&report, "a copy", |finding| {
            matches!(finding, Finding::Copied { .. })
        });
        count += 1;
    }
    // A copy that the server took into the log: its signature is used twice.
    let sql =
        format!("INSERT INTO events ({COLUMNS}) SELECT {COLUMNS} FROM events WHERE seq = {signed}");
    let copy = attacks.copy(&sql).await;
    let store = test_support::database::open(&url(&copy)).await;
    let mut sequencer = Sequencer::new(None);
    let appended = sequencer
        .run(store.as_ref(), &attacks.fixture.keys, later())
        .await;
    assert_eq!(appended.unwrap(), 1);
    store.close().await;
    let report = attacks
        .fixture
        .verify_at(&url(&copy), &attacks.fixture.options())
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
        let report = attacks.after(&sql, &attacks.fixture.options()).await;
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
    let signer = "card_id = (SELECT actor_card FROM events WHERE act = 'freeze')";
    let reissued = reissued(attacks);
    for (what, sql) in [
        (
            "issued again for the same key",
            format!("UPDATE certificates SET der = {reissued} WHERE {signer}"),
        ),
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
    ] {
        let report = attacks.after(&sql, &attacks.fixture.options()).await;
        let signatures = report
            .findings
            .iter()
            .filter(|finding| matches!(finding, Finding::Signature { .. }));
        assert_eq!(signatures.count(), 12, "{what}: {:?}", sentences(&report));
        // The certificate is one that the log explains, too.
        assert!(
            report.findings.len() > 12,
            "{what}: {:?}",
            sentences(&report)
        );
    }
    // Whose card a column says that it is, is no evidence: who signed does not change.
    let relinked = format!(
        "DROP INDEX certificates_one_good; \
         UPDATE certificates SET card_id = (SELECT id FROM cards WHERE role = 'operator' LIMIT 1) \
         WHERE {signer}"
    );
    let report = attacks.after(&relinked, &attacks.fixture.options()).await;
    assert_eq!(report.signatures, 12, "{:?}", sentences(&report));
    // But that the register says another one's is found.
    let of_register = report.findings.iter().all(Finding::is_of_register);
    let is_found = !report.is_good() && of_register;
    assert!(is_found, "{:?}", sentences(&report));
    let nonsense = format!(
        "INSERT INTO events (at, act, outcome, body) VALUES (1, 'freeze', 'done', {})",
        "x'02'"
    );
    let report = attacks.after(&nonsense, &attacks.fixture.options()).await;
    found(&report, "nonsense", |finding| {
        matches!(finding, Finding::Unreadable { .. })
    });
    5
}

/// Another certificate for the legal person's key, of the very CA: signatures
/// verify with it as well, and it is not the one that was signed with.
fn reissued(attacks: &Attacks) -> String {
    let connection = rusqlite::Connection::open(&attacks.original).unwrap();
    let sql = "SELECT der FROM certificates WHERE card_id = \
         (SELECT actor_card FROM events WHERE act = 'freeze')";
    let der: Vec<u8> = connection.query_row(sql, (), |row| row.get(0)).unwrap();
    let certificate = CardCertificate::from_der(&der).unwrap();
    let point = certificate.key.to_sec1_point(false);
    let ring = files::load(&attacks.fixture.key_folder).unwrap();
    let subject = Subject {
        card_no: "8930000000001",
        holder_name: "王明",
        enterprise_name: "示例企业",
        operator_no: None,
        registered: None,
    };
    let point = point.as_bytes().try_into().unwrap();
    let issued = ring.authority.issue(&subject, point, certificate.validity);
    let issued = issued.unwrap().der;
    assert_ne!(issued, der);
    format!("x'{}'", card_protocol::hex::encode(&issued))
}
