//! A small log with real signatures: what a proof file of it looks like, and
//! the keys that it verifies with.
//!
//! The CA and the legal person's certificate were made once with `openssl`; the card's
//! key is the scalar of 32 bytes 0x01, so that a test can sign.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::statement::Statement;
use event_log::{
    Checkpoint, LogPosition,
    body::Body,
    keys::AuditKeys,
    leaf::{Leaf, LeafHasher},
    note::Signer,
    proof::{self, Tiles},
    proof_file::ProofWriter,
    tree::{self, RightEdge},
};
use jiff::Timestamp;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The CA's certificate.
pub(crate) const CA: &str = include_str!("sample/ca.pem");
const CARD: &str = include_str!("sample/card.pem");
const INSTANCE: &str = "b099c87e2eac337873883cf59ece32d2a5426e4414dab4b7648bf0d445bae4db";
const ORIGIN: &str = "https://ic.example";

/// The keys of the sample's log.
pub(crate) fn keys() -> AuditKeys {
    AuditKeys::new(
        Signer::log(&[1; 32]).unwrap(),
        Signer::witness(&[2; 32]).unwrap(),
    )
}

pub(crate) fn time() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// The card's certificate, DER.
pub(crate) fn certificate() -> Vec<u8> {
    let lines = CARD.lines().filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

/// What the card signs besides: SHA-256 of the CA's key is what
/// `openssl x509 -pubkey | openssl pkey -pubin -outform DER | sha256sum` says.
pub(crate) fn structured(nonce: &str) -> String {
    let [card, enterprise, target] = [2, 1, 7].map(Uuid::from_u128);
    let digest = card_protocol::hex::encode(&Sha256::digest(certificate()));
    let (at, instance) = (time(), INSTANCE);
    format!(
        r#"{{"version":2,"act":"freeze","cards":[{{"card":"{target}","card_no":"8600000000017","operator_no":"0001","state_before":{{"name":"normal"}},"state_version":0}}],"enterprise":{{"id":"{enterprise}","code":"91000000DEMO000001"}},"signer":{{"card":"{card}","card_no":"8600000000001","role":"legal_person","certificate_sha256":"{digest}"}},"instance":"{instance}","nonce":"{nonce}","origin":"{ORIGIN}","time":"{at}","algorithm":"ES256"}}"#
    )
}

/// The bytes of event `seq`: each third one is signed.
pub(crate) fn event(seq: i64) -> Vec<u8> {
    let card = Uuid::from_u128(7);
    let is_signed = seq % 3 == 0;
    let statement = Statement {
        nonce: STANDARD.encode(Sha256::digest(seq.to_be_bytes())),
        text: String::from("冻结\nIC卡号：8600000000001"),
        structured: String::new(),
    };
    let statement = Statement {
        structured: structured(&statement.nonce),
        ..statement
    };
    let key = SigningKey::from_slice(&[1; 32]).unwrap();
    let signature: Signature = key.sign(&statement.message(ORIGIN));
    let signature = signature.to_bytes();
    let plain = Body {
        address: "192.0.2.1",
        user_agent: "test",
        request_id: "r",
        detail: Some("d"),
        ..Body::default()
    };
    let body = if is_signed {
        Body {
            statement: Some(&statement.text),
            structured: Some(&statement.structured),
            signature: Some(&signature),
            certificate: Some(Sha256::digest(certificate()).into()),
            nonce: Some(&statement.nonce),
            origin: Some(ORIGIN),
            facts: Some(r#"{"before":{"name":"normal"},"after":{"name":"frozen"}}"#),
            ..plain
        }
    } else {
        plain
    }
    .encode();
    let leaf = Leaf {
        seq,
        at: time().as_microsecond(),
        enterprise: Some(Uuid::from_u128(1)),
        actor: Some(Uuid::from_u128(2)),
        act: if is_signed { "freeze" } else { "login" },
        target: is_signed.then_some(card),
        outcome: "done",
        body: &body,
    };
    LeafHasher::default().encode(&leaf).to_vec()
}

/// A proof file of all events of a log with so many.
pub(crate) fn proof_file(size: u64) -> String {
    let (mut edge, mut tiles) = (RightEdge::default(), Tiles::default());
    let events: Vec<_> = (0..size)
        .map(|index| event(i64::try_from(index).unwrap()))
        .collect();
    for event in &events {
        let mut full = Vec::new();
        edge.append(tree::leaf(event), |tile| full.push(tile));
        tiles.extend(full);
    }
    tiles.extend(edge.partial());
    let checkpoint = Checkpoint {
        size,
        root: edge.root(),
        at: time(),
    };
    let mut file = ProofWriter::begin(checkpoint.sign(keys().log())).unwrap();
    let mut writer = ProofWriter::default();
    let der = certificate();
    for (index, event) in (0_u64..).zip(events) {
        let position = LogPosition {
            index,
            leaf: tree::leaf(&event),
            event,
            proof: proof::inclusion(index, size, &tiles).unwrap(),
        };
        let signer = (index % 3 == 0).then_some(der.as_slice());
        file.push_str(&writer.event(&position, signer).unwrap());
    }
    file.push_str(&writer.end().unwrap());
    file
}
