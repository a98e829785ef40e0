//! The server's grant: got before anything else, renewed in time, refused.

use super::*;

fn refused(link: &mut Link, id: u64, reason: &str) -> Vec<Command<&'static str>> {
    let data = format!(r#"{{"code":"not_granted","reason":"{reason}"}}"#);
    link.on(Event::Message {
        socket: link.socket,
        text: format!(
            r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32000,"message":"","data":{data}}}}}"#
        ),
    })
}

fn woken_after(commands: &[Command<&'static str>]) -> Option<u32> {
    commands.iter().find_map(|command| match command {
        Command::Wake { after_ms, .. } => Some(*after_ms),
        _ => None,
    })
}

fn hello(link: &mut Link) -> Vec<Command<&'static str>> {
    let hello = only(&opened(link), "hello");
    let welcome = welcome(link);
    result(link, hello, &welcome)
}

#[test]
fn a_grant_is_renewed_in_time_on_the_same_connection() {
    let mut link = started();
    granted(&mut link);
    let commands = hello(&mut link);
    let commands = get_granted(&mut link, &commands);
    let watch = only(&commands, "watch");
    let commands = result(&mut link, watch, ONE_CARD);
    assert_eq!(woken_after(&commands), Some(150_000));
    for _ in 0..3 {
        let socket = link.socket;
        let commands = woken(&mut link);
        let commands = get_granted(&mut link, &commands);
        assert_eq!(woken_after(&commands), Some(150_000));
        assert_eq!(link.socket, socket);
        assert_eq!(link.shown.status, DeviceStatus::Ready);
    }
}

#[test]
fn a_renewal_that_fails_is_tried_again_while_the_grant_lives() {
    let mut link = up();
    let commands = woken(&mut link);
    let request = only(&commands, "request_grant");
    result(&mut link, request, r#"{"nonce":"n"}"#);
    let commands = link.on(Event::Granted {
        socket: link.socket,
        grant: None,
    });
    assert!(woken_after(&commands).is_some_and(|after| after <= 15_000));
    assert_eq!(link.shown.status, DeviceStatus::Ready);
    let commands = woken(&mut link);
    get_granted(&mut link, &commands);
    assert_eq!(link.shown.status, DeviceStatus::Ready);
    // The bridge ends what was not renewed, and the page begins anew.
    closed(&mut link, 4401);
    assert_eq!(link.shown.status, DeviceStatus::Connecting);
}

#[test]
fn another_session_begins_anew() {
    let mut link = up();
    let commands = woken(&mut link);
    let present = get_grant(&mut link, &commands);
    refused(&mut link, present, "session");
    assert_eq!(link.shown.status, DeviceStatus::Connecting);
    granted(&mut link);
    greet(&mut link);
}

#[test]
fn without_a_grant_it_is_said_why() {
    let mut link = started();
    granted(&mut link);
    let commands = hello(&mut link);
    let request = only(&commands, "request_grant");
    result(&mut link, request, r#"{"nonce":"n"}"#);
    link.on(Event::Granted {
        socket: link.socket,
        grant: None,
    });
    for _ in 1..PORTS.len() {
        closed(&mut link, 1006);
    }
    assert_eq!(link.shown.status, DeviceStatus::NoGrant);

    // It comes by itself as soon as the server answers.
    woken(&mut link);
    granted(&mut link);
    let commands = hello(&mut link);
    let present = get_grant(&mut link, &commands);
    refused(&mut link, present, "signature");
    for _ in 1..PORTS.len() {
        closed(&mut link, 1006);
    }
    assert_eq!(link.shown.status, DeviceStatus::GrantRefused);
}

#[test]
fn a_grant_for_a_socket_that_is_gone_is_not_sent() {
    let mut link = started();
    granted(&mut link);
    let commands = hello(&mut link);
    let request = only(&commands, "request_grant");
    result(&mut link, request, r#"{"nonce":"n"}"#);
    let old = link.socket;
    closed(&mut link, 1006);
    let commands = link.on(Event::Granted {
        socket: old,
        grant: Some(SignedGrant::new(String::from("{}"), String::from("AAAA"))),
    });
    assert!(sent(&commands).is_empty());
}
