//! A log of the version before: statements of version 1, certificates without role
//! and enterprise. It verifies, its cards log in and act, and it says what it does
//! not prove. Made by that version: `tests/fixtures/statement-1/README.md`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use card_domain::{CardId, EnterpriseId};
use event_log::{
    EventFacts, SignerProof,
    body::Body,
    certificate::TrustAnchors,
    verify::{Finding, Options, Report, text, verify_file},
};
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use server::{
    audit::Sequencer,
    clock::FixedClock,
    keys::files::{self, KeyRing},
};
use tempfile::TempDir;
use test_support::{
    database::migrated,
    service::{Browser, CODE, Instance, Person, begin},
};

use super::{
    forgery::{Forgery, card_no},
    log_fixture::{OTHER_CODE, check, later, sentences},
};

/// What the version before left behind, in a place of its own.
struct Before {
    folder: TempDir,
    keys: KeyRing,
    cards: Value,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/statement-1")
        .join(name)
}

impl Before {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let keys = folder.path().join("keys");
        fs::create_dir(&keys).unwrap();
        for entry in fs::read_dir(fixture("keys")).unwrap() {
            let entry = entry.unwrap();
            let to = keys.join(entry.file_name());
            fs::copy(entry.path(), &to).unwrap();
            // Git keeps no rights.
            let rights = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            fs::set_permissions(to, rights).unwrap();
        }
        for file in ["register.sqlite", "witness.jsonl"] {
            fs::copy(fixture(file), folder.path().join(file)).unwrap();
        }
        let missing = files::missing(&keys).unwrap();
        files::create_missing(&keys, &missing).unwrap();
        let cards = fs::read_to_string(fixture("cards.json")).unwrap();
        Self {
            keys: files::load(&keys).unwrap(),
            cards: serde_json::from_str(&cards).unwrap(),
            folder,
        }
    }

    fn url(&self) -> String {
        let file = self.folder.path().join("register.sqlite");
        format!("sqlite:{}", file.display())
    }

    fn person(&self, name: &str) -> Person {
        let card = &self.cards[name];
        let bytes = |key: &str| card_protocol::hex::decode(card[key].as_str().unwrap()).unwrap();
        Person {
            card: CardId(card["card"].as_str().unwrap().parse().unwrap()),
            key: SigningKey::from_slice(&bytes("key")).unwrap(),
            certificate: bytes("certificate"),
        }
    }

    fn enterprise(&self, code: &str) -> EnterpriseId {
        let file = self.folder.path().join("register.sqlite");
        let connection = rusqlite::Connection::open(file).unwrap();
        let select = "SELECT id FROM enterprises WHERE code = ?1";
        let id: Vec<u8> = connection
            .query_row(select, [code], |row| row.get(0))
            .unwrap();
        EnterpriseId(uuid::Uuid::from_slice(&id).unwrap())
    }

    fn options(&self) -> Options {
        let pem = fs::read(self.folder.path().join("keys/ca.cert.pem")).unwrap();
        Options {
            anchors: Some(TrustAnchors::from_pem(&pem).unwrap()),
            witnesses: vec![self.folder.path().join("witness.jsonl")],
            ..Options::of(self.keys.audit.public())
        }
    }

    async fn start(&self) -> Instance {
        let clock = Arc::new(FixedClock::new(
            begin() + jiff::SignedDuration::from_secs(5),
        ));
        let witness = self.folder.path().join("witness.jsonl");
        let keys = self.folder.path().join("keys");
        Instance::start(&self.url(), keys, clock, |config| {
            config.audit.witness = Some(witness);
        })
        .await
    }

    /// What is found in the database, where all has its place.
    async fn verify(&self) -> Report {
        let store = migrated(&self.url()).await;
        let witness = self.folder.path().join("witness.jsonl");
        let mut sequencer = Sequencer::new(Some(server::audit::WitnessFile::new(witness)));
        let keys = &self.keys.audit;
        sequencer.run(store.as_ref(), keys, later()).await.unwrap();
        let report = check(&store, &self.options()).await;
        store.close().await;
        report
    }

    /// Puts a forged event into the table; gives its number.
    fn forge(&self, forged: &Forgery) -> i64 {
        let file = self.folder.path().join("register.sqlite");
        let connection = rusqlite::Connection::open(file).unwrap();
        let insert = "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, \
             outcome, body) VALUES (?1, ?2, ?3, ?4, ?5, 'done', ?6)";
        let row = (
            forged.at.as_microsecond(),
            forged.enterprise.0.as_bytes(),
            forged.actor.0.as_bytes(),
            forged.act,
            forged.target.0.as_bytes(),
            forged.body(),
        );
        connection.execute(insert, row).unwrap();
        connection.last_insert_rowid()
    }

    /// Has the end of the renewal written that was begun before the upgrade.
    fn end_of_renewal(&self) -> i64 {
        let file = self.folder.path().join("register.sqlite");
        let connection = rusqlite::Connection::open(file).unwrap();
        // As the server writes it: with what decides about the card, which the row
        // then names as what made it so.
        let begun = "SELECT seq, target_card, body FROM events WHERE act = 'renew_begin'";
        let (begun, card, body): (i64, Vec<u8>, Vec<u8>) = connection
            .query_row(begun, (), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        let newest = "SELECT e.body FROM cards c JOIN events e ON e.seq = c.state_event \
             WHERE c.id = ?1";
        let newest: Vec<u8> = connection
            .query_row(newest, (&card,), |row| row.get(0))
            .unwrap();
        let facts = EventFacts {
            card: EventFacts::read(Body::decode(&newest).unwrap().facts).card,
            ..EventFacts::default()
        };
        let facts = facts.to_json().unwrap();
        let ended = Body {
            facts: Some(&facts),
            ..Body::decode(&body).unwrap()
        };
        let copy = "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, \
             body) SELECT at + 1000000, enterprise_id, actor_card, 'renew', target_card, outcome, \
             ?2 FROM events WHERE seq = ?1";
        assert_eq!(
            connection.execute(copy, (begun, ended.encode())).unwrap(),
            1
        );
        let seq = connection.last_insert_rowid();
        let named = "UPDATE cards SET state_event = ?2 WHERE id = ?1";
        assert_eq!(connection.execute(named, (&card, seq)).unwrap(), 1);
        seq
    }
}

/// What is found about signatures, by event. That forged acts don't explain the
/// register is found besides, by another pass.
fn found(report: &Report) -> Vec<i64> {
    let of = |finding: &Finding| match finding {
        Finding::Signature { seq, .. } | Finding::Downgraded { seq, .. } => Some(*seq),
        _ => None,
    };
    let mut found: Vec<i64> = report.findings.iter().filter_map(of).collect();
    found.sort_unstable();
    found
}

async fn event(browser: &Browser, seq: i64) -> Value {
    let body = json!({ "seq": seq });
    browser.call("/api/history/event", body).await.good()
}

#[test]
fn proof_files_and_archives_of_before_verify_and_say_what_they_do_not_prove() {
    let before = Before::new();
    for (file, signatures) in [
        ("proof-a.jsonl", 5),
        ("proof-b.jsonl", 1),
        ("archive.jsonl", 6),
    ] {
        let mut signers = Vec::new();
        let report = verify_file(
            &fixture(file),
            &before.options(),
            &mut |_| {},
            &mut |proven| {
                signers.extend(proven.signer.clone());
            },
        );
        let report = report.unwrap();
        assert_eq!(sentences(&report), Vec::<String>::new(), "{file}");
        assert_eq!(report.signatures, signatures, "{file}");
        assert_eq!(report.signers_by_certificate, signatures, "{file}");
        assert_eq!(report.signers_unnamed, 0, "{file}");
        let said = text::report(&report, &before.options(), true);
        let weaker = format!("(for {signatures} who signed stands in the certificate alone");
        assert!(said.contains(&weaker), "{said}");
        let (legal, other) = (before.person("legal"), before.person("legal_b"));
        for signer in signers {
            let SignerProof::Certificate { card_no: number } = &signer else {
                panic!("{file}: {signer}");
            };
            assert!([card_no(&legal), card_no(&other)].contains(number));
            let said = signer.to_string();
            assert!(
                said.contains("role and enterprise are not in the signature"),
                "{said}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_log_of_before_goes_on_with_the_cards_of_before() {
    let before = Before::new();
    let report = before.verify().await;
    assert_eq!(sentences(&report), Vec::<String>::new());
    assert_eq!((report.signatures, report.signers_by_certificate), (6, 6));
    let instance = before.start().await;
    let legal = before.person("legal");
    let browser = legal.log_in(&instance.origin).await;
    // Events of before keep their mark, and the page says where the signer stands.
    let number = json!({ "certificate": card_no(&legal) });
    let query = json!({ "query": { "of": "everything", "act": null, "outcome": null,
        "from": null, "to": null, "cursor": null } });
    let rows = browser.call("/api/history/list", query).await.good();
    let rows = rows["rows"].as_array().unwrap().iter();
    let signed = rows.filter(|row| row["signed"] == true);
    let seqs: Vec<i64> = signed.map(|row| row["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs.len(), 5);
    for seq in seqs {
        let event = event(&browser, seq).await;
        assert_eq!(event["row"]["verified"], "yes", "{event}");
        assert_eq!(event["statement"]["signer"], number, "{event}");
    }
    // Nobody noted by which login its key was first used: this one confirmed it.
    let own = browser.call("/api/cards/own", json!({})).await.good();
    assert_eq!(own["row"]["certificate"]["key"], "login", "{own}");
    // It acts: in the new form, with the certificate of before.
    let one = before.person("one");
    let done = legal.act(&browser, one.card, "freeze").await.good();
    let seq = done["event"].as_i64().unwrap();
    let shown = event(&browser, seq).await;
    assert_eq!(shown["statement"]["signer"], number, "{shown}");
    let structured = shown["statement"]["structured"].as_str().unwrap();
    assert!(
        structured.starts_with(r#"{"version":2,"act":"freeze""#),
        "{structured}"
    );
    // An operator of before logs in too, and is none but an operator.
    let two = before.person("two").log_in(&instance.origin).await;
    let query = json!({ "card": one.card, "action": "unfreeze" });
    let reply = two.call("/api/acts/propose", query).await;
    assert_eq!(reply.code(), "not_allowed");
    instance.stop().await;
    // What was begun in the old form ends in it.
    before.end_of_renewal();
    let report = before.verify().await;
    assert_eq!(sentences(&report), Vec::<String>::new());
    assert_eq!((report.signatures, report.signers_by_certificate), (8, 8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_old_form_does_not_come_back() {
    let before = Before::new();
    let here = (before.enterprise(CODE), CODE);
    let (legal, one) = (before.person("legal"), before.person("one"));
    let instance = before.keys.authority.instance().unwrap();
    let old = || Forgery::by(&legal, &legal, here, instance, &one).old_form();
    // Nothing says yet that the old form was given up: docs/audit.md says so.
    before.forge(&old());
    let report = before.verify().await;
    assert_eq!(sentences(&report), Vec::<String>::new());
    let server = before.start().await;
    let browser = legal.log_in(&server.origin).await;
    legal.act(&browser, one.card, "freeze").await.good();
    server.stop().await;
    let forged = [
        before.forge(&old()),
        before.forge(&old().in_row_of("renew")),
    ];
    let report = before.verify().await;
    assert_eq!(found(&report), forged, "{:?}", sentences(&report));
}

/// Certificates of before name a card number, and an operator's its operator: also
/// in a log in which nobody ever signed in the new form.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_forged_an_old_log_either() {
    let before = Before::new();
    let (here, there) = (before.enterprise(CODE), before.enterprise(OTHER_CODE));
    let (legal, one) = (before.person("legal"), before.person("one"));
    let (other, other_one) = (before.person("legal_b"), before.person("one_b"));
    let instance = before.keys.authority.instance().unwrap();
    let by = |by: &Person| Forgery::by(by, &legal, (here, CODE), instance, &one);
    let filed_there = Forgery {
        enterprise: there,
        ..by(&other).old_form().under(&other)
    };
    let seqs = [
        by(&one).old_form(),
        by(&one).old_form().under(&one),
        by(&one),
        by(&other).old_form(),
        by(&other).old_form().under(&other),
        by(&other),
        by(&other).truthful().under(&other),
        filed_there,
        Forgery::by(&legal, &other, (there, OTHER_CODE), instance, &other_one).old_form(),
    ]
    .map(|forged| before.forge(&forged));
    let report = before.verify().await;
    assert_eq!(found(&report), seqs, "{:?}", sentences(&report));
    // The page of either enterprise marks none of them as good, but for the one on a
    // foreign card, which takes the whole log.
    let server = before.start().await;
    for (legal, seqs) in [(&legal, &seqs[..7]), (&other, &seqs[8..])] {
        let browser = legal.log_in(&server.origin).await;
        for seq in seqs {
            let event = event(&browser, *seq).await;
            let mark = &event["row"]["verified"]["no"];
            assert_eq!(mark, "certificate_foreign", "{seq}: {event}");
        }
    }
    server.stop().await;
}
