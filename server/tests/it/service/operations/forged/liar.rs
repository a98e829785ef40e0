//! Somebody who has everything but the card: every report that ever went, the
//! register's certificates, keys of its own, and no scruple.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use card_protocol::{
    hex,
    piv::{self, DataObject},
    program::{Program, Steps, proof_message, sealed_context},
    sealing::ExchangeKey,
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};
use test_support::service::{CardReader, TestServer};
use zeroize::Zeroizing;

use super::stage_fixture::ReachedStage;

/// Status words of all meanings.
const STATUSES: [&str; 12] = [
    "9000", "6300", "63c0", "63c3", "6581", "6700", "6982", "6983", "6985", "6a80", "6a82", "6d00",
];

/// The liar. It rolls dice, and the same ones for the same seed (`SplitMix64`).
pub(super) struct Liar {
    dice: u64,
    program: Program,
    honest: Vec<Value>,
    /// Data that a card might answer.
    data: Vec<String>,
    exchange: ExchangeKey,
    /// What no reply may hold.
    secrets: Vec<String>,
    chip: Value,
}

impl Liar {
    pub(super) async fn new(
        seed: u64,
        stage: &ReachedStage,
        reader: &CardReader,
        server: &TestServer,
    ) -> Self {
        let body = stage.program["body"].as_str().unwrap();
        let program: Program = serde_json::from_str(body).unwrap();
        let exchange = ExchangeKey::from_random(&Zeroizing::new([0x5A; 32]));
        let card = server.store.card(server.enterprise, reader.card).await;
        let card = card.unwrap();
        let chip = card.chip.as_ref().unwrap().chip_id;
        let mut data = vec![String::new(), hex::encode(&[0x7C, 0x00])];
        let operation = server.store.operation(stage.operation.parse().unwrap());
        let held = operation.await.unwrap().unwrap().issued;
        let certificates = [
            card.certificate.map(|good| good.der),
            held.map(|(_, held)| held.der),
        ];
        for der in certificates.into_iter().flatten() {
            let object = piv::build_certificate_object(&der);
            let put = piv::put_data(DataObject::AuthenticationCertificate, &object);
            // 53 and the object, as GET DATA answers: behind the tag list 5C 03 ….
            data.push(hex::encode(&put.data()[5..]));
        }
        data.push(witness());
        let signing = SigningKey::from_slice(&[0x66; 32]).unwrap();
        data.push(signature(&signing, &program, &exchange));
        data.push(generated(&signing));
        for report in &stage.honest {
            for step in report["ran"]["outcome"]["steps"]
                .as_array()
                .into_iter()
                .flatten()
            {
                data.push(step["data"].as_str().unwrap().to_owned());
            }
        }
        let secrets = (0..3).flat_map(|generation| {
            let puk = server.keys.master.puk(&chip, generation).unwrap();
            let bytes = puk.as_bytes().to_vec();
            [
                String::from_utf8(bytes.clone()).unwrap(),
                hex::encode(&bytes),
                hex::encode(&bytes).to_uppercase(),
                STANDARD.encode(&bytes),
            ]
        });
        Self {
            dice: seed,
            program,
            honest: stage.honest.clone(),
            data,
            exchange,
            secrets: secrets.collect(),
            chip: serde_json::to_value(chip).unwrap(),
        }
    }

    /// A report that no card stands behind.
    pub(super) fn report(&mut self) -> Value {
        match self.roll(12) {
            0 => json!("inserted"),
            1 => json!({ "failed": { "error": { "code": "card_removed" } } }),
            2 => self.identified(),
            // One from before, as it was.
            3 if !self.honest.is_empty() => {
                let at = self.roll(self.honest.len());
                self.honest[at].clone()
            }
            // One from before, as if it were of this program.
            4 if !self.honest.is_empty() => {
                let at = self.roll(self.honest.len());
                let mut report = self.honest[at].clone();
                let outcome = &mut report["ran"]["outcome"];
                if outcome.is_object() {
                    outcome["operation"] = json!(self.program.operation);
                    outcome["sequence"] = json!(self.program.sequence);
                }
                report
            }
            _ => self.made_up(),
        }
    }

    fn made_up(&mut self) -> Value {
        let sequence = match self.roll(8) {
            0 => 0,
            1 => self.program.sequence.saturating_sub(1),
            2 => self.program.sequence + 1,
            _ => self.program.sequence,
        };
        let steps: Vec<_> = (0..self.roll(9))
            .map(|_step| {
                let mostly_good = self.roll(3) > 0;
                let status = if mostly_good {
                    0
                } else {
                    self.roll(STATUSES.len())
                };
                json!({ "status": STATUSES[status], "data": self.datum() })
            })
            .collect();
        let operation = match self.roll(10) {
            0 => json!("00000000-0000-7000-8000-000000000000"),
            _ => json!(self.program.operation),
        };
        let mut outcome = json!({
            "operation": operation, "sequence": sequence, "steps": steps
        });
        match self.roll(4) {
            0 => {}
            1 => outcome["exchange_key"] = json!("00".repeat(32)),
            _ => outcome["exchange_key"] = json!(hex::encode(self.exchange.public())),
        }
        json!({ "ran": { "outcome": outcome } })
    }

    fn datum(&mut self) -> String {
        if self.roll(6) == 0 {
            let length = self.roll(80);
            let bytes: Vec<u8> = (0..length)
                .map(|_| u8::try_from(self.roll(256)).unwrap())
                .collect();
            return hex::encode(&bytes);
        }
        let at = self.roll(self.data.len());
        self.data[at].clone()
    }

    /// The card is said to be there.
    pub(super) fn identified(&mut self) -> Value {
        let identity = json!({
            "chip": self.chip, "certificate": null, "pin_tries": self.roll(4)
        });
        json!({ "identified": { "identity": identity } })
    }

    /// No reply holds a PUK, not even in what is sealed to the liar.
    pub(super) fn look_for_secrets(&self, reply: &str) {
        self.is_clean(reply);
        let json: Value = serde_json::from_str(reply).unwrap_or(Value::Null);
        for run in [&json["next"]["run"], &json["healing"]["run"]] {
            let Some(body) = run["program"]["body"].as_str() else {
                continue;
            };
            self.is_clean(body);
            let program: Program = serde_json::from_str(body).unwrap();
            if let Steps::Sealed(sealed) = &program.steps {
                let context = sealed_context(program.kind, &program.operation, program.sequence);
                if let Ok(steps) = self.exchange.open(sealed, &context) {
                    // A card from before is asked to prove itself so.
                    assert_eq!(program.kind, card_protocol::program::ProgramKind::Look);
                    self.is_clean(str::from_utf8(&steps).unwrap());
                }
            }
        }
    }

    fn is_clean(&self, text: &str) {
        for secret in &self.secrets {
            assert!(!text.contains(secret.as_str()), "a PUK: {text}");
        }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap() % sides
    }
}

/// 7C 12 80 10 and 16 bytes: a witness of AES.
fn witness() -> String {
    format!("7c128010{}", "42".repeat(16))
}

/// The answer of a card whose key the liar has, to the nonce of this program.
fn signature(key: &SigningKey, program: &Program, exchange: &ExchangeKey) -> String {
    let nonce = match &program.steps {
        Steps::Clear(steps) => steps.iter().find_map(|step| match step {
            card_protocol::program::Step::ProveCard { nonce } => hex::decode_array(nonce),
            _ => None,
        }),
        Steps::Sealed(_) => None,
    };
    let message = proof_message(&nonce.unwrap_or([0; 32]), exchange.public());
    let signature: Signature = key.sign(&message);
    let der = signature.to_der();
    let length = u8::try_from(der.as_bytes().len()).unwrap();
    let mut answer = vec![0x7C, length + 2, 0x82, length];
    answer.extend_from_slice(der.as_bytes());
    hex::encode(&answer)
}

/// The answer to GENERATE with the liar's public key.
fn generated(key: &SigningKey) -> String {
    let point = key.verifying_key().to_sec1_point(false);
    let mut answer = vec![0x7F, 0x49, 0x43, 0x86, 0x41];
    answer.extend_from_slice(point.as_bytes());
    hex::encode(&answer)
}
