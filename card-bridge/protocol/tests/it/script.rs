//! The form of a conversation's file, and a transport that plays the card's
//! part of it.

use card_protocol::{Transport, hex};
use serde::Deserialize;

use crate::operations::Operation;

/// A file in `tests/conversations`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conversation {
    pub(crate) step: Vec<Step>,
}

/// One operation of ours, what goes over the wire, and what comes of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) run: Operation,
    /// What we send, and what the card answers, in hex with white space.
    pub(crate) apdus: Vec<(String, String)>,
    pub(crate) outcome: String,
}

/// Bytes in hex with white space, or `A5*501` for a byte many times.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    if let Some((byte, count)) = text.split_once('*') {
        return hex::decode(byte)
            .expect("hex")
            .repeat(count.parse().expect("a count"));
    }
    hex::decode(&text).expect("hex")
}

/// The card of a script: it takes exactly the APDUs that it expects, in order.
pub(crate) struct ScriptedCard<'a> {
    rest: &'a [(String, String)],
}

impl<'a> ScriptedCard<'a> {
    pub(crate) fn new(apdus: &'a [(String, String)]) -> Self {
        Self { rest: apdus }
    }

    pub(crate) fn expects_no_more(&self) -> bool {
        self.rest.is_empty()
    }
}

impl Transport for ScriptedCard<'_> {
    type Error = String;

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, String> {
        let Some(((expected, answer), rest)) = self.rest.split_first() else {
            return Err(format!("one too many: {}", hex::encode(apdu)));
        };
        self.rest = rest;
        let expected = hex::encode(&bytes(expected));
        if hex::encode(apdu) != expected {
            return Err(format!(
                "sent {}\n instead of {expected}",
                hex::encode(apdu)
            ));
        }
        Ok(bytes(answer))
    }
}
