//! Page and bridge of different versions: who is older is told so, and the version
//! before is still spoken.

use serde_json::{Value, json};

use super::{
    machine::{Machine, OWN, Program, bridge},
    *,
};

fn visit(welcome: Value) -> DeviceStatus {
    Machine::with([(PORTS[0], Program::Liar(welcome))]).visit()
}

fn welcome_of(protocol: u32) -> Value {
    let mut welcome: Value = serde_json::from_str(WELCOME).unwrap();
    welcome["protocol"] = json!(protocol);
    welcome
}

fn too_old() -> DeviceStatus {
    DeviceStatus::BridgeTooOld {
        version: Some(String::from("0.1.0")),
    }
}

/// A bridge of the version before knows neither challenge nor proof, and refuses a
/// hello with a field that it does not know.
#[test]
fn a_bridge_of_the_version_before_serves_this_page() {
    let before = Program::Bridge {
        key: OWN,
        protocol: OLDEST_PROTOCOL,
    };
    let mut machine = Machine::with([(PORTS[1], before)]);
    assert_eq!(machine.visit(), DeviceStatus::Ready);
    assert!(machine.kept.is_none());
    // The next version takes its place, and is known from then on.
    machine.programs.insert(PORTS[1], bridge(OWN));
    assert_eq!(machine.visit(), DeviceStatus::Ready);
    assert!(machine.kept.is_some());
    // Whoever says afterwards that it is of the version before is not that one.
    let before = Program::Bridge {
        key: OWN,
        protocol: OLDEST_PROTOCOL,
    };
    machine.programs.insert(PORTS[1], before);
    assert_eq!(machine.visit(), DeviceStatus::UnknownBridge);
}

#[test]
fn the_older_side_is_told() {
    for protocol in [0, 1, OLDEST_PROTOCOL - 1] {
        assert_eq!(visit(welcome_of(protocol)), too_old(), "{protocol}");
    }
    // It has to say which version it speaks.
    let mut welcome = welcome_of(4);
    welcome.as_object_mut().unwrap().remove("protocol");
    assert_eq!(visit(welcome), too_old());
    // A newer one that does not serve this page's version any more.
    let mut welcome = welcome_of(PROTOCOL_VERSION + 2);
    welcome["oldest"] = json!(PROTOCOL_VERSION + 1);
    assert_eq!(visit(welcome), DeviceStatus::PageTooOld);
    // One that says something that this page can't read.
    let mut welcome = welcome_of(PROTOCOL_VERSION + 1);
    welcome["pin_entry"] = json!("by_thought");
    assert_eq!(visit(welcome), DeviceStatus::PageTooOld);
    let mut welcome = welcome_of(PROTOCOL_VERSION);
    welcome["pin_entry"] = json!("by_thought");
    assert_eq!(visit(welcome), too_old());
}

#[test]
fn a_bridge_that_refuses_an_older_page_is_heard() {
    let mut link = started();
    granted(&mut link);
    let hello = only(&opened(&mut link), "hello");
    refused(&mut link, hello, json!({ "code": "page_too_old" }));
    for _ in 1..PORTS.len() {
        closed(&mut link, 1006);
    }
    assert_eq!(link.shown.status, DeviceStatus::PageTooOld);
}

/// What a newer bridge says more is passed over, wherever it stands.
#[test]
fn unknown_fields_of_a_newer_bridge_are_passed_over() {
    let mut link = started();
    granted(&mut link);
    let hello = only(&opened(&mut link), "hello");
    let mut welcome = welcome_of(PROTOCOL_VERSION + 1);
    welcome["weather"] = json!({ "is": "fine" });
    let proof = known().prove(&CHALLENGE, link.port, welcome.as_object().unwrap());
    welcome["proof"] = proof.into();
    let commands = result(&mut link, hello, &welcome.to_string());
    let request = only(&commands, "request_grant");
    result(&mut link, request, r#"{"nonce":"n","weather":1}"#);
    let commands = link.on(Event::Granted {
        socket: link.socket,
        grant: Some(SignedGrant::new(String::from("{}"), String::from("AAAA"))),
    });
    let present = only(&commands, "present_grant");
    let commands = result(&mut link, present, r#"{"seconds":300,"weather":1}"#);
    let watch = only(&commands, "watch");
    let mut readers: Value = serde_json::from_str(ONE_CARD).unwrap();
    readers["weather"] = json!(1);
    readers["readers"][0]["weather"] = json!(1);
    readers["readers"][0]["slot"]["weather"] = json!(1);
    result(&mut link, watch, &readers.to_string());
    assert_eq!(link.shown.status, DeviceStatus::Ready);
    let text = json!({ "jsonrpc": "2.0", "method": "weather", "params": {} }).to_string();
    let socket = link.socket;
    link.on(Event::Message { socket, text });
    assert_eq!(link.shown.status, DeviceStatus::Ready);
}

/// A call that fails for a reason which this page does not know has failed all the
/// same: whoever waits is told, and the next one has its turn.
#[test]
fn an_error_that_is_not_known_ends_its_call() {
    let mut link = up();
    let first = sent(&identify(&mut link, "first"))[0].0;
    identify(&mut link, "second");
    let commands = refused(
        &mut link,
        first,
        json!({ "code": "of_tomorrow", "when": 1 }),
    );
    assert_eq!(sent(&commands).len(), 1);
    assert_eq!(answers(commands), [("first", Some(CardError::PageTooOld))]);
}

fn refused(link: &mut Link, id: u64, data: Value) -> Vec<Command<&'static str>> {
    let error = json!({ "code": -32000, "message": "", "data": data });
    let text = json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string();
    link.on(Event::Message {
        socket: link.socket,
        text,
    })
}
