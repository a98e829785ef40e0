//! Conversations with the link: what it does when the bridge is there, comes
//! late, goes away, refuses, or is somebody else.

use card_protocol::{bridge::OLDEST_PROTOCOL, token::SignedChallenge};

use super::{
    round::{FIRST_ANSWER_MS, ports},
    *,
};

mod grants;
mod greeting;
mod machine;
mod versions;

type Link = super::Link<&'static str>;

const ONE_CARD: &str = r#"{"service":true,"readers":[{"name":"R",
    "slot":{"name":"card","insertion":1,"atr":"3b"},"is_virtual":false,"has_pin_pad":false}]}"#;

const CHALLENGE: Challenge = Challenge([9; 32]);

const WELCOME: &str = r#"{"product":"card-bridge","version":"0.1.0","protocol":4,"oldest":3,"pin_entry":"page","resume":"next","confirm":"window"}"#;

fn ports_opened(commands: &[Command<&'static str>]) -> Vec<u16> {
    let port = |command: &Command<_>| match command {
        Command::Open { port, .. } => Some(*port),
        _ => None,
    };
    commands.iter().filter_map(port).collect()
}

fn sent(commands: &[Command<&'static str>]) -> Vec<(u64, String)> {
    let request = |command: &Command<_>| match command {
        Command::Send(text) => {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            Some((
                value["id"].as_u64().unwrap(),
                value["method"].as_str().unwrap().to_owned(),
            ))
        }
        _ => None,
    };
    commands.iter().filter_map(request).collect()
}

fn answers(commands: Vec<Command<&'static str>>) -> Vec<(&'static str, Option<CardError>)> {
    let answer = |command| match command {
        Command::Answer(waiter, answer) => Some((waiter, answer.err())),
        _ => None,
    };
    commands.into_iter().filter_map(answer).collect()
}

fn result(link: &mut Link, id: u64, json: &str) -> Vec<Command<&'static str>> {
    link.on(Event::Message {
        socket: link.socket,
        text: format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{json}}}"#),
    })
}

fn closed(link: &mut Link, code: u16) -> Vec<Command<&'static str>> {
    link.on(Event::Closed {
        socket: link.socket,
        code,
    })
}

fn woken(link: &mut Link) -> Vec<Command<&'static str>> {
    link.on(Event::Woken { timer: link.timer })
}

fn granted(link: &mut Link) -> Vec<Command<&'static str>> {
    permitted(link, Permission::Granted)
}

/// The browser answers, and knows this page's bridge.
fn permitted(link: &mut Link, permission: Permission) -> Vec<Command<&'static str>> {
    link.on(Event::Permission {
        round: link.round,
        permission,
        acquaintance: Some(known()),
        home: None,
    })
}

/// What the bridge and this browser know.
fn known() -> Acquaintance {
    Acquaintance::of(&[7; 32], "https://cards.example")
}

/// The socket is open: hello is said.
fn opened(link: &mut Link) -> Vec<Command<&'static str>> {
    link.on(Event::Opened {
        socket: link.socket,
        challenge: CHALLENGE,
    })
}

/// What the bridge that is known answers at this port.
fn welcome(link: &Link) -> String {
    proved(&known(), link.port)
}

/// What a bridge that others know answers.
fn proved(by: &Acquaintance, port: u16) -> String {
    let mut welcome: serde_json::Value = serde_json::from_str(WELCOME).unwrap();
    let proof = by.prove(&CHALLENGE, port, welcome.as_object().unwrap());
    welcome["proof"] = proof.into();
    welcome.to_string()
}

fn started() -> Link {
    let mut link = Link::new(Some(String::from("before")));
    let commands = link.on(Event::Start);
    assert!(matches!(commands[0], Command::AskPermission { .. }));
    assert_eq!(link.shown.status, DeviceStatus::Connecting);
    link
}

/// Brings the port that is being tried up.
fn greet(link: &mut Link) {
    let commands = opened(link);
    let [(hello, method)] = &sent(&commands)[..] else {
        panic!("{commands:?}");
    };
    assert_eq!(method, "hello");
    let welcome = welcome(link);
    let commands = result(link, *hello, &welcome);
    let keeps = |commands: &[Command<_>]| {
        let is_it = |command: &Command<_>| matches!(command, Command::Keep(it) if it == "next");
        commands.iter().any(is_it)
    };
    assert!(
        !keeps(&commands),
        "what the page before left is not this one's yet"
    );
    let commands = get_granted(link, &commands);
    assert!(keeps(&commands), "for the next page");
    let watch = only(&commands, "watch");
    result(link, watch, ONE_CARD);
    assert_eq!(link.shown.status, DeviceStatus::Ready);
    assert_eq!(link.shown.bridge.confirm, Confirm::Window);
}

/// The id of the one call that is sent.
fn only(commands: &[Command<&'static str>], wanted: &str) -> u64 {
    let [(id, method)] = &sent(commands)[..] else {
        panic!("{commands:?}");
    };
    assert_eq!(method, wanted);
    *id
}

/// The page asked for a nonce: the server signs, the bridge takes it.
fn get_granted(link: &mut Link, commands: &[Command<&'static str>]) -> Vec<Command<&'static str>> {
    let present = get_grant(link, commands);
    result(link, present, r#"{"seconds":300}"#)
}

/// The same up to the moment when the bridge has the grant: the call's id.
fn get_grant(link: &mut Link, commands: &[Command<&'static str>]) -> u64 {
    let request = only(commands, "request_grant");
    let commands = result(link, request, r#"{"nonce":"of this connection"}"#);
    let [Command::FetchGrant { nonce, socket, .. }] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!(nonce, "of this connection");
    let commands = link.on(Event::Granted {
        socket: *socket,
        grant: Some(SignedGrant::new(String::from("{}"), String::from("AAAA"))),
    });
    only(&commands, "present_grant")
}

fn up() -> Link {
    let mut link = started();
    granted(&mut link);
    greet(&mut link);
    link
}

fn identify(link: &mut Link, waiter: &'static str) -> Vec<Command<&'static str>> {
    link.on(Event::Ask {
        call: Call::Identify {
            reader: String::from("R"),
        },
        waiter,
    })
}

#[test]
fn the_ports_are_tried_in_turn() {
    let mut link = started();
    let mut tried = ports_opened(&granted(&mut link));
    for _ in 1..PORTS.len() {
        tried.extend(ports_opened(&closed(&mut link, 1006)));
    }
    assert_eq!(tried, PORTS);
    assert!(ports_opened(&closed(&mut link, 1006)).is_empty());
    assert_eq!(link.shown.status, DeviceStatus::BridgeMissing);
}

#[test]
fn a_bridge_that_comes_late_is_found_without_a_reload() {
    let mut link = started();
    granted(&mut link);
    for _ in PORTS {
        closed(&mut link, 1006);
    }
    let commands = woken(&mut link);
    assert!(matches!(commands[0], Command::AskPermission { .. }));
    assert_eq!(
        link.shown.status,
        DeviceStatus::BridgeMissing,
        "no flicker while looking"
    );
    granted(&mut link);
    greet(&mut link);
}

#[test]
fn a_bridge_that_goes_away_is_looked_for_where_it_was() {
    let mut link = started();
    granted(&mut link);
    closed(&mut link, 1006);
    let home = link.port;
    greet(&mut link);
    identify(&mut link, "running");
    identify(&mut link, "queued");

    let commands = closed(&mut link, 1006);
    assert_eq!(link.shown.status, DeviceStatus::Connecting);
    assert!(link.shown.readers.is_empty());
    let gone = Some(CardError::BridgeNotRunning);
    assert_eq!(answers(commands), [("running", gone), ("queued", gone)]);
    assert_eq!(ports_opened(&granted(&mut link)), [home]);
    greet(&mut link);
}

#[test]
fn a_refused_origin_is_told_from_a_missing_bridge() {
    let mut link = started();
    granted(&mut link);
    opened(&mut link);
    closed(&mut link, CLOSED_ORIGIN);
    for _ in 1..PORTS.len() {
        closed(&mut link, 1006);
    }
    assert_eq!(link.shown.status, DeviceStatus::OriginNotAllowed);
}

#[test]
fn somebody_else_on_the_port_is_passed_by() {
    let mut link = started();
    granted(&mut link);
    let hello = only(&opened(&mut link), "hello");
    let commands = result(&mut link, hello, r#"{"product":"other","version":"1"}"#);
    assert_eq!(ports_opened(&commands), [PORTS[1]]);
    assert_eq!(
        ports_opened(&woken(&mut link)),
        [PORTS[2]],
        "and one that says nothing"
    );
}

/// The text of the greeting that the open socket gets.
fn greeting(link: &mut Link) -> serde_json::Value {
    let commands = opened(link);
    let text = commands.iter().find_map(|command| match command {
        Command::Send(text) => Some(text.to_string()),
        _ => None,
    });
    serde_json::from_str(&text.unwrap()).unwrap()
}

#[test]
fn the_ticket_of_the_page_before_is_shown_and_then_its_own() {
    let mut link = started();
    granted(&mut link);
    assert_eq!(greeting(&mut link)["params"]["resume"], "before");
    let mut link = up();
    closed(&mut link, 1006);
    granted(&mut link);
    assert_eq!(greeting(&mut link)["params"]["resume"], "next");
}

#[test]
fn a_port_that_is_silent_is_another_users_once_that_is_certain() {
    let mut link = started();
    let wait = |commands: &[Command<_>]| {
        commands.iter().find_map(|command| match command {
            Command::Wake { after_ms, .. } => Some(*after_ms),
            _ => None,
        })
    };
    assert_eq!(wait(&granted(&mut link)), Some(FIRST_ANSWER_MS));
    // This user's own is on the next port: found at once.
    let commands = woken(&mut link);
    assert_eq!(ports_opened(&commands), [PORTS[1]]);
    greet(&mut link);

    let mut link = started();
    granted(&mut link);
    woken(&mut link);
    for _ in 1..PORTS.len() {
        closed(&mut link, 1006);
    }
    assert_eq!(
        link.shown.status,
        DeviceStatus::Connecting,
        "too early to say"
    );
    woken(&mut link);
    assert_eq!(wait(&granted(&mut link)), Some(ANSWER_MS));
    woken(&mut link);
    for _ in 1..PORTS.len() {
        closed(&mut link, 1006);
    }
    assert_eq!(link.shown.status, DeviceStatus::OtherUsersBridge);
    // It recovers by itself.
    woken(&mut link);
    granted(&mut link);
    closed(&mut link, 1006);
    greet(&mut link);
}

#[test]
fn a_bridge_that_is_full_is_named() {
    let mut link = started();
    granted(&mut link);
    opened(&mut link);
    closed(&mut link, CLOSED_FULL);
    for _ in 1..PORTS.len() {
        closed(&mut link, 1006);
    }
    assert_eq!(link.shown.status, DeviceStatus::TooManyPages);
}

#[test]
fn the_browser_asks_only_after_a_click_and_once() {
    let mut link = started();
    let ask = |link: &mut Link| permitted(link, Permission::Prompt);
    assert!(ports_opened(&ask(&mut link)).is_empty());
    assert_eq!(link.shown.status, DeviceStatus::NeedsPermission);

    woken(&mut link);
    assert!(ports_opened(&ask(&mut link)).is_empty(), "not by itself");

    link.on(Event::Wanted { by_person: true });
    assert_eq!(ports_opened(&ask(&mut link)), [PORTS[0]]);
    assert_eq!(link.shown.status, DeviceStatus::Connecting);

    closed(&mut link, 1006);
    assert!(ports_opened(&ask(&mut link)).is_empty(), "waved away");
    assert_eq!(link.shown.status, DeviceStatus::NeedsPermission);

    link.on(Event::Wanted { by_person: true });
    ask(&mut link);
    closed(&mut link, 1006);
    permitted(&mut link, Permission::Denied);
    assert_eq!(link.shown.status, DeviceStatus::BlockedByBrowser);
    link.on(Event::Wanted { by_person: false });
    granted(&mut link);
    greet(&mut link);
}

#[test]
fn operations_run_one_at_a_time() {
    let mut link = up();
    let first = sent(&identify(&mut link, "first"))[0].0;
    assert!(sent(&identify(&mut link, "second")).is_empty());
    let commands = result(&mut link, first, "{}");
    assert_eq!(sent(&commands).len(), 1);
    assert_eq!(answers(commands), [("first", None)]);
}

#[test]
fn cancel_overtakes_and_ends_what_is_queued() {
    let mut link = up();
    identify(&mut link, "running");
    link.on(Event::Ask {
        call: Call::Authenticate {
            reader: String::from("R"),
            card: String::new(),
            challenge: SignedChallenge::new(String::new(), String::new()),
            pin: None,
        },
        waiter: "queued",
    });
    let commands = link.on(Event::Ask {
        call: Call::Cancel {},
        waiter: "cancel",
    });
    assert_eq!(sent(&commands)[0].1, "cancel");
    assert_eq!(answers(commands), [("queued", Some(CardError::Cancelled))]);
}

/// A card that does not answer must not keep another one verified.
#[test]
fn a_release_waits_for_nothing() {
    let mut link = up();
    identify(&mut link, "running");
    let commands = link.on(Event::Ask {
        call: Call::Release {},
        waiter: "release",
    });
    assert_eq!(sent(&commands)[0].1, "release");
}

#[test]
fn without_a_bridge_an_operation_says_what_is_missing() {
    let mut link = started();
    let commands = identify(&mut link, "me");
    assert_eq!(
        answers(commands),
        [("me", Some(CardError::BridgeNotRunning))]
    );
    permitted(&mut link, Permission::Denied);
    let commands = identify(&mut link, "me");
    assert_eq!(
        answers(commands),
        [("me", Some(CardError::BlockedByBrowser))]
    );
}

#[test]
fn a_pulled_card_is_seen_as_an_event() {
    let mut link = up();
    let text = String::from(
        r#"{"jsonrpc":"2.0","method":"readers","params":{"service":true,"readers":[]}}"#,
    );
    link.on(Event::Message {
        socket: link.socket,
        text,
    });
    assert_eq!(link.shown.status, DeviceStatus::NoReader);
}

#[test]
fn what_an_old_socket_says_is_ignored() {
    let mut link = up();
    let old = link.socket - 1;
    assert!(
        link.on(Event::Closed {
            socket: old,
            code: 1006
        })
        .is_empty()
    );
    assert_eq!(link.shown.status, DeviceStatus::Ready);
}
