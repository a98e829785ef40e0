//! What a login confirmed, followed through 延期.

use card_domain::{CardId, EnterpriseId, KeyConfirmation, Role};
use x509_cert::{Certificate, der::Encode as _};

use super::*;
use crate::{
    card_facts::tests::{made, named},
    certificate::CertifiedHolder,
};

/// The card's certificate of the sample log, another one over the same key, and one
/// over another key.
const CARD: &str = include_str!("../../../tests/it/sample/card.pem");
const RENEWED: &str = include_str!("../../../tests/it/sample/renewed.pem");
const OTHER_KEY: &str = include_str!("../../../tests/it/sample/ca.pem");

fn der(pem: &str) -> Vec<u8> {
    let chain = Certificate::load_pem_chain(pem.as_bytes()).unwrap();
    chain[0].to_der().unwrap()
}

fn facts(pem: &str, key: Option<KeyConfirmation>) -> CardFacts {
    CardFacts {
        certificate: Some(CertificateFacts {
            sha256: hex::encode(&sha256(&der(pem))),
            standing: CertificateStanding::Good,
            key,
        }),
        ..made()
    }
}

/// What is found after these events, of a card that has both certificates.
fn found(events: &[(&str, CardFacts)], newest: &str) -> Vec<Finding> {
    let mut fold = RegisterFold::new(false, 100);
    let mut report = Report::default();
    let mut seq = 0;
    for (act, card) in events {
        seq += 1;
        let leaf = Leaf {
            seq,
            at: 1_800_000_000_000_000,
            enterprise: None,
            actor: None,
            act,
            target: Some(Uuid::nil()),
            outcome: "done",
            body: b"",
        };
        let facts = EventFacts {
            card: Some(card.clone()),
            ..EventFacts::default()
        };
        let json = facts.to_json().unwrap();
        let body = Body {
            facts: Some(&json),
            ..Body::default()
        };
        fold.event(&leaf, &body, &mut report);
    }
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let certificate = |pem: &str, standing| RegisteredCertificate {
        sha256: sha256(&der(pem)),
        der: der(pem),
        standing,
    };
    let row = RegisteredCard {
        card: Uuid::nil(),
        state_event: Some(seq),
        facts: events.last().unwrap().1.clone(),
        certificates: vec![
            certificate(CARD, CertificateStanding::Superseded),
            certificate(newest, CertificateStanding::Good),
        ],
    };
    let mut found = Vec::new();
    fold.compare(&row, None, &mut found);
    // The sample's certificates have numbers of their own.
    found.retain(|finding| !matches!(finding, Finding::CertificateNotTheCards { .. }));
    found
}

#[test]
fn a_key_that_a_login_confirmed_is_the_one_of_the_certificate_still() {
    let login = Some(KeyConfirmation::Login);
    let renewed = |newest: &str, key| {
        let held = CardFacts {
            held: facts(newest, None).certificate.map(|good| good.sha256),
            ..facts(CARD, login)
        };
        [
            (rules::BASELINE, facts(CARD, None)),
            (rules::KEY_CONFIRMED, facts(CARD, login)),
            (rules::UPDATE, held),
            ("renew", facts(newest, key)),
        ]
    };
    assert!(found(&renewed(RENEWED, login), RENEWED).is_empty());
    assert!(found(&renewed(OTHER_KEY, None), OTHER_KEY).is_empty());
    let carried = found(&renewed(OTHER_KEY, login), OTHER_KEY);
    assert!(
        matches!(
            carried.as_slice(),
            [Finding::KeyNeverConfirmed { seq: 4, .. }]
        ),
        "{carried:?}"
    );
    // Its first login confirms the new key.
    let mut anew = renewed(OTHER_KEY, None).to_vec();
    anew.push((rules::KEY_CONFIRMED, facts(OTHER_KEY, login)));
    assert!(found(&anew, OTHER_KEY).is_empty());
}

/// A certificate that was signed while a row said something else for a moment.
#[test]
fn a_certificate_says_of_its_holder_what_the_log_says() {
    let card = Uuid::from_u128(7);
    let certificate = CardCertificate::from_der(&der(CARD)).unwrap();
    let facts = CardFacts {
        card_no: certificate.card_no.clone(),
        operator_no: certificate.operator_no.clone(),
        ..named("李四", "远航", "91A")
    };
    let honest = CertifiedHolder {
        role: facts.role,
        card_no: String::from("8930000000018"),
        enterprise_code: String::from("91A"),
        card: CardId(card),
        enterprise: EnterpriseId(facts.enterprise),
    };
    let fits = |holder: Option<CertifiedHolder>| {
        let mut certificate = CardCertificate::from_der(&der(CARD)).unwrap();
        certificate.holder = holder;
        facts.are_certified_by(card, &certificate)
    };
    assert!(fits(Some(honest.clone())));
    assert!(fits(None), "one from before says numbers alone");
    let changes: [fn(&mut CertifiedHolder); 4] = [
        |holder| holder.role = Role::LegalPerson,
        |holder| holder.enterprise = EnterpriseId(Uuid::nil()),
        |holder| holder.enterprise_code = String::from("91B"),
        |holder| holder.card = CardId(Uuid::nil()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut holder = honest.clone();
        change(&mut holder);
        assert!(!fits(Some(holder)), "{number}");
    }
    // One from before, of an operator, in a legal person's row; and another card's.
    let others = [
        CardFacts {
            operator_no: None,
            role: Role::LegalPerson,
            ..facts.clone()
        },
        CardFacts {
            operator_no: Some(String::from("0099")),
            ..facts.clone()
        },
        CardFacts {
            card_no: None,
            ..facts.clone()
        },
    ];
    for other in others {
        assert!(!other.are_certified_by(card, &certificate));
    }
}
