//! A machine with programs at the bridge's ports, and a browser that keeps what a page
//! has it keep: what becomes of a page there.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::*;

/// A program that listens where a bridge might.
#[derive(Clone)]
pub(super) enum Program {
    /// A bridge of this version of the protocol, by its own key. Version 3 knows no
    /// proof.
    Bridge { key: [u8; 32], protocol: u32 },
    /// Says that it is the bridge, with whatever it likes to say.
    Liar(Value),
    /// Says that, and what another bridge would say at another port, if anybody let it
    /// ask there.
    Relay { key: [u8; 32], port: u16 },
    /// Takes the connection, and says nothing.
    Silent,
    /// Opens a WebSocket, and says nothing.
    Mute,
    /// Closes with this code.
    Closing(u16),
}

/// What this user's own bridge has.
pub(super) const OWN: [u8; 32] = [1; 32];
/// What another one has.
pub(super) const OTHER: [u8; 32] = [2; 32];

pub(super) const ORIGIN: &str = "https://cards.example";

/// A bridge of the present version.
pub(super) const fn bridge(key: [u8; 32]) -> Program {
    Program::Bridge {
        key,
        protocol: PROTOCOL_VERSION,
    }
}

#[derive(Default)]
pub(super) struct Machine {
    pub(super) programs: BTreeMap<u16, Program>,
    /// What the browser keeps.
    pub(super) kept: Option<Acquaintance>,
    /// Who got more than a hello.
    pub(super) trusted: Vec<u16>,
    /// Who was shown the ticket of the page before.
    pub(super) shown_ticket: Vec<u16>,
    /// How long the page waited, in milliseconds, for those who say nothing.
    pub(super) waited: u32,
    challenges: u8,
    port: u16,
}

impl Machine {
    pub(super) fn with(programs: impl IntoIterator<Item = (u16, Program)>) -> Self {
        Self {
            programs: programs.into_iter().collect(),
            ..Self::default()
        }
    }

    /// A new page's first round: what it shows in the end.
    pub(super) fn visit(&mut self) -> DeviceStatus {
        let mut link = Link::new(Some(String::from("before")));
        let begin = link.on(Event::Start);
        self.settle(&mut link, begin);
        link.shown.status
    }

    /// Goes on until the page has a bridge or rests.
    pub(super) fn settle(&mut self, link: &mut Link, begin: Vec<Command<&'static str>>) {
        self.trusted.clear();
        self.shown_ticket.clear();
        self.waited = 0;
        let mut queue = VecDeque::from(begin);
        let mut wake = None;
        for _ in 0..200 {
            let event = match queue.pop_front() {
                Some(Command::Wake { after_ms, timer }) => {
                    wake = Some((after_ms, timer));
                    continue;
                }
                Some(command) => self.answer(link, command),
                None if matches!(link.phase, Phase::Resting | Phase::Up(..)) => return,
                None => {
                    let (after_ms, timer) = wake.take().expect("the page waits for ever");
                    self.waited += after_ms;
                    Some(Event::Woken { timer })
                }
            };
            queue.extend(event.map(|event| link.on(event)).into_iter().flatten());
        }
        panic!("the page comes to no end");
    }

    fn answer(
        &mut self,
        link: &Link,
        command: Command<&'static str>,
    ) -> Option<Event<&'static str>> {
        let socket = link.socket;
        match command {
            Command::AskPermission { round } => Some(Event::Permission {
                round,
                permission: Permission::Granted,
                acquaintance: self.kept.clone(),
                home: None,
            }),
            Command::Open { port, socket } => {
                self.port = port;
                match self.programs.get(&port) {
                    None => Some(Event::Closed { socket, code: 1006 }),
                    Some(Program::Closing(code)) => Some(Event::Closed {
                        socket,
                        code: *code,
                    }),
                    Some(Program::Silent) => None,
                    Some(_) => {
                        self.challenges += 1;
                        Some(Event::Opened {
                            socket,
                            challenge: Challenge([self.challenges; 32]),
                        })
                    }
                }
            }
            Command::FetchGrant { .. } => Some(Event::Granted {
                socket,
                grant: Some(SignedGrant::new(String::from("{}"), String::from("AAAA"))),
            }),
            Command::Send(text) => {
                let request: Value = serde_json::from_str(&text).unwrap();
                let text = self.reply(&request)?.to_string();
                Some(Event::Message { socket, text })
            }
            Command::Remember(it) => {
                self.kept = Some(it);
                None
            }
            Command::Forget => {
                self.kept = None;
                None
            }
            Command::Wake { .. }
            | Command::WasAt(_)
            | Command::Close
            | Command::Keep(_)
            | Command::Answer(..)
            | Command::Show(_) => None,
        }
    }

    fn reply(&mut self, request: &Value) -> Option<Value> {
        let params = &request["params"];
        let outcome = |outcome: Value| {
            let mut reply = json!({ "jsonrpc": "2.0", "id": request["id"] });
            reply
                .as_object_mut()
                .unwrap()
                .extend(outcome.as_object().unwrap().clone());
            Some(reply)
        };
        let error = |code: &str| {
            outcome(json!({ "error": { "code": -32602, "message": "", "data": { "code": code } } }))
        };
        let program = self.programs[&self.port].clone();
        let (key, version) = match &program {
            Program::Mute => return None,
            Program::Bridge { key, protocol } => (Some(*key), *protocol),
            Program::Relay { key, .. } => (Some(*key), PROTOCOL_VERSION),
            Program::Liar(_) | Program::Silent | Program::Closing(_) => (None, PROTOCOL_VERSION),
        };
        let own = key.map(|key| Acquaintance::of(&key, ORIGIN));
        match request["method"].as_str().unwrap() {
            "hello" => {
                if !params["resume"].is_null() {
                    self.shown_ticket.push(self.port);
                }
                if version < 4 && !params["challenge"].is_null() {
                    return error("bad_request");
                }
                if let Program::Liar(says) = program {
                    return outcome(json!({ "result": says }));
                }
                let mut welcome: Value = serde_json::from_str(WELCOME).unwrap();
                welcome["protocol"] = json!(version);
                if version < 4 {
                    welcome.as_object_mut().unwrap().remove("oldest");
                }
                let challenge = serde_json::from_value(params["challenge"].clone()).ok();
                if let (Some(own), Some(challenge)) = (own, challenge) {
                    let port = match program {
                        Program::Relay { port, .. } => port,
                        _ => self.port,
                    };
                    let said = welcome.as_object().unwrap();
                    welcome["proof"] = own.prove(&challenge, port, said).into();
                }
                outcome(json!({ "result": welcome }))
            }
            "request_grant" => {
                self.trusted.push(self.port);
                outcome(json!({ "result": { "nonce": "n" } }))
            }
            "present_grant" => {
                let mut granted = json!({ "seconds": 300 });
                if let (Some(own), true) = (own, version >= 4) {
                    granted["acquaintance"] = json!(own);
                }
                outcome(json!({ "result": granted }))
            }
            _ => outcome(json!({ "result": serde_json::from_str::<Value>(ONE_CARD).unwrap() })),
        }
    }
}

/// What is heard of whoever answers at a port, as a hello of a page of this user's would
/// be answered: a welcome with a true proof over some other challenge.
pub(super) fn overheard(key: [u8; 32], port: u16) -> Value {
    let mut welcome: Value = serde_json::from_str(WELCOME).unwrap();
    let by = Acquaintance::of(&key, ORIGIN);
    let said = welcome.as_object().unwrap();
    welcome["proof"] = by.prove(&Challenge([0xEE; 32]), port, said).into();
    welcome
}
