//! A statement is signed as the server proposed it.

use card_protocol::{CardError, statement::Statement};
use serde_json::{Value, json};
use test_support::bridge::CERTIFICATE;

use crate::fixture::{LEVELS, ORIGIN, PIN, Page, READER, card, nonce};

pub(crate) fn statement() -> Statement {
    Statement {
        nonce: nonce(),
        text: "冻结操作员卡 2100000000001".to_owned(),
        structured: r#"{"act":"freeze"}"#.to_owned(),
    }
}

pub(crate) fn sign(
    page: &Page,
    statement: &Statement,
    pin: Option<&str>,
) -> Result<Value, CardError> {
    let proposal = page
        .server()
        .signed_proposal(&self::statement(), CERTIFICATE);
    let params = json!({
        "reader": READER, "card": card(), "statement": statement, "proposal": proposal, "pin": pin,
    });
    page.ask("sign_statement", params)
}

#[test]
fn a_proposed_statement_is_signed() {
    for level in LEVELS {
        let (page, port) = Page::with_key(level);
        assert_eq!(
            sign(&page, &statement(), None),
            Err(CardError::PinRequired),
            "{level:?}"
        );
        for pin in [Some(PIN), None] {
            let answer = sign(&page, &statement(), pin).unwrap();
            let signature = answer["signature"].as_str().unwrap();
            let message = statement().message(ORIGIN);
            assert!(page.card.has_signed(&message, signature), "{level:?}");
        }
        assert_eq!(port.pins_sent(), 1);
        page.ask("release", json!({})).unwrap();
        assert_eq!(sign(&page, &statement(), None), Err(CardError::PinRequired));
    }
}

#[test]
fn another_one_is_not() {
    let (page, port) = Page::with_key(LEVELS[0]);
    let mut other = statement();
    other.text.push('！');
    let refused = sign(&page, &other, Some(PIN)).unwrap_err();
    assert_eq!(refused.code(), "not_proposed");
    assert_eq!(port.pins_sent(), 0);
}
