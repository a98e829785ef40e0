//! Who could sign in the place of the legal person, and what else a true signature
//! could be put under.

use event_log::certificate::InstanceId;
use serde_json::{Value, json};
use server::{keys::files, pki::Subject};
use sha2::{Digest as _, Sha256};
use test_support::service::{CODE, Person, begin, point};
use uuid::Uuid;

use super::Attacks;
use crate::audit::{
    forgery::{Forgery, card_no},
    log_fixture::{OTHER_CODE, People},
};

/// A forgery, and what can find it.
pub(super) struct Case {
    pub(super) what: &'static str,
    pub(super) forgery: Forgery,
    /// What the forger does to the register.
    pub(super) register: String,
    /// Whether one event of a file suffices, or it takes the whole log.
    pub(super) in_file: bool,
    /// Whether the mark tells: it knows this event and no other.
    pub(super) in_mark: bool,
}

impl Case {
    fn new(what: &'static str, forgery: Forgery) -> Self {
        Self {
            what,
            forgery,
            register: String::new(),
            in_file: true,
            in_mark: true,
        }
    }

    /// The signer's certificate is called the actor's.
    fn relinked(mut self) -> Self {
        let digest = Sha256::digest(&self.forgery.by.certificate);
        self.register = format!(
            "UPDATE certificates SET card_id = x'{}', standing = 'superseded' WHERE sha256 = x'{}'",
            self.forgery.actor.0.simple(),
            card_protocol::hex::encode(&digest),
        );
        self
    }

    /// The signer has a certificate that the register never had.
    fn with_certificate(mut self) -> Self {
        self.register = format!(
            "INSERT INTO certificates (id, card_id, serial, der, sha256, standing, created_at) \
             VALUES (x'{}', x'{}', x'0102', x'{}', x'{}', 'superseded', 1)",
            Uuid::now_v7().simple(),
            self.forgery.actor.0.simple(),
            card_protocol::hex::encode(&self.forgery.by.certificate),
            card_protocol::hex::encode(&Sha256::digest(&self.forgery.by.certificate)),
        );
        self
    }

    const fn only_by_the_whole_log(mut self) -> Self {
        self.in_file = false;
        self.in_mark = false;
        self
    }

    const fn not_by_the_mark(mut self) -> Self {
        self.in_mark = false;
        self
    }
}

/// The same card with a certificate as the version before issued it: without role
/// and enterprise.
fn of_before(attacks: &Attacks, person: &Person, operator_no: Option<&str>) -> Person {
    let number = card_no(person);
    let subject = Subject {
        card_no: &number,
        holder_name: "某人",
        enterprise_name: "某企业",
        operator_no,
        registered: None,
    };
    let ring = files::load(&attacks.fixture.key_folder).unwrap();
    let validity = ring.authority.ten_years_from(begin()).unwrap();
    let issued = ring
        .authority
        .issue(&subject, &point(&person.key), validity);
    Person {
        certificate: issued.unwrap().der,
        ..person.clone()
    }
}

/// What forgeries are made from.
struct Forge<'a> {
    people: &'a People,
    instance: InstanceId,
}

impl Forge<'_> {
    /// An act in this enterprise, signed by whom it should not be.
    fn by(&self, by: &Person) -> Forgery {
        let People {
            legal,
            operator,
            enterprise,
            ..
        } = self.people;
        Forgery::by(by, legal, (*enterprise, CODE), self.instance, operator)
    }

    /// One in the other enterprise.
    fn there(&self, by: &Person) -> Forgery {
        let people = self.people;
        let enterprise = (people.other_enterprise, OTHER_CODE);
        let (legal, operator) = (&people.other_legal, &people.other_operator);
        Forgery::by(by, legal, enterprise, self.instance, operator)
    }

    /// One that other enterprise's legal person signs in that one's name.
    fn own(&self) -> Forgery {
        let there = json!({ "id": self.people.other_enterprise, "code": OTHER_CODE });
        let forged = self.by(&self.people.other_legal).truthful();
        forged.says("/enterprise", there)
    }
}

pub(super) fn cases(attacks: &Attacks) -> Vec<Case> {
    let ring = files::load(&attacks.fixture.key_folder).unwrap();
    let forge = Forge {
        people: &attacks.fixture.people,
        instance: ring.authority.instance().unwrap(),
    };
    let mut cases = by_operators(attacks, &forge);
    cases.extend(by_others(attacks, &forge));
    cases.extend(by_the_legal_person(&forge));
    cases
}

fn by_operators(attacks: &Attacks, forge: &Forge<'_>) -> Vec<Case> {
    let operator = &forge.people.operator;
    let old = of_before(attacks, operator, Some("0001"));
    let by = |person| forge.by(person);
    let unkept = Forgery {
        is_kept: false,
        ..by(operator)
    };
    vec![
        Case::new("as is", by(operator).truthful().under(operator)),
        Case::new("as legal person", by(operator).under(operator)),
        Case::new("relinked", by(operator)).relinked(),
        Case::new("by name", by(operator).truthful()).relinked(),
        Case::new("old form", by(operator).old_form()).relinked(),
        Case::new("old form, as is", by(operator).old_form().under(operator)),
        Case::new("old certificate", by(&old)).with_certificate(),
        Case::new("all old", by(&old).old_form()).with_certificate(),
        Case::new("unkept", unkept).relinked(),
    ]
}

fn by_others(attacks: &Attacks, forge: &Forge<'_>) -> Vec<Case> {
    let People {
        legal,
        other_legal: other,
        other_enterprise,
        ..
    } = forge.people;
    let old = of_before(attacks, other, None);
    let by = |person| forge.by(person);
    let filed_there = Forgery {
        enterprise: *other_enterprise,
        ..forge.own().under(other)
    };
    vec![
        Case::new("another, relinked", by(other)).relinked(),
        Case::new("another, by name", by(other).truthful()).relinked(),
        Case::new("another, as is", by(other).truthful().under(other)),
        Case::new("another, own enterprise", forge.own().under(other)),
        Case::new("another, old form", by(other).old_form()).relinked(),
        Case::new("another, old certificate", by(&old)).with_certificate(),
        Case::new("another, all old", by(&old).old_form()).with_certificate(),
        Case::new("another, filed there", filed_there).only_by_the_whole_log(),
        Case::new("this one there", forge.there(legal)).relinked(),
        Case::new("this one there, old form", forge.there(legal).old_form()).relinked(),
        Case::new(
            "this one there, by name",
            forge.there(legal).truthful().under(legal),
        ),
    ]
}

/// The right card, and what it signed is another thing.
fn by_the_legal_person(forge: &Forge<'_>) -> Vec<Case> {
    let People {
        legal,
        operator,
        other_enterprise,
        ..
    } = forge.people;
    let says = |pointer, value: Value| forge.by(legal).says(pointer, value);
    let late = forge.by(legal);
    let late = Forgery {
        at: late.at + jiff::SignedDuration::from_hours(24),
        ..late
    };
    let digest = card_protocol::hex::encode(&Sha256::digest(&operator.certificate));
    let old = || forge.by(legal).old_form();
    let instance = json!("00".repeat(32));
    vec![
        Case::new("another installation", says("/instance", instance)),
        Case::new("another nonce", says("/nonce", json!("AAAA"))),
        Case::new(
            "another origin",
            says("/origin", json!("https://evil.example")),
        ),
        Case::new("another time", late),
        Case::new("another role", says("/signer/role", json!("operator"))),
        Case::new("another card", says("/cards/0/card", json!(legal.card))),
        Case::new(
            "another key",
            says("/enterprise/id", json!(other_enterprise)),
        ),
        Case::new("another code", says("/enterprise/code", json!(OTHER_CODE))),
        Case::new(
            "another digest",
            says("/signer/certificate_sha256", json!(digest)),
        ),
        Case::new("an unknown algorithm", says("/algorithm", json!("none"))),
        Case::new("an unknown version", says("/version", json!(3))),
        Case::new("an older version", old()).not_by_the_mark(),
        Case::new("the end of nothing", old().in_row_of("renew")).only_by_the_whole_log(),
    ]
}
