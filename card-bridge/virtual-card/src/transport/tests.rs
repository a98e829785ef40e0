//! Chaining and GET RESPONSE against a card that answers what it was told.

use super::*;

fn echo(command: &Command) -> Response {
    Response::success(command.data.clone())
}

fn answer(length: usize) -> impl Fn(&Command) -> Response {
    move |_| Response::success(vec![0xAB; length])
}

fn never(_: &Command) -> Response {
    panic!("the command must not run")
}

#[test]
fn a_chain_runs_once_with_all_its_data() {
    let mut transport = Transport::default();
    assert_eq!(
        transport.exchange(&[0x10, 0xDB, 0x3F, 0xFF, 2, 1, 2], never),
        [0x90, 0x00]
    );
    assert_eq!(
        transport.exchange(&[0x10, 0xDB, 0x3F, 0xFF, 1, 3], never),
        [0x90, 0x00]
    );
    assert_eq!(
        transport.exchange(&[0x00, 0xDB, 0x3F, 0xFF, 1, 4, 0], echo),
        [1, 2, 3, 4, 0x90, 0x00]
    );
    assert_eq!(
        transport.exchange(&[0x00, 0xDB, 0x3F, 0xFF, 1, 5, 0], echo),
        [5, 0x90, 0x00]
    );
}

#[test]
fn another_command_ends_an_unfinished_chain() {
    let mut transport = Transport::default();
    transport.exchange(&[0x10, 0xDB, 0x3F, 0xFF, 2, 1, 2], never);
    assert_eq!(
        transport.exchange(&[0x00, 0x20, 0x00, 0x80, 1, 9, 0], echo),
        [9, 0x90, 0x00]
    );
}

#[test]
fn a_chain_that_never_ends_is_refused() {
    let mut transport = Transport::default();
    let part = [&[0x10, 0xDB, 0x3F, 0xFF, 0xFF], &[0; 255][..]].concat();
    let refused = (0..100).find(|_| transport.exchange(&part, never) == [0x6A, 0x84]);
    assert_eq!(refused, Some(MAX_CHAINED / 255));
}

#[test]
fn long_answers_come_in_pieces() {
    let mut transport = Transport::default();
    let first = transport.exchange(&[0x00, 0xCB, 0x3F, 0xFF, 0], answer(600));
    assert_eq!((first.len(), &first[256..]), (258, &[0x61, 0x00][..]));
    let second = transport.exchange(&[0x00, 0xC0, 0, 0, 0], never);
    assert_eq!((second.len(), &second[256..]), (258, &[0x61, 88][..]));
    let third = transport.exchange(&[0x00, 0xC0, 0, 0, 88], never);
    assert_eq!((third.len(), &third[88..]), (90, &[0x90, 0x00][..]));
    assert_eq!(
        transport.exchange(&[0x00, 0xC0, 0, 0, 0], never),
        [0x69, 0x85]
    );
}

#[test]
fn an_extended_length_gets_the_answer_at_once() {
    let mut transport = Transport::default();
    let all = transport.exchange(&[0x00, 0xCB, 0x3F, 0xFF, 0, 0, 0], answer(600));
    assert_eq!(all.len(), 602);
}

#[test]
fn a_new_command_drops_what_was_left() {
    let mut transport = Transport::default();
    transport.exchange(&[0x00, 0xCB, 0x3F, 0xFF, 0], answer(600));
    transport.exchange(&[0x00, 0x20, 0x00, 0x80], answer(0));
    assert_eq!(
        transport.exchange(&[0x00, 0xC0, 0, 0, 0], never),
        [0x69, 0x85]
    );
}

#[test]
fn malformed_apdus_are_refused() {
    let mut transport = Transport::default();
    assert_eq!(transport.exchange(&[], never), [0x67, 0x00]);
    assert_eq!(transport.exchange(&[0x00, 0xCB, 0x3F], never), [0x67, 0x00]);
    assert_eq!(
        transport.exchange(&[0x00, 0xCB, 0x3F, 0xFF, 9, 1], never),
        [0x67, 0x00]
    );
    assert_eq!(
        transport.exchange(&[0xFF, 0xCB, 0x3F, 0xFF], never),
        [0x68, 0x00]
    );
}
