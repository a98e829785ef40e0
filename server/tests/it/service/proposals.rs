//! Propose, sign, commit: what is refused, for an act and for an operation
//! alike. A refusal changes nothing but the record, and uses the proposal up.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::statement::{Statement, StatementSignature};
use jiff::SignedDuration;
use p256::ecdsa::{Signature, signature::Signer as _};
use serde_json::json;
use server::{
    audit::EventFacts,
    pki::{Registered, Subject, ten_years_from},
    storage::{EventRecord, Outcome},
};
use test_support::{
    database::{TestDatabase, all_at_once, on_both},
    service::{Browser, CODE, Person, Reply, TestServer, statement},
};

on_both!(
    every_refusal_changes_nothing_but_the_record,
    a_refused_signature_uses_the_proposal_up,
    what_is_not_this_session_s_is_not_used_up,
    a_failure_leaves_the_proposal_open,
    of_one_statement_sent_many_times_one_is_done,
);

/// What is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Act,
    Operation,
}

impl Kind {
    const BOTH: [Self; 2] = [Self::Act, Self::Operation];

    const fn other(self) -> Self {
        match self {
            Self::Act => Self::Operation,
            Self::Operation => Self::Act,
        }
    }

    /// The act of the event, when the proposal is known.
    const fn act(self) -> &'static str {
        match self {
            Self::Act => "freeze",
            Self::Operation => "renew",
        }
    }

    /// The act of the event, when it is not.
    const fn unknown(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Operation => "operation",
        }
    }
}

/// A legal person who is logged in, and a card to act on.
struct SigningFixture {
    server: TestServer,
    legal: Person,
    browser: Browser,
    operator: Person,
    database: TestDatabase,
}

impl SigningFixture {
    async fn new(database: TestDatabase) -> Self {
        let server = TestServer::new(&database).await;
        let legal = server.legal_person().await;
        Self {
            database,
            browser: legal.log_in(server.origin()).await,
            operator: server.operator("0001").await,
            legal,
            server,
        }
    }

    async fn propose(&self, kind: Kind) -> Statement {
        let (path, body) = match kind {
            Kind::Act => (
                "/api/acts/propose",
                json!({ "card": self.operator.card, "action": kind.act() }),
            ),
            Kind::Operation => (
                "/api/operations/propose",
                json!({ "cards": [self.operator.card], "action": kind.act() }),
            ),
        };
        statement(&self.browser.call(path, body).await.good())
    }

    fn sign(&self, statement: &Statement) -> StatementSignature {
        self.legal.signature(self.server.origin(), statement)
    }

    /// What has to be as it was after a refusal: both cards, what is open, and
    /// the record.
    async fn everything(&self) -> (String, Vec<EventRecord>) {
        let store = &self.server.store;
        let mut seen = Vec::new();
        for card in [self.legal.card, self.operator.card] {
            let record = store.card(self.server.enterprise, card).await.unwrap();
            let open = store.unfinished_operation(card).await.unwrap();
            seen.push(format!("{record:?} {:?}", open.map(|open| open.id)));
        }
        let session = self.browser.call("/api/session", json!({})).await.good();
        seen.push(session.to_string());
        (seen.join(" "), self.server.events(1000).await)
    }

    /// Commits what has to be refused.
    async fn refused(&self, what: &str, kind: Kind, request: &Request, expected: &Expected) {
        let (seen, events) = self.everything().await;
        let counted = self.database.unproven().await;
        let reply = commit(&self.browser, kind, &request.0, &request.1).await;
        assert_eq!(reply.code(), expected.code, "{kind:?}, {what}");
        let (now_seen, mut now_events) = self.everything().await;
        assert_eq!(now_seen, seen, "{kind:?}, {what}");
        let mut now_counted = self.database.unproven().await;
        if expected.is_signed {
            let event = now_events.remove(0);
            assert_eq!(event.outcome, Outcome::Refused, "{kind:?}, {what}");
            assert_eq!(event.actor, Some(self.legal.card));
            assert!(event.statement.is_none(), "{kind:?}, {what}");
            let facts = EventFacts::read(event.facts.as_deref());
            let reason = facts.reason.unwrap();
            assert_eq!(reason.code(), expected.code, "{kind:?}, {what}");
            let named = (event.act.as_str(), event.target);
            assert_eq!(named, (kind.act(), Some(self.operator.card)), "{what}");
        } else {
            // Nobody is named: one more of its hour, and no event.
            let act = if expected.is_known {
                kind.act()
            } else {
                kind.unknown()
            };
            let key = (act.to_owned(), expected.code.to_owned());
            let count = now_counted.get_mut(&key).unwrap();
            *count -= 1;
            now_counted.retain(|_, count| *count > 0);
        }
        assert_eq!(now_events, events, "{kind:?}, {what}");
        assert_eq!(now_counted, counted, "{kind:?}, {what}");
    }
}

/// What is sent to be committed.
type Request = (Statement, StatementSignature);

/// How it is refused.
struct Expected {
    code: &'static str,
    /// Whether it is a proposal of this session.
    is_known: bool,
    /// Whether the session's card signed what was sent.
    is_signed: bool,
}

const UNKNOWN: Expected = Expected {
    code: "proposal_void",
    is_known: false,
    is_signed: false,
};
const LATE: Expected = Expected {
    code: "proposal_void",
    is_known: true,
    is_signed: true,
};
const NOT_SIGNED: Expected = Expected {
    code: "statement_signature",
    is_known: true,
    is_signed: false,
};
const SIGNED_ANOTHER: Expected = Expected {
    is_signed: true,
    ..NOT_SIGNED
};

/// Of what [`badly_signed`] makes, what the session's card did sign.
const SIGNED: [&str; 3] = [
    "over another text",
    "over another structured form",
    "over another act",
];

async fn commit(
    browser: &Browser,
    kind: Kind,
    statement: &Statement,
    proof: &StatementSignature,
) -> Reply {
    let mut body = json!({ "statement": statement, "signature": proof });
    let path = match kind {
        Kind::Act => "/api/acts/commit",
        Kind::Operation => {
            body["second_reader"] = json!(true);
            "/api/operations/commit"
        }
    };
    browser.call(path, body).await
}

/// The same text with its last byte changed into another one.
fn changed(text: &str) -> String {
    let mut text = text.to_owned();
    let last = text.pop().unwrap();
    assert_ne!(last, '~');
    text.push('~');
    text
}

/// Everything that is wrong with a signature over a proposal of this session.
async fn badly_signed(fixture: &SigningFixture, kind: Kind) -> Vec<(&'static str, Request)> {
    let origin = fixture.server.origin();
    let mut wrong = Vec::new();

    let proposed = fixture.propose(kind).await;
    let proof = fixture.operator.signature(origin, &proposed);
    wrong.push(("another card's", (proposed, proof)));

    let proposed = fixture.propose(kind).await;
    let mut proof = fixture.operator.signature(origin, &proposed);
    proof.certificate = fixture.sign(&proposed).certificate;
    wrong.push(("another key's", (proposed, proof)));

    let mut proposed = fixture.propose(kind).await;
    proposed.text = changed(&proposed.text);
    let proof = fixture.sign(&proposed);
    wrong.push(("over another text", (proposed, proof)));

    let mut proposed = fixture.propose(kind).await;
    proposed.structured = changed(&proposed.structured);
    let proof = fixture.sign(&proposed);
    wrong.push(("over another structured form", (proposed, proof)));

    let mut proposed = fixture.propose(kind).await;
    let proof = fixture.sign(&proposed);
    proposed.text = changed(&proposed.text);
    wrong.push(("text changed afterwards", (proposed, proof)));

    let proposed = fixture.propose(kind).await;
    let mut proof = fixture.sign(&proposed);
    proof.certificate = STANDARD.encode(another_certificate(fixture));
    wrong.push(("another certificate of the key", (proposed, proof)));

    let proposed = fixture.propose(kind).await;
    let proof = fixture.sign(&fixture.propose(kind).await);
    wrong.push(("over another nonce", (proposed, proof)));

    let proposed = fixture.propose(kind).await;
    let proof = fixture.legal.signature("https://evil.example", &proposed);
    wrong.push(("for another origin", (proposed, proof)));

    let proposed = fixture.propose(kind).await;
    let mut proof = fixture.sign(&proposed);
    let signature: Signature = fixture.legal.key.sign(b"something else");
    proof.signature = STANDARD.encode(signature.to_bytes());
    wrong.push(("over something else", (proposed, proof)));

    let proposed = fixture.propose(kind).await;
    let login = fixture.legal.token(origin, &proposed.nonce);
    let proof = StatementSignature {
        certificate: login.unverified_certificate,
        signature: login.signature,
    };
    wrong.push(("of a login", (proposed, proof)));

    let mut proposed = fixture.propose(kind).await;
    proposed.structured = proposed.structured.replace(kind.act(), "unfreeze");
    let proof = fixture.sign(&proposed);
    wrong.push(("over another act", (proposed, proof)));

    for value in ["", "AAAA", "%"] {
        let proposed = fixture.propose(kind).await;
        let mut proof = fixture.sign(&proposed);
        proof.signature = value.to_owned();
        wrong.push(("that is none", (proposed, proof)));
    }
    wrong
}

/// One more certificate over the legal person's key, of the very CA.
fn another_certificate(fixture: &SigningFixture) -> Vec<u8> {
    let point = fixture.legal.key.verifying_key().to_sec1_point(false);
    let subject = Subject {
        card_no: "8930000000001",
        holder_name: "王明",
        enterprise_name: "测试企业有限公司",
        operator_no: None,
        registered: Some(Registered {
            card: fixture.legal.card,
            enterprise: fixture.server.enterprise,
            enterprise_code: CODE,
        }),
    };
    let validity = ten_years_from(test_support::service::begin()).unwrap();
    let authority = &fixture.server.keys.authority;
    let point = point.as_bytes().try_into().unwrap();
    let issued = authority.issue(&subject, point, validity).unwrap();
    assert_ne!(issued.der, fixture.legal.certificate);
    issued.der
}

async fn every_refusal_changes_nothing_but_the_record(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in Kind::BOTH {
        let mut unknown = fixture.propose(kind).await;
        unknown.nonce = STANDARD.encode([7; 32]);
        let proof = fixture.sign(&unknown);
        fixture
            .refused("unknown", kind, &(unknown, proof), &UNKNOWN)
            .await;

        // A login's challenge is no proposal.
        let mut login = fixture.propose(kind).await;
        login.nonce = fixture.browser.challenge().await;
        let proof = fixture.sign(&login);
        fixture
            .refused("a login's", kind, &(login, proof), &UNKNOWN)
            .await;

        let swapped = fixture.propose(kind.other()).await;
        let proof = fixture.sign(&swapped);
        fixture
            .refused("the other kind's", kind, &(swapped, proof), &UNKNOWN)
            .await;

        for (what, request) in badly_signed(&fixture, kind).await {
            let expected = if SIGNED.contains(&what) {
                &SIGNED_ANOTHER
            } else {
                &NOT_SIGNED
            };
            fixture.refused(what, kind, &request, expected).await;
        }

        let late = fixture.propose(kind).await;
        fixture.server.clock.advance(SignedDuration::from_secs(301));
        let proof = fixture.sign(&late);
        fixture.refused("late", kind, &(late, proof), &LATE).await;
    }
}

async fn a_refused_signature_uses_the_proposal_up(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in Kind::BOTH {
        let mut unsigned = Vec::new();
        for (what, (statement, proof)) in badly_signed(&fixture, kind).await {
            let reply = commit(&fixture.browser, kind, &statement, &proof).await;
            assert_eq!(reply.code(), "statement_signature", "{kind:?}, {what}");
            unsigned.push((what, statement.nonce));
        }
        // The right signature comes too late.
        let right = fixture.propose(kind).await;
        for (what, nonce) in unsigned {
            let statement = Statement {
                nonce,
                ..right.clone()
            };
            let proof = fixture.sign(&statement);
            fixture
                .refused(what, kind, &(statement, proof), &UNKNOWN)
                .await;
        }
    }
    // The same statement, to the byte: a lost answer is repeated in vain, and
    // another proposal is as good.
    let statement = fixture.propose(Kind::Act).await;
    let bad = fixture
        .operator
        .signature(fixture.server.origin(), &statement);
    let request = (statement, bad);
    fixture
        .refused("first", Kind::Act, &request, &NOT_SIGNED)
        .await;
    fixture
        .refused("again", Kind::Act, &request, &UNKNOWN)
        .await;
    let right = (request.0.clone(), fixture.sign(&request.0));
    fixture
        .refused("signed right", Kind::Act, &right, &UNKNOWN)
        .await;
    let another = fixture.propose(Kind::Act).await;
    commit(
        &fixture.browser,
        Kind::Act,
        &another,
        &fixture.sign(&another),
    )
    .await
    .good();
}

async fn what_is_not_this_session_s_is_not_used_up(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    let kiosk = fixture.legal.log_in(fixture.server.origin()).await;
    for kind in [Kind::Operation, Kind::Act] {
        let statement = fixture.propose(kind).await;
        let proof = fixture.sign(&statement);
        // The same person in another session, and the other kind's call.
        for (browser, kind) in [(&kiosk, kind), (&fixture.browser, kind.other())] {
            let before = fixture.everything().await;
            let reply = commit(browser, kind, &statement, &proof).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (409, "proposal_void")
            );
            assert_eq!(fixture.everything().await, before);
        }
        commit(&fixture.browser, kind, &statement, &proof)
            .await
            .good();
    }
}

async fn a_failure_leaves_the_proposal_open(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in [Kind::Operation, Kind::Act] {
        let statement = fixture.propose(kind).await;
        let proof = fixture.sign(&statement);
        // The register can't be asked for the certificate.
        let away = "ALTER TABLE certificates RENAME TO certificates_away";
        fixture.database.raw(away).await.unwrap();
        let reply = commit(&fixture.browser, kind, &statement, &proof).await;
        assert!(reply.status >= 500, "{kind:?}: {}", reply.body);
        let back = "ALTER TABLE certificates_away RENAME TO certificates";
        fixture.database.raw(back).await.unwrap();
        let event = fixture.server.last_event().await;
        assert_eq!(
            (event.act.as_str(), event.outcome),
            (kind.act(), Outcome::Failed)
        );
        // The same request again.
        let reply = commit(&fixture.browser, kind, &statement, &proof).await;
        reply.good();
    }
}

async fn of_one_statement_sent_many_times_one_is_done(database: TestDatabase) {
    let fixture = SigningFixture::new(database).await;
    for kind in [Kind::Operation, Kind::Act] {
        let statement = fixture.propose(kind).await;
        let proof = fixture.sign(&statement);
        let commits = (0..8).map(|_| {
            let (browser, statement, proof) =
                (fixture.browser.clone(), statement.clone(), proof.clone());
            async move { commit(&browser, kind, &statement, &proof).await }
        });
        let replies = all_at_once(commits).await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        assert_eq!(won.len(), 1, "{kind:?}: {replies:?}");
        for reply in lost {
            // One that read the card before the change, or after it.
            let code = reply.code();
            assert!(
                code == "proposal_void" || code == "conflict/frozen",
                "{kind:?}: {}",
                reply.body
            );
        }
        let events = fixture.server.events(9).await;
        let done = events.iter().filter(|event| event.outcome == Outcome::Done);
        assert_eq!(done.filter(|event| event.statement.is_some()).count(), 1);
    }
}
