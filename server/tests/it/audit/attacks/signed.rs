//! A true signature, in the log past the server, by a certificate that the register
//! never confirmed; and a true one by the legal person, kept back until the card
//! was in another state.

use card_domain::CardState;
use event_log::verify::Finding;
use serde_json::json;
use server::{
    keys::files,
    pki::{Registered, Subject},
};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::TestDatabase,
    service::{CODE, Person, begin, new_key, point},
};
use uuid::Uuid;

use super::{Attacks, found, url};
use crate::audit::{
    forgery::{Forgery, ROW, card_no},
    log_fixture::sentences,
};

/// Whether the two findings of this kind are there.
fn seen(findings: &[Finding]) -> (bool, bool) {
    let has = |is: fn(&Finding) -> bool| findings.iter().any(is);
    (
        has(|finding| matches!(finding, Finding::SignerNeverGood { .. })),
        has(|finding| matches!(finding, Finding::SignedForAnotherState { .. })),
    )
}

pub(super) async fn signed(attacks: &Attacks, database: &TestDatabase) -> u64 {
    let people = &attacks.fixture.people;
    let ring = files::load(&attacks.fixture.key_folder).unwrap();
    let instance = ring.authority.instance().unwrap();
    let by = |person: &Person| {
        let (legal, operator) = (&people.legal, &people.operator);
        Forgery::by(person, legal, (people.enterprise, CODE), instance, operator)
    };
    let honest = after(attacks, database, &by(&people.legal)).await;
    assert_eq!(seen(&honest), (false, false));

    // Issued by the CA itself, for a card that never had it.
    let number = card_no(&people.legal);
    let subject = Subject {
        card_no: &number,
        holder_name: "王明",
        enterprise_name: "测试企业有限公司",
        operator_no: None,
        registered: Some(Registered {
            card: people.legal.card,
            enterprise: people.enterprise,
            enterprise_code: CODE,
        }),
    };
    let validity = ring.authority.ten_years_from(begin()).unwrap();
    let key = new_key();
    let issued = ring.authority.issue(&subject, &point(&key), validity);
    let never_good = Person {
        certificate: issued.unwrap().der,
        key,
        ..people.legal.clone()
    };
    let findings = after(attacks, database, &by(&never_good)).await;
    assert_eq!(seen(&findings), (true, false));
    let frozen = json!(CardState::Frozen {
        since: begin(),
        until: None
    });
    let kept_back = by(&people.legal).says("/cards/0/state_before", frozen);
    let findings = after(attacks, database, &kept_back).await;
    assert_eq!(seen(&findings), (false, true));
    2
}

/// What is found once the event and its certificate are in the tables.
async fn after(attacks: &Attacks, database: &TestDatabase, forged: &Forgery) -> Vec<Finding> {
    let digest = card_protocol::hex::encode(&Sha256::digest(&forged.by.certificate));
    let certificate = format!(
        "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
         SELECT x'{}', x'{}', x'0102', x'{}', x'{digest}', 'superseded', 1 \
         WHERE NOT EXISTS (SELECT 1 FROM certificates WHERE sha256 = x'{digest}')",
        Uuid::now_v7().simple(),
        forged.actor.0.simple(),
        card_protocol::hex::encode(&forged.by.certificate),
    );
    let row = forged.row(database);
    let insert = format!("INSERT INTO events ({ROW}) VALUES ({row}); {certificate}");
    let copy = attacks.copy(&insert).await;
    let options = attacks.fixture.options();
    let report = attacks.fixture.verify_at(&url(&copy), &options).await;
    found(&report, "an act that says nothing", |finding| {
        matches!(finding, Finding::ChangeNotSaid { .. })
    });
    // By itself every one of them is true.
    let signature = |finding: &Finding| matches!(finding, Finding::Signature { .. });
    assert!(
        !report.findings.iter().any(signature),
        "{:?}",
        sentences(&report)
    );
    report.findings
}
