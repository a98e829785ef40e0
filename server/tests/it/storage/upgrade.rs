//! A database of the version before bodies: what it holds comes out as it
//! went in, and its leaves are the same bytes.

use card_domain::EventAct;
use std::path::Path;

use card_domain::{CardId, EnterpriseId, KeyConfirmation};
use event_log::{body::Body, leaf::Leaf};
use server::{
    config::Database as Address,
    storage::{
        CertificateDigest, NewSession, OpenError, SessionOpening, TokenHash, Unexplained, migrate,
        open_to_read,
    },
};
use sha2::{Digest as _, Sha256};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection,
    migrate::Migrator,
};
use test_support::{
    database::{TestDatabase, migrated, on_both, open},
    service::samples::{at, event, unique},
};
use uuid::Uuid;

on_both!(
    events_of_columns_become_bodies_and_stay_what_they_are,
    a_certificate_that_is_nowhere_stops_the_upgrade,
    cards_from_before_are_vouched_for_once,
    keys_from_before_wait_for_their_next_login,
);

/// The last version with a column for everything.
const BEFORE: i64 = 3;

/// The last version in which nobody asked how a key was confirmed.
const KEYS_ON_HEARSAY: i64 = 8;

/// The last version in which no event explained a card.
const UNEXPLAINED: i64 = 5;

/// A database beside the test's own, at an old version.
struct Old {
    url: String,
    is_sqlite: bool,
}

impl Old {
    async fn new(database: &TestDatabase) -> Self {
        Self::at(database, BEFORE).await
    }

    async fn at(database: &TestDatabase, version: i64) -> Self {
        let is_sqlite = database.is_sqlite();
        let url = if is_sqlite {
            format!("{}.old", database.url)
        } else {
            database.raw("CREATE SCHEMA old").await.unwrap();
            let mark = if database.admin_url.contains('?') {
                '&'
            } else {
                '?'
            };
            format!("{}{mark}options=-c%20search_path%3Dold", database.admin_url)
        };
        let folder = if is_sqlite { "sqlite" } else { "postgres" };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let mut migrator = Migrator::new(folder).await.unwrap();
        migrator
            .migrations
            .to_mut()
            .retain(|step| step.version <= version);
        if is_sqlite {
            std::fs::File::create(url.trim_start_matches("sqlite:")).unwrap();
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            migrator.run(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            migrator.run(&mut connection).await.unwrap();
        }
        Self { url, is_sqlite }
    }

    async fn raw(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_sqlite {
            let mut connection = SqliteConnection::connect(&self.url).await?;
            Ok(connection.execute(sql).await?.rows_affected())
        } else {
            let mut connection = PgConnection::connect(&self.url).await?;
            Ok(connection.execute(sql).await?.rows_affected())
        }
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        let hex = card_protocol::hex::encode(bytes);
        if self.is_sqlite {
            format!("x'{hex}'")
        } else {
            format!("'\\x{hex}'::bytea")
        }
    }

    fn uuid(&self, id: Uuid) -> String {
        if self.is_sqlite {
            format!("x'{}'", id.simple())
        } else {
            format!("'{id}'::uuid")
        }
    }

    /// An enterprise with a card, a certificate of it, and a batch and five
    /// events, of which the last one was archived.
    async fn fill(&self, der: &[u8], registered: &[u8]) {
        let (enterprise, card, id) = (
            self.uuid(ENTERPRISE),
            self.uuid(CARD),
            self.uuid(Uuid::from_u128(3)),
        );
        let (der, registered, digest, signature) = (
            self.bytes(der),
            self.bytes(registered),
            self.bytes(&Sha256::digest(registered)),
            self.bytes(&SIGNATURE),
        );
        let secret = self.bytes(&[0; 32]);
        for sql in [
            format!("INSERT INTO enterprises (id, code, name) VALUES ({enterprise}, 'C', '企业')"),
            format!(
                "INSERT INTO cards (id, enterprise_id, role, holder_name, id_number_cipher, \
                 id_number_index, state, created_at) \
                 VALUES ({card}, {enterprise}, 'legal_person', '王明', {secret}, {secret}, 'not_issued', 0)"
            ),
            format!(
                "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
                 VALUES ({id}, {card}, {secret}, {registered}, {digest}, 'superseded', 0)"
            ),
            format!(
                "INSERT INTO operation_batches (id, enterprise_id, actor_card, act, ticket_ends_at, \
                 statement, structured, signature, certificate, created_at) \
                 VALUES ({id}, {enterprise}, {card}, 'renew', 0, '延期', '{{}}', {signature}, {der}, 0)"
            ),
            format!(
                "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, \
                 statement, structured, signature, certificate, client_address, terminal, \
                 user_agent, request_id, detail, nonce, origin, facts) VALUES \
                 (11, {enterprise}, {card}, 'freeze', {card}, 'done', '冻结', '{{\"a\":1}}', {signature}, \
                 {der}, '192.0.2.7', 'kiosk-1', 'agent', 'r1', 'd', 'n', 'https://ic.example', '{{}}'), \
                 (12, NULL, NULL, 'login', NULL, 'refused', NULL, NULL, NULL, NULL, '', NULL, '', '', \
                 NULL, NULL, NULL, NULL), \
                 (13, {enterprise}, {card}, 'freeze', {card}, 'done', '', '', {signature}, {der}, '', '', \
                 '', '', '', NULL, NULL, ''), \
                 (14, NULL, NULL, 'login', NULL, 'failed', NULL, NULL, NULL, NULL, '', NULL, '{}', \
                 'r', NULL, NULL, NULL, NULL), \
                 (15, NULL, NULL, 'login', NULL, 'done', NULL, NULL, NULL, NULL, '', NULL, '', '', \
                 NULL, NULL, NULL, NULL)",
                "长".repeat(300)
            ),
            String::from("INSERT INTO log_archives (last_seq, first_seq, note) VALUES (5, 5, '')"),
            String::from("DELETE FROM events WHERE seq = 5"),
            String::from("UPDATE log_archives SET removed_at = 1"),
        ] {
            self.raw(&sql).await.unwrap();
        }
    }
}

const ENTERPRISE: Uuid = Uuid::from_u128(1);
const CARD: Uuid = Uuid::from_u128(2);
const SIGNATURE: [u8; 64] = [0xf7; 64];

async fn events_of_columns_become_bodies_and_stay_what_they_are(database: TestDatabase) {
    let old = Old::new(&database).await;
    let der = [0x30, 0, 1, 0xff];
    old.fill(&der, &der).await;
    // Whoever only reads changes nothing, and says what is to be done.
    let read = open_to_read(&Address::at(&old.url)).await.map(drop);
    assert!(matches!(
        read,
        Err(OpenError::OtherVersion { found: BEFORE, .. })
    ));
    let store = migrated(&old.url).await;
    let digest: [u8; 32] = Sha256::digest(der).into();
    let long = "长".repeat(300);
    let bodies = [
        Body {
            statement: Some("冻结"),
            structured: Some("{\"a\":1}"),
            signature: Some(&SIGNATURE),
            certificate: Some(digest),
            address: "192.0.2.7",
            terminal: Some("kiosk-1"),
            user_agent: "agent",
            request_id: "r1",
            detail: Some("d"),
            nonce: Some("n"),
            origin: Some("https://ic.example"),
            facts: Some("{}"),
        },
        Body::default(),
        Body {
            statement: Some(""),
            structured: Some(""),
            signature: Some(&SIGNATURE),
            certificate: Some(digest),
            terminal: Some(""),
            detail: Some(""),
            facts: Some(""),
            ..Body::default()
        },
        Body {
            user_agent: &long,
            request_id: "r",
            ..Body::default()
        },
    ];
    let bodies = bodies.map(|body| body.encode());
    let (enterprise, card) = (Some(ENTERPRISE), Some(CARD));
    let leaf = |seq, at, enterprise, card, act, outcome, body| Leaf {
        seq,
        at,
        enterprise,
        actor: card,
        act,
        target: card,
        outcome,
        body,
    };
    let [one, two, three, four] = bodies.each_ref().map(Vec::as_slice);
    let expected = [
        leaf(1, 11, enterprise, card, "freeze", "done", one),
        leaf(2, 12, None, None, "login", "refused", two),
        leaf(3, 13, enterprise, card, "freeze", "done", three),
        leaf(4, 14, None, None, "login", "failed", four),
    ];
    let leaves = store.leaves(i64::MIN, i64::MAX, 100).await.unwrap();
    assert_eq!(leaves.iter().collect::<Vec<_>>(), expected);

    let events = store.events_between(1, 1, 1).await.unwrap();
    let signed = events[0].statement.as_ref().unwrap();
    assert_eq!(
        (signed.text.as_str(), signed.certificate),
        ("冻结", CertificateDigest(digest))
    );
    let batch = store.batch(Uuid::from_u128(3)).await.unwrap().unwrap();
    assert_eq!(batch.signed.certificate, CertificateDigest(digest));
    let by = store
        .signer(CertificateDigest(digest))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((by.card.0, by.der), (CARD, der.to_vec()));

    // Numbers go on, and nothing can be changed or deleted, as before.
    assert_eq!(
        store
            .record_event(event(None, EventAct::Login))
            .await
            .unwrap(),
        6
    );
    for sql in ["UPDATE events SET act = 'x'", "DELETE FROM events"] {
        let error = old.raw(sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    store.close().await;
}

async fn a_certificate_that_is_nowhere_stops_the_upgrade(database: TestDatabase) {
    let old = Old::new(&database).await;
    old.fill(&[0x30, 1], &[0x30, 2]).await;
    assert!(migrate(&Address::at(&old.url)).await.is_err());
    // All is as it was: the version before still runs on it.
    let there = "UPDATE log_archives SET note = 'seen' WHERE EXISTS \
         (SELECT 1 FROM events WHERE seq = 1 AND certificate IS NOT NULL AND statement = '冻结')";
    assert_eq!(old.raw(there).await.unwrap(), 1);
}

/// Cards of the version before: each gets one event, in batches, and none later.
async fn cards_from_before_are_vouched_for_once(database: TestDatabase) {
    let old = Old::at(&database, UNEXPLAINED).await;
    let enterprise = old.uuid(ENTERPRISE);
    let secret = old.bytes(&[0; 32]);
    old.raw(&format!(
        "INSERT INTO enterprises (id, code, name) VALUES ({enterprise}, 'C', '企业')"
    ))
    .await
    .unwrap();
    let card = |number: u128| {
        format!(
            "INSERT INTO cards (id, enterprise_id, role, operator_no, holder_name, \
             id_number_cipher, id_number_index, state, created_at) VALUES ({}, {enterprise}, \
             'operator', '{number:04}', '王明', {secret}, {secret}, 'not_issued', 0)",
            old.uuid(Uuid::from_u128(number))
        )
    };
    for number in 100..107 {
        old.raw(&card(number)).await.unwrap();
    }
    let store = migrated(&old.url).await;
    let id = |number| CardId(Uuid::from_u128(number));
    let found = store.explain(id(100)).await.unwrap();
    assert_eq!(found, Err(Unexplained::NoEvent));
    // Interrupted after the first batch, it goes on where it was.
    assert_eq!(store.write_baseline(at(1), 3).await.unwrap(), Some(3));
    store.close().await;
    let store = open(&old.url).await;
    for expected in [Some(3), Some(1), None, None] {
        assert_eq!(store.write_baseline(at(2), 3).await.unwrap(), expected);
    }
    for number in 100..107 {
        let explained = store.explain(id(number)).await.unwrap().unwrap();
        assert_eq!(explained.facts.operator_no, Some(format!("{number:04}")));
    }
    let acts: Vec<String> = store
        .events_between(1, i64::MAX, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.act)
        .collect();
    assert_eq!(acts.len(), 8);
    assert!(acts[..7].iter().all(|act| act == "register_baseline"));
    assert_eq!(acts[7], "register_explained");
    // What is put in later is vouched for by nobody.
    old.raw(&card(200)).await.unwrap();
    assert_eq!(store.write_baseline(at(3), 3).await.unwrap(), None);
    let found = store.explain(id(200)).await.unwrap();
    assert_eq!(found, Err(Unexplained::NoEvent));
    store.close().await;
}

/// A card of the version before, which logged in with some key once: which one, nobody
/// noted, so its key waits for the next login, and no date changes.
async fn keys_from_before_wait_for_their_next_login(database: TestDatabase) {
    let old = Old::at(&database, KEYS_ON_HEARSAY).await;
    let (enterprise, card, certificate) = (
        old.uuid(ENTERPRISE),
        old.uuid(CARD),
        old.uuid(Uuid::from_u128(3)),
    );
    let der = [0x30, 0];
    let digest: [u8; 32] = Sha256::digest(der).into();
    let secret = old.bytes(&[0; 32]);
    let key = old.bytes(&[[4; 65].as_slice(), &[1], &[0; 16]].concat());
    let (der, sha256) = (old.bytes(&der), old.bytes(&digest));
    for sql in [
        format!("INSERT INTO enterprises (id, code, name) VALUES ({enterprise}, 'C', '企业')"),
        format!(
            "INSERT INTO cards (id, enterprise_id, role, operator_no, holder_name, \
             id_number_cipher, id_number_index, state, created_at) VALUES ({card}, \
             {enterprise}, 'operator', '0001', '王明', {secret}, {secret}, 'not_issued', 0)"
        ),
        format!(
            "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
             VALUES ({certificate}, {card}, {secret}, {der}, {sha256}, 'good', 1)"
        ),
        format!(
            "UPDATE cards SET state = 'normal', card_no = '8930000000018', chip_id = {}, \
             issued_at = 1, last_login_at = 7, certificate_id = {certificate}, card_key = {key} \
             WHERE id = {card}",
            old.uuid(Uuid::from_u128(4))
        ),
    ] {
        old.raw(&sql).await.unwrap();
    }
    let store = migrated(&old.url).await;
    while store.write_baseline(at(8), 10).await.unwrap().is_some() {}
    let (enterprise, id) = (EnterpriseId(ENTERPRISE), CardId(CARD));
    let kept = store.card(enterprise, id).await.unwrap();
    assert_eq!(kept.key_confirmed, None);
    assert_eq!(kept.last_login_at.unwrap().as_microsecond(), 7);
    assert_eq!(kept.chip.unwrap().attestation, None);
    let explained = store.explain(id).await.unwrap().unwrap();
    assert_eq!(explained.facts.key(), None);
    let session = NewSession {
        token: TokenHash(unique()),
        card: id,
        certificate: CertificateDigest(digest),
        holds_superseded: false,
        created_at: at(9),
        ends_at: at(10),
    };
    let login = event(Some(enterprise), EventAct::Login);
    let opened = store.open_session(session, login).await.unwrap();
    assert!(
        matches!(opened, SessionOpening::Opened { .. }),
        "{opened:?}"
    );
    let confirmed = store.card(enterprise, id).await.unwrap();
    assert_eq!(confirmed.key_confirmed, Some(KeyConfirmation::Login));
    let explained = store.explain(id).await.unwrap().unwrap();
    assert_eq!(explained.facts.key(), Some(KeyConfirmation::Login));
    store.close().await;
}
