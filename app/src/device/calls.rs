//! The calls that are under way on one connection: which id belongs to whom,
//! what a request looks like on the wire, and what an arriving message means.
//! Pure, so that it is tested natively.

use std::collections::BTreeMap;

use card_protocol::{
    CardError,
    bridge::{Call, MAX_MESSAGE, Notification, Outcome, Readers, Request, Response, Version},
};
use serde_json::Value;
use zeroize::Zeroizing;

/// What a call ended with.
pub(super) type Answer = Result<Value, CardError>;

/// The calls that wait for their answer, each with who waits (`W`).
#[derive(Debug)]
pub(super) struct Calls<W> {
    next_id: u64,
    waiting: BTreeMap<u64, W>,
}

/// What an arriving message means.
#[derive(Debug)]
pub(super) enum Received<W> {
    /// A call has ended.
    Answer {
        /// Its id.
        id: u64,
        /// Who waited.
        waiter: W,
        /// What it ended with.
        answer: Answer,
    },
    /// The readers changed.
    Readers(Readers),
    /// Not a message of this protocol, or an answer that nobody waits for.
    Nonsense,
}

impl<W> Calls<W> {
    /// None under way.
    pub(super) const fn new() -> Self {
        Self {
            next_id: 1,
            waiting: BTreeMap::new(),
        }
    }

    /// Begins a call: its id and the text to send, which is wiped when
    /// dropped because it may hold a PIN.
    ///
    /// # Errors
    ///
    /// The waiter, when the request is longer than the bridge accepts.
    pub(super) fn begin(&mut self, call: Call, waiter: W) -> Result<(u64, Zeroizing<String>), W> {
        let id = self.next_id;
        let request = Request {
            jsonrpc: Version::V2,
            id,
            call,
        };
        let Some(text) = encode(&request) else {
            return Err(waiter);
        };
        self.next_id += 1;
        self.waiting.insert(id, waiter);
        Ok((id, text))
    }

    /// What a message means. An answered call is under way no more.
    pub(super) fn receive(&mut self, text: &str) -> Received<W> {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            return Received::Nonsense;
        };
        if message.get("method").is_some() {
            return match serde_json::from_value(message) {
                Ok(Notification::Readers(readers)) => Received::Readers(readers),
                Err(_unknown) => Received::Nonsense,
            };
        }
        let id = message.get("id").and_then(Value::as_u64);
        let answer = match serde_json::from_value::<Response>(message) {
            Ok(response) => match response.outcome {
                Outcome::Result(value) => Ok(value),
                Outcome::Error(error) => Err(error.data),
            },
            // An error that only a newer bridge knows has ended the call all the same.
            Err(_unknown) => Err(CardError::PageTooOld),
        };
        let Some((id, waiter)) = id.and_then(|id| Some((id, self.waiting.remove(&id)?))) else {
            return Received::Nonsense;
        };
        Received::Answer { id, waiter, answer }
    }

    /// Ends all calls; gives who waited, in the order of the calls.
    pub(super) fn abandon(&mut self) -> Vec<W> {
        std::mem::take(&mut self.waiting).into_values().collect()
    }
}

/// The request as text, or `None` when it is too long. The buffer has its
/// final size from the start: growing would leave copies of a PIN behind.
fn encode(request: &Request) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_MESSAGE));
    serde_json::to_writer(&mut *bytes, request).ok()?;
    if bytes.len() > MAX_MESSAGE {
        return None;
    }
    let text = String::from_utf8(std::mem::take(&mut *bytes)).ok()?;
    Some(Zeroizing::new(text))
}

#[cfg(test)]
mod tests {
    use card_protocol::{PinTries, bridge::PinText, token::SignedChallenge};

    use super::*;

    #[test]
    fn answers_find_who_waits_in_any_order() {
        let mut calls = Calls::new();
        let (first, _) = calls.begin(Call::Watch {}, "first").unwrap();
        let (second, _) = calls.begin(Call::Cancel {}, "second").unwrap();

        let text = format!(r#"{{"jsonrpc":"2.0","id":{second},"result":{{}}}}"#);
        assert!(matches!(
            calls.receive(&text),
            Received::Answer { id, waiter: "second", answer: Ok(_) } if id == second
        ));
        assert!(
            matches!(calls.receive(&text), Received::Nonsense),
            "answered twice"
        );
        assert_eq!(calls.abandon(), ["first"]);
        let text = format!(r#"{{"jsonrpc":"2.0","id":{first},"result":{{}}}}"#);
        assert!(matches!(calls.receive(&text), Received::Nonsense));
    }

    #[test]
    fn an_error_of_the_closed_list_arrives_as_itself() {
        let mut calls = Calls::new();
        let (id, _) = calls.begin(Call::Watch {}, ()).unwrap();
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32000,"message":"m",
                "data":{{"code":"wrong_pin","tries_left":2}}}}}}"#
        );
        let Received::Answer {
            answer: Err(error), ..
        } = calls.receive(&text)
        else {
            panic!("no error");
        };
        assert_eq!(
            error,
            CardError::WrongPin {
                tries_left: PinTries(2)
            }
        );
    }

    #[test]
    fn readers_come_unasked() {
        let text = r#"{"jsonrpc":"2.0","method":"readers","params":{"service":true,"readers":[
            {"name":"R","slot":{"name":"card","insertion":3,"atr":"3b"},
             "is_virtual":true,"has_pin_pad":false}]}}"#;
        let Received::Readers(readers) = Calls::<()>::new().receive(text) else {
            panic!("not readers");
        };
        assert_eq!(readers.readers.len(), 1);
    }

    #[test]
    fn what_is_no_message_is_nonsense() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"jsonrpc":"1.0","id":1,"result":{}}"#,
            "1",
        ] {
            assert!(
                matches!(Calls::<()>::new().receive(text), Received::Nonsense),
                "{text}"
            );
        }
    }

    #[test]
    fn the_request_is_what_the_bridge_reads() {
        let mut calls = Calls::new();
        let call = Call::Authenticate {
            reader: String::from("R"),
            card: String::new(),
            challenge: SignedChallenge::new(String::from("{}"), String::from("AAAA")),
            pin: Some(PinText(String::from("123456"))),
        };
        let (id, text) = calls.begin(call, ()).unwrap();
        let request: Request = serde_json::from_str(&text).unwrap();
        assert_eq!(request.id, id);
        assert!(matches!(
            request.call,
            Call::Authenticate { pin: Some(_), .. }
        ));
    }

    #[test]
    fn what_is_too_long_is_not_sent() {
        let mut calls = Calls::new();
        let call = Call::Identify {
            reader: "R".repeat(MAX_MESSAGE),
        };
        assert_eq!(calls.begin(call, "me").unwrap_err(), "me");
        assert!(calls.abandon().is_empty());
    }
}
