//! A person with a card whose key is in software: for tests of the service
//! that need many cards. A [`CardReader`](super::CardReader) has a real applet.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::CardId;
use card_protocol::{
    statement::{Statement, StatementSignature},
    token::{ALGORITHM, AuthToken, FORMAT, login_message},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};

use super::{Browser, Reply};

/// Somebody with a card.
#[derive(Clone)]
pub struct Person {
    /// Which card.
    pub card: CardId,
    /// Its key.
    pub key: SigningKey,
    /// Its certificate.
    pub certificate: Vec<u8>,
}

/// A new software key.
pub fn new_key() -> SigningKey {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).unwrap();
    SigningKey::from_slice(&bytes).unwrap()
}

/// The uncompressed point of a key.
pub fn point(key: &SigningKey) -> [u8; 65] {
    let point = key.verifying_key().to_sec1_point(false);
    point.as_bytes().try_into().unwrap()
}

impl Person {
    fn sign(&self, message: &[u8]) -> String {
        let signature: Signature = self.key.sign(message);
        STANDARD.encode(signature.to_bytes())
    }

    /// The token that this card makes for a challenge.
    pub fn token(&self, origin: &str, nonce: &str) -> AuthToken {
        AuthToken {
            unverified_certificate: STANDARD.encode(&self.certificate),
            algorithm: ALGORITHM.to_owned(),
            signature: self.sign(&login_message(origin, nonce)),
            format: FORMAT.to_owned(),
            app_version: String::from("test/1.0"),
            origin: origin.to_owned(),
        }
    }

    /// This card's signature over a statement.
    pub fn signature(&self, origin: &str, statement: &Statement) -> StatementSignature {
        StatementSignature {
            certificate: STANDARD.encode(&self.certificate),
            signature: self.sign(&statement.message(origin)),
        }
    }

    /// Tries to log in.
    pub async fn try_log_in(&self, browser: &Browser) -> Reply {
        let token = self.token(&browser.origin, &browser.challenge().await);
        browser.log_in(token).await
    }

    /// Logs in with a new browser.
    pub async fn log_in(&self, origin: &str) -> Browser {
        let browser = Browser::new(origin);
        self.try_log_in(&browser).await.good();
        browser
    }

    /// Proposes an act, signs it and has it done.
    pub async fn act(&self, browser: &Browser, card: CardId, action: &str) -> Reply {
        let body = json!({ "card": card, "action": action });
        let proposed = browser.call("/api/acts/propose", body).await;
        if proposed.status != 200 {
            return proposed;
        }
        let statement = statement(&proposed.json());
        let signature = self.signature(&browser.origin, &statement);
        let body = json!({ "statement": statement, "signature": signature });
        browser.call("/api/acts/commit", body).await
    }
}

/// The statement of a proposal.
pub fn statement(proposal: &Value) -> Statement {
    serde_json::from_value(proposal["statement"].clone()).unwrap()
}
