//! The stages at which is lied: an operation is driven honestly until the server
//! has handed out the program of that stage.

use serde_json::{Value, json};
use server::clock::Clock as _;
use test_support::service::{
    CardReader, Cut, Fault, LegalPersonClient, PIN, TestServer, When,
    legal_person::{heal, identified, step, tag},
};

use super::snapshot::Register;

/// On whose word a report comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// The legal person's ticket.
    Ticket,
    /// Somebody who says that the card is there.
    Nobody,
    /// The same, answering the challenge.
    Challenge,
    /// Whoever had the card when it proved itself.
    Token,
}

/// What an operation went through before its stage is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// The operation has just begun.
    Nothing,
    /// The program of this kind was cut at this command: the card was pulled.
    Pulled(&'static str, u32),
    /// The card does not know CHANGE REFERENCE DATA.
    KeepsPuk,
    /// The card was written, nobody heard of it, and an administrator gave up.
    GivenUp,
}

/// A stage at which reports are forged, and how it is reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct StageFixture {
    act: &'static str,
    before: Before,
    word: Word,
    /// The kind of the program that is out.
    kind: &'static str,
    /// Whether the card has a key of its own.
    has_key: bool,
}

/// A fixture that was reached.
pub(super) struct ReachedStage {
    pub(super) word: Word,
    pub(super) ticket: String,
    pub(super) token: String,
    pub(super) operation: String,
    /// The program that is out, as the server signed it.
    pub(super) program: Value,
    /// What the card really answered to the programs before it.
    pub(super) honest: Vec<Value>,
}

const fn fixture(
    act: &'static str,
    before: Before,
    word: Word,
    kind: &'static str,
) -> StageFixture {
    StageFixture {
        act,
        before,
        word,
        kind,
        has_key: true,
    }
}

const fn from_before(fixture: StageFixture) -> StageFixture {
    StageFixture {
        has_key: false,
        ..fixture
    }
}

/// The certificate's PUT DATA, behind the answer.
const CUT_WRITE: Before = Before::Pulled("renew", 1);
/// The marker, behind RESET RETRY COUNTER.
const CUT_MARKER: Before = Before::Pulled("unblock", 2);
/// CHANGE REFERENCE DATA, behind the marker.
const CUT_CHANGE: Before = Before::Pulled("unblock", 3);

impl StageFixture {
    /// All but those with a new key.
    pub(super) const ALL: &'static [Self] = &[
        fixture("renew", Before::Nothing, Word::Ticket, "look"),
        fixture("renew", Before::Nothing, Word::Ticket, "renew"),
        fixture("renew", CUT_WRITE, Word::Ticket, "look"),
        fixture("renew", CUT_WRITE, Word::Ticket, "renew"),
        fixture("renew", CUT_WRITE, Word::Nobody, "look"),
        fixture("renew", CUT_WRITE, Word::Challenge, "look"),
        fixture("renew", CUT_WRITE, Word::Token, "renew"),
        fixture("renew", Before::GivenUp, Word::Nobody, "look"),
        fixture("renew", Before::GivenUp, Word::Challenge, "look"),
        fixture("renew", Before::GivenUp, Word::Token, "roll-back"),
        fixture("unlock", Before::Nothing, Word::Ticket, "look"),
        fixture("unlock", Before::Nothing, Word::Ticket, "unblock"),
        fixture("unlock", CUT_MARKER, Word::Ticket, "rotate"),
        fixture("unlock", CUT_MARKER, Word::Nobody, "look"),
        fixture("unlock", CUT_MARKER, Word::Challenge, "look"),
        fixture("unlock", CUT_MARKER, Word::Token, "check"),
        fixture("unlock", CUT_CHANGE, Word::Ticket, "check"),
        fixture("unlock", CUT_CHANGE, Word::Token, "check"),
        fixture("unlock", Before::KeepsPuk, Word::Ticket, "keep-puk"),
        fixture("unlock", Before::KeepsPuk, Word::Token, "keep-puk"),
        from_before(fixture("renew", Before::Nothing, Word::Ticket, "look")),
        from_before(fixture("renew", Before::Nothing, Word::Ticket, "renew")),
        from_before(fixture("renew", CUT_WRITE, Word::Challenge, "look")),
        from_before(fixture("unlock", Before::Nothing, Word::Ticket, "look")),
        from_before(fixture("unlock", Before::Nothing, Word::Ticket, "unblock")),
        from_before(fixture("unlock", CUT_MARKER, Word::Challenge, "look")),
        from_before(fixture("unlock", CUT_MARKER, Word::Token, "check")),
    ];

    /// Those whose card makes a new key.
    pub(super) const NEW_KEY: &'static [Self] = &[
        fixture("renew", Before::Nothing, Word::Ticket, "renew-new-key"),
        fixture("renew", Before::Nothing, Word::Ticket, "renew"),
        fixture("renew", CUT_WRITE, Word::Challenge, "look"),
        fixture("renew", CUT_WRITE, Word::Token, "renew"),
        from_before(fixture(
            "renew",
            Before::Nothing,
            Word::Ticket,
            "renew-new-key",
        )),
    ];

    /// Drives an operation with its real card to this stage.
    pub(super) async fn reach(
        &self,
        server: &TestServer,
        client: &LegalPersonClient,
        reader: &mut CardReader,
        register: &mut Register,
    ) -> ReachedStage {
        if !self.has_key {
            register.forget_card_key(reader.card).await;
        }
        if self.act == "unlock" {
            reader.block_pin();
        }
        reader.insert_again();
        let begun = client.begin(&[reader.card], self.act).await;
        let id = begun["operations"]["cards"][0]["id"].as_str().unwrap();
        let mut stage = ReachedStage {
            word: self.word,
            ticket: begun["ticket"].as_str().unwrap().to_owned(),
            token: String::new(),
            operation: id.to_owned(),
            program: Value::Null,
            honest: Vec::new(),
        };
        let until = match self.before {
            Before::Nothing => return self.with_ticket(client, reader, stage, self.kind).await,
            Before::Pulled(kind, at) => (kind, Some((at, Fault::Pulled))),
            Before::KeepsPuk => ("unblock", Some((3, Fault::Status(0x6D00)))),
            Before::GivenUp => ("renew", None),
        };
        stage = self.with_ticket(client, reader, stage, until.0).await;
        if let Some((steps, fault)) = until.1 {
            let link = reader.link();
            let (at, when) = (link.apdus + steps, When::Before);
            link.cut = Some(Cut { at, when, fault });
        }
        let ran = step(
            &json!({ "run": { "program": stage.program, "new_pin": {} } }),
            reader,
            "271828",
        );
        let ran = ran.unwrap();
        if self.before == Before::KeepsPuk {
            client.next(&stage.ticket, ran).await.good();
        } else if self.before == Before::GivenUp {
            let (store, now) = (server.store.as_ref(), server.clock.now());
            let id = stage.operation.parse().unwrap();
            server::operations::expiry::abandon(store, id, true, now)
                .await
                .unwrap();
        } else {
            client.next(&stage.ticket, ran).await.good();
        }
        reader.insert_again();
        if self.word == Word::Ticket {
            return self.with_ticket(client, reader, stage, self.kind).await;
        }
        if self.before != Before::GivenUp {
            client.cancel(&stage.ticket).await.good();
        }
        self.without(server, reader, stage).await
    }

    /// Under the ticket, until a program of this kind is out.
    async fn with_ticket(
        &self,
        client: &LegalPersonClient,
        reader: &mut CardReader,
        mut stage: ReachedStage,
        kind: &str,
    ) -> ReachedStage {
        let mut report = json!("inserted");
        for _ in 0..8 {
            let reply = client.next(&stage.ticket, report).await.good();
            assert_eq!(tag(&reply["next"]), "run", "{self:?}: {reply}");
            stage.program = reply["next"]["run"]["program"].clone();
            if kind_of(&stage.program) == kind {
                return stage;
            }
            report = step(&reply["next"], reader, PIN).unwrap();
            stage.honest.push(report.clone());
        }
        panic!("{self:?} is not reached");
    }

    /// Without a ticket: the card is said to be there, is challenged, and answers.
    async fn without(
        &self,
        server: &TestServer,
        reader: &mut CardReader,
        mut stage: ReachedStage,
    ) -> ReachedStage {
        let browser = server.browser();
        let identity = reader.identify().unwrap();
        stage.honest.push(identified(&identity));
        let body = json!({ "identity": identity });
        let mut reply = browser.call("/api/insertions/seen", body).await.good();
        for _ in 0..6 {
            let run = &reply["healing"]["run"];
            assert!(run.is_object(), "{self:?}: {reply}");
            run["token"].as_str().unwrap().clone_into(&mut stage.token);
            stage.program = run["program"].clone();
            if kind_of(&stage.program) == self.kind {
                return stage;
            }
            let report = step(&reply["healing"], reader, PIN).unwrap();
            stage.honest.push(report.clone());
            let body = json!({ "token": stage.token, "report": report });
            reply = browser.call("/api/insertions/heal", body).await.good();
        }
        panic!("{self:?} is not reached");
    }

    /// The card itself goes on from here, to the end: the lies were for nothing,
    /// and the server can tell the truth from them.
    pub(super) async fn go_on(
        &self,
        server: &TestServer,
        client: &LegalPersonClient,
        reader: &mut CardReader,
        stage: ReachedStage,
    ) {
        if self.word == Word::Ticket {
            let mut next = json!({ "run": { "program": stage.program, "new_pin": {} } });
            while let Some(report) = step(&next, reader, "271828") {
                let reply = client.next(&stage.ticket, report).await.good();
                next = reply["next"].clone();
            }
            assert_eq!(tag(&next), "finished", "{self:?}: {next}");
            return;
        }
        reader.insert_again();
        let healed = heal(&server.browser(), reader).await;
        assert_eq!(tag(&healed), "healed", "{self:?}: {healed}");
    }
}

/// The kind that a program says of itself.
fn kind_of(program: &Value) -> String {
    let body: Value = serde_json::from_str(program["body"].as_str().unwrap()).unwrap();
    body["kind"].as_str().unwrap().to_owned()
}
