//! A legal person's page, as far as operations go.

use card_domain::CardId;
use card_protocol::{CardError, bridge::Identity};
use serde_json::{Value, json};

use super::{Browser, CardReader, Person, Reply, TestServer, statement};

/// A legal person who is logged in.
pub struct LegalPersonClient {
    /// Who it is.
    pub legal: Person,
    /// With the session.
    pub browser: Browser,
}

impl LegalPersonClient {
    /// Makes the legal person, who logs in.
    pub async fn new(server: &TestServer) -> Self {
        let legal = server.legal_person().await;
        let browser = legal.log_in(server.origin()).await;
        Self { legal, browser }
    }

    /// Logs in once more, in another browser.
    pub async fn another(&self) -> Self {
        Self {
            legal: self.legal.clone(),
            browser: self.legal.log_in(&self.browser.origin).await,
        }
    }

    /// Proposes an operation on cards.
    pub async fn propose(&self, cards: &[CardId], action: &str) -> Reply {
        let body = json!({ "cards": cards, "action": action });
        self.browser.call("/api/operations/propose", body).await
    }

    /// Signs the proposal and begins.
    pub async fn commit(&self, proposal: &Value, second_reader: bool) -> Reply {
        let statement = statement(proposal);
        let signature = self.legal.signature(&self.browser.origin, &statement);
        let body = json!({
            "statement": statement, "signature": signature, "second_reader": second_reader
        });
        self.browser.call("/api/operations/commit", body).await
    }

    /// Proposes and begins; gives the ticket's answer.
    pub async fn begin(&self, cards: &[CardId], action: &str) -> Value {
        let proposal = self.propose(cards, action).await.good();
        self.commit(&proposal, true).await.good()
    }

    /// Reports what came of the last step, and asks for the next one.
    pub async fn next(&self, ticket: &str, report: Value) -> Reply {
        let body = json!({ "ticket": ticket, "report": report });
        self.browser.call("/api/operations/next", body).await
    }

    /// 取消: the ticket is void. What touched its card stays to be healed.
    pub async fn cancel(&self, ticket: &str) -> Reply {
        let body = json!({ "ticket": ticket });
        self.browser.call("/api/operations/cancel", body).await
    }

    /// Relays until the server wants something of a person; gives that answer.
    pub async fn drive(&self, ticket: &str, reader: &mut CardReader, pin: &str) -> Value {
        let mut report = json!("inserted");
        for _ in 0..30 {
            let reply = self.next(ticket, report).await.good();
            match step(&reply["next"], reader, pin) {
                Some(next) => report = next,
                None => return reply,
            }
        }
        panic!("the server does not come to an end");
    }

    /// The whole operation with one card.
    pub async fn operate(&self, reader: &mut CardReader, action: &str, pin: &str) -> Value {
        let ticket = self.begin(&[reader.card], action).await;
        self.drive(ticket["ticket"].as_str().unwrap(), reader, pin)
            .await
    }
}

/// Which of an enum's variants it is, as serde writes them: a word, or an
/// object with the word as its only key.
pub fn tag(value: &Value) -> &str {
    let key = || value.as_object()?.keys().next().map(String::as_str);
    value.as_str().or_else(key).unwrap()
}

/// Does what the server says; the report, or `None` when a person is needed.
pub fn step(next: &Value, reader: &mut CardReader, pin: &str) -> Option<Value> {
    match tag(next) {
        "run" => {
            let program = serde_json::from_value(next["run"]["program"].clone()).unwrap();
            let pin = (!next["run"]["new_pin"].is_null()).then_some(pin);
            Some(match reader.run(&program, pin) {
                Ok(outcome) => json!({ "ran": { "outcome": outcome } }),
                Err(error) => failed(error),
            })
        }
        "identify" => Some(match reader.identify() {
            Ok(identity) => identified(&identity),
            Err(error) => failed(error),
        }),
        _ => None,
    }
}

/// The report that the card failed.
pub fn failed(error: CardError) -> Value {
    json!({ "failed": { "error": error } })
}

/// The report of which card is there.
pub fn identified(identity: &Identity) -> Value {
    json!({ "identified": { "identity": identity } })
}

/// Any page at which the card is inserted: what it says of it in the end.
pub async fn heal(browser: &Browser, reader: &mut CardReader) -> Value {
    let Ok(identity) = reader.identify() else {
        return json!("unreadable");
    };
    let body = json!({ "identity": identity });
    let mut reply = browser.call("/api/insertions/seen", body).await.good();
    for _ in 0..30 {
        let healing = reply["healing"].clone();
        if tag(&healing) != "run" {
            return healing;
        }
        let program: card_protocol::program::SignedProgram =
            serde_json::from_value(healing["run"]["program"].clone()).unwrap();
        let report = match reader.run(&program, None) {
            Ok(outcome) => json!({ "ran": { "outcome": outcome } }),
            Err(error) => failed(error),
        };
        let body = json!({ "token": healing["run"]["token"], "report": report });
        reply = browser.call("/api/insertions/heal", body).await.good();
    }
    panic!("healing does not come to an end");
}
