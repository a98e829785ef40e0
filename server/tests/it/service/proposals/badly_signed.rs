//! Signatures with which something is wrong.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::statement::StatementSignature;
use p256::ecdsa::{Signature, signature::Signer as _};
use server::pki::{Registered, Subject};
use test_support::service::{CODE, begin};

use super::fixture::{Kind, Request, SigningFixture};

/// Of what [`badly_signed`] makes, what the session's card did sign.
pub(super) const SIGNED: [&str; 3] = [
    "over another text",
    "over another structured form",
    "over another act",
];

/// The same text with its last byte changed into another one.
fn changed(text: &str) -> String {
    let mut text = text.to_owned();
    let last = text.pop().unwrap();
    assert_ne!(last, '~');
    text.push('~');
    text
}

/// Everything that is wrong with a signature over a proposal of this session.
pub(super) async fn badly_signed(
    fixture: &SigningFixture,
    kind: Kind,
) -> Vec<(&'static str, Request)> {
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
    let authority = &fixture.server.keys.authority;
    let validity = authority.ten_years_from(begin()).unwrap();
    let point = point.as_bytes().try_into().unwrap();
    let issued = authority.issue(&subject, point, validity).unwrap();
    assert_ne!(issued.der, fixture.legal.certificate);
    issued.der
}
