//! Events that a forger makes: a card that is at hand signs a statement that says
//! whatever the forger wants, and the row beside it says whatever else.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_domain::{CardId, EnterpriseId};
use card_protocol::{hex, statement::Statement};
use event_log::{
    body::Body,
    certificate::{CardCertificate, InstanceId},
};
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::{Signature, signature::Signer as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::TestDatabase,
    service::{Person, begin},
};

/// IC卡号 of a card.
pub(crate) fn card_no(person: &Person) -> String {
    let certificate = CardCertificate::from_der(&person.certificate).unwrap();
    certificate.card_no.unwrap()
}

/// What a forged statement and the row of its event say.
#[derive(Clone)]
pub(crate) struct Forgery {
    /// Whose key signs; the certificate of the event is this one's.
    pub(crate) by: Person,
    /// The structured form.
    pub(crate) structured: Value,
    /// The enterprise that the event's row names.
    pub(crate) enterprise: EnterpriseId,
    pub(crate) actor: CardId,
    pub(crate) act: &'static str,
    pub(crate) target: CardId,
    pub(crate) at: Timestamp,
    /// The nonce that the signed message holds.
    pub(crate) nonce: String,
    pub(crate) origin: &'static str,
    /// Whether nonce and origin are kept, without which nothing can be checked.
    pub(crate) is_kept: bool,
}

/// The columns of a row.
pub(crate) const ROW: &str = "at, enterprise_id, actor_card, act, target_card, outcome, body";

/// Where all of them are signed.
const ORIGIN: &str = "https://ic.example.cn";

impl Forgery {
    /// An act as the server itself would have it done by `legal`, but for who signs.
    pub(crate) fn by(
        by: &Person,
        legal: &Person,
        (enterprise, code): (EnterpriseId, &str),
        instance: InstanceId,
        target: &Person,
    ) -> Self {
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).unwrap();
        let nonce = STANDARD.encode(nonce);
        let at = begin() + SignedDuration::from_secs(1);
        Self {
            structured: json!({
                "version": 2,
                "act": "unfreeze",
                "cards": [{
                    "card": target.card,
                    "card_no": card_no(target),
                    "operator_no": "0001",
                    "state_before": { "name": "normal" },
                    "state_version": 4,
                }],
                "enterprise": { "id": enterprise, "code": code },
                "signer": {
                    "card": legal.card,
                    "card_no": card_no(legal),
                    "role": "legal_person",
                    "certificate_sha256": hex::encode(&Sha256::digest(&by.certificate)),
                },
                "instance": instance,
                "nonce": nonce,
                "origin": ORIGIN,
                "time": begin(),
                "algorithm": "ES256",
            }),
            by: by.clone(),
            enterprise,
            actor: legal.card,
            act: "unfreeze",
            target: target.card,
            at,
            nonce,
            origin: ORIGIN,
            is_kept: true,
        }
    }

    /// The same in the row of another act.
    pub(crate) fn in_row_of(self, act: &'static str) -> Self {
        let signed = act.strip_suffix("_begin").unwrap_or(act);
        Self {
            act,
            ..self.says("/act", signed)
        }
    }

    /// The same under another actor's card.
    pub(crate) fn under(self, actor: &Person) -> Self {
        Self {
            actor: actor.card,
            ..self
        }
    }

    /// The same, with a statement that tells the truth about who signs, but for the
    /// role.
    pub(crate) fn truthful(self) -> Self {
        let (card, number) = (self.by.card, card_no(&self.by));
        self.says("/signer/card", json!(card))
            .says("/signer/card_no", number)
    }

    /// The same with a statement of version 1, which names no signer.
    pub(crate) fn old_form(mut self) -> Self {
        self.structured = json!({
            "version": 1,
            "act": "unfreeze",
            "card": self.target,
            "card_no": "8930000000000",
            "operator_no": "0001",
            "enterprise": "91000000TEST000001",
            "state_before": { "name": "frozen" },
            "state_version": 4,
            "proposed_at": begin(),
        });
        self
    }

    /// The same with something else in the statement, by its JSON pointer.
    pub(crate) fn says(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        *self.structured.pointer_mut(pointer).unwrap() = value.into();
        self
    }

    /// The body of the event, signed.
    pub(crate) fn body(&self) -> Vec<u8> {
        let statement = Statement {
            nonce: self.nonce.clone(),
            text: String::from("本人以企业法人身份确认：对下列操作员卡进行解冻操作。"),
            structured: self.structured.to_string(),
        };
        let signature: Signature = self.by.key.sign(&statement.message(self.origin));
        Body {
            statement: Some(&statement.text),
            structured: Some(&statement.structured),
            signature: Some(&signature.to_bytes()),
            certificate: Some(Sha256::digest(&self.by.certificate).into()),
            address: "192.0.2.1",
            user_agent: "test",
            request_id: "forged",
            nonce: self.is_kept.then_some(&self.nonce),
            origin: self.is_kept.then_some(self.origin),
            ..Body::default()
        }
        .encode()
    }

    /// The values of the event's row, as [`ROW`] names them.
    pub(crate) fn row(&self, database: &TestDatabase) -> String {
        let uuid = |id| database.uuid(id);
        format!(
            "{}, {}, {}, '{}', {}, 'done', {}",
            self.at.as_microsecond(),
            uuid(self.enterprise.0),
            uuid(self.actor.0),
            self.act,
            uuid(self.target.0),
            database.bytes(&self.body()),
        )
    }
}
