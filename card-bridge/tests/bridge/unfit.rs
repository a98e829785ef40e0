//! Cards that no PIN is for: each kind is named at `identify`, and gets no PIN whatever
//! the page says.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{
    CardFault,
    piv::build_certificate_object,
    statement::Statement,
    tlv::{Tag, Writer},
};
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use test_support::bridge::{
    CERTIFICATE,
    certificate::{Certificate, ca, p256_key, p384_key, rsa_key},
    session_of,
};

use crate::gated_bridge::{GatedBridge, PIN, READER, card, challenge, nonce, server};

const VERIFY: u8 = 0x20;

/// What stands on each kind of card.
fn kinds() -> Vec<(CardFault, Vec<u8>)> {
    let other = SigningKey::from_slice(&[0x31; 32]).unwrap();
    let made = |signed_by: &SigningKey, issuer, subject, key| {
        let certificate = Certificate {
            signed_by,
            issuer,
            subject,
            key,
        };
        build_certificate_object(&certificate.der())
    };
    let own = build_certificate_object(CERTIFICATE);
    let [certificate, info] = [0x70, 0x71].map(|tag| Tag::new(tag).unwrap());
    let compressed = Writer::new()
        .push(certificate, b"\x1F\x8B\x08\x00")
        .push(info, &[1])
        .into_bytes();
    vec![
        (CardFault::NoCertificate, Vec::new()),
        (CardFault::Compressed, compressed),
        // Behind the certificate, behind its fields, in its place, and none.
        (
            CardFault::BadCertificate,
            build_certificate_object(&[CERTIFICATE, &[0x05, 0x00]].concat()),
        ),
        (
            CardFault::BadCertificate,
            [&own[..], &[0x70, 0x00]].concat(),
        ),
        (CardFault::BadCertificate, [&own[..], &[0x00]].concat()),
        (
            CardFault::BadCertificate,
            build_certificate_object(b"\x30\x03abc"),
        ),
        (CardFault::BadCertificate, vec![0x71, 0x01, 0x00]),
        (CardFault::RsaKey, made(&ca(), "演示CA", "王明", rsa_key())),
        (
            CardFault::OtherKey,
            made(&ca(), "演示CA", "王明", p384_key()),
        ),
        (
            CardFault::SelfSigned,
            made(&other, "王明", "王明", p256_key()),
        ),
        // Whatever it says of itself.
        (
            CardFault::OtherIssuer,
            made(&other, "演示CA", "王明", p256_key()),
        ),
    ]
}

fn unfit(reason: CardFault) -> Value {
    json!({ "code": "unfit_card", "reason": reason })
}

fn reader() -> Value {
    json!({ "reader": READER })
}

#[tokio::test]
async fn a_card_of_each_kind_is_named_and_gets_no_pin() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page().await;
    for (number, (fault, contents)) in kinds().into_iter().enumerate() {
        let key = format!("odd{number}");
        bridge.shelve(&key, &contents);
        let insert = json!({ "reader": READER, "card": key });
        page.call("virtual_insert", insert).await.unwrap();
        let identity = page.call("identify", reader()).await.unwrap();
        assert_eq!(identity["fault"], json!(fault), "{number}");
        assert!(identity["chip"].is_string(), "the server may know it");
        // The page names whatever certificate is there, or says that it is the session's.
        for named in [identity["certificate"].clone(), json!(card())] {
            let named = named.as_str().unwrap_or("AAAA");
            let login = json!({ "reader": READER, "card": named, "challenge": challenge(),
                "pin": PIN });
            assert_eq!(page.refused("authenticate", login).await, unfit(fault));
            let change = json!({ "reader": READER, "card": named, "old": PIN, "new": "864209" });
            assert_eq!(page.refused("change_pin", change).await, unfit(fault));
        }
        assert_eq!(GatedBridge::tries(&mut page).await, 3, "{fault:?}");
        page.call("virtual_remove", reader()).await.unwrap();
    }
}

/// A page with a grant for the foreign card's own session: its server would have to have
/// let it in.
#[tokio::test]
async fn a_foreign_card_signs_nothing_either() {
    let other = SigningKey::from_slice(&[0x31; 32]).unwrap();
    let foreign = Certificate {
        signed_by: &other,
        issuer: "演示CA",
        subject: "王明",
        key: p256_key(),
    };
    let foreign = foreign.der();
    let bridge = GatedBridge::start().await;
    bridge.shelve("foreign", &build_certificate_object(&foreign));
    let purpose = session_of(&foreign);
    let mut page = test_support::bridge::Page::enter(bridge.address(), &server(), purpose).await;
    let insert = json!({ "reader": READER, "card": "foreign" });
    page.call("virtual_insert", insert).await.unwrap();
    let statement = Statement {
        nonce: nonce(),
        text: "冻结".to_owned(),
        structured: "{}".to_owned(),
    };
    let proposal = server().signed_proposal(&statement, &foreign);
    let sign = json!({ "reader": READER, "card": BASE64_STANDARD.encode(&foreign),
        "statement": statement, "proposal": proposal, "pin": PIN });
    assert_eq!(
        page.refused("sign_statement", sign).await,
        unfit(CardFault::OtherIssuer)
    );
    assert_eq!(GatedBridge::tries(&mut page).await, 3);
}

/// Without the tries nobody knows which is the last.
#[tokio::test]
async fn a_card_that_tells_its_tries_in_other_words_gets_no_pin() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    for words in [[0x63, 0x00], [0x63, 0x03], [0x69, 0x82], [0x6A, 0x88]] {
        bridge.gate.say(VERIFY, false, &words);
        let identity = page.call("identify", reader()).await.unwrap();
        assert_eq!(identity["fault"], "pin_status", "{words:02X?}");
        assert_eq!(identity["pin_tries"], Value::Null);
        let login = json!({ "reader": READER, "card": card(), "challenge": challenge(),
            "pin": "654321" });
        assert_eq!(
            page.refused("authenticate", login).await,
            unfit(CardFault::PinStatus)
        );
    }
    bridge.gate.say(0, false, &[]);
    assert_eq!(GatedBridge::tries(&mut page).await, 3, "it got none");
}

#[tokio::test]
async fn whose_cards_count_is_the_servers_word() {
    let bridge = GatedBridge::start().await;
    let mut page = bridge.page_with_card().await;
    let own = page.call("identify", reader()).await.unwrap();
    assert_eq!(own.get("fault"), None);
    // Another CA now; then again the one before beside it.
    let other = SigningKey::from_slice(&[0x31; 32]).unwrap();
    let other = BASE64_STANDARD.encode(other.verifying_key().to_sec1_point(true).as_bytes());
    for (issuers, fault) in [
        (vec![other.clone()], Some("other_issuer")),
        (Vec::new(), Some("other_issuer")),
        (
            [vec![other], test_support::bridge::certificate::issuers()].concat(),
            None,
        ),
    ] {
        let nonce = page.nonce().await;
        let mut grant = server().grant(&nonce, session_of(CERTIFICATE));
        grant.issuers = Some(issuers);
        page.present(&server().sign(&grant)).await.unwrap();
        let identity = page.call("identify", reader()).await.unwrap();
        assert_eq!(identity.get("fault").and_then(Value::as_str), fault);
    }
    for nonsense in ["", "AAAA", "没有"] {
        let nonce = page.nonce().await;
        let mut grant = server().grant(&nonce, session_of(CERTIFICATE));
        grant.issuers = Some(vec![nonsense.to_owned()]);
        let refused = page.present(&server().sign(&grant)).await.unwrap_err();
        assert_eq!(refused.1, json!({ "code": "bad_request" }));
    }
}
