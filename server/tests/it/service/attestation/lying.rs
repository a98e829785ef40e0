//! Terminals that lie about a new key: what they report in the card's place.

use card_bridge::reader::{CardAccess, demo::SoftwareCard};
use card_protocol::{CardError, StatusWord, hex, piv};
use serde_json::{Value, json};
use test_support::{
    bridge::with_piv,
    service::{CardReader, LegalPersonClient, PIN, legal_person::step, new_key, point},
};

/// Where in the outcome of GENERATE what stands.
pub(super) const GENERATED: usize = 1;
pub(super) const ATTESTED: std::ops::Range<usize> = 2..5;

/// What a lying terminal makes of the card's answers.
pub(super) type Lie<'a> = &'a dyn Fn(&mut Vec<Value>);

/// Drives a 延期 whose terminal lies about the program that makes the key; the
/// server's reply to that.
pub(super) async fn renew_with(
    client: &LegalPersonClient,
    reader: &mut CardReader,
    ticket: &str,
    lie: Lie<'_>,
) -> Value {
    reader.insert_again();
    let mut report = json!("inserted");
    for _ in 0..10 {
        let reply = client.next(ticket, report).await.good();
        report = step(&reply["next"], reader, PIN).expect("a program");
        let Some(steps) = report["ran"]["outcome"]["steps"].as_array_mut() else {
            continue;
        };
        let is_generate = steps.iter().any(|step| {
            let data = step["data"].as_str().unwrap_or_default();
            data.starts_with("7f494386")
        });
        if is_generate {
            lie(steps);
            return client.next(ticket, report).await.good();
        }
    }
    panic!("no key was made");
}

/// GENERATE's answer for a key of the terminal's own.
pub(super) fn another_key() -> String {
    let point = point(&new_key());
    hex::encode(&[[0x7F, 0x49, 0x43, 0x86, 0x41].as_slice(), &point].concat())
}

pub(super) fn none_attested(steps: &mut [Value]) {
    for step in &mut steps[ATTESTED] {
        *step = json!({ "data": "", "status": "6D00" });
    }
}

/// What this card attests of its own keys, as a program's outcome has it.
pub(super) fn attested_by(mut card: SoftwareCard) -> Vec<Value> {
    let answers = with_piv(&mut card, async |card| {
        card.select().await?;
        let mut answers = Vec::new();
        for command in [
            piv::attest(piv::Slot::Authentication),
            piv::attest(piv::Slot::CardAuthentication),
            piv::get_data(piv::DataObject::AttestationCertificate),
        ] {
            let answer = card.send(command).await?;
            assert_eq!(answer.status(), StatusWord::SUCCESS);
            answers.push(json!({ "data": hex::encode(answer.data()), "status": "9000" }));
        }
        Ok(answers)
    });
    answers.unwrap()
}

/// A terminal that makes what it likes of the card's answers.
pub(super) struct LyingTerminal<L> {
    pub(super) card: SoftwareCard,
    pub(super) lie: L,
}

impl<L: FnMut(&[u8], Vec<u8>) -> Vec<u8>> CardAccess for LyingTerminal<L> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        let answer = self.card.transmit(apdu)?;
        Ok((self.lie)(apdu, answer))
    }

    fn was_reset(&self) -> bool {
        false
    }
}
