//! The line to vpcd, with the test as vpcd. The real one is in `judges`.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use virtual_card::{
    ATR, VirtualCard,
    vpcd::{self, Inserted, VpcdError},
};

use crate::support::Card;

const LONG: Duration = Duration::from_secs(20);
const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0, 0, 3, 8];

fn inserted() -> (Inserted, TcpStream, tempfile::TempDir) {
    let Card { card, folder } = Card::new();
    let reader = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let inserted = vpcd::insert(card, reader.local_addr().unwrap()).unwrap();
    (inserted, reader.accept().unwrap().0, folder)
}

fn say(reader: &mut TcpStream, message: &[u8]) {
    reader
        .write_all(&u16::try_from(message.len()).unwrap().to_be_bytes())
        .unwrap();
    reader.write_all(message).unwrap();
}

fn ask(reader: &mut TcpStream, message: &[u8]) -> Vec<u8> {
    say(reader, message);
    let mut length = [0; 2];
    reader.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    reader.read_exact(&mut answer).unwrap();
    answer
}

#[test]
fn a_reader_powers_and_uses_the_card() {
    let (inserted, mut reader, folder) = inserted();
    assert_eq!(ask(&mut reader, &[4]), ATR);
    say(&mut reader, &[1]);
    assert_eq!(ask(&mut reader, &[4]), ATR);
    inserted.wait_until_powered(LONG).unwrap();
    assert!(ask(&mut reader, SELECT).ends_with(&[0x90, 0x00]));
    say(&mut reader, &[2]);
    assert_eq!(
        ask(&mut reader, &[0, 0x20, 0, 0x80]),
        [0x6D, 0x00],
        "reset deselects"
    );
    say(&mut reader, &[0]);
    assert_eq!(
        ask(&mut reader, SELECT),
        [0x6F, 0x00],
        "no power, no answer"
    );

    let card = inserted.pull().unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "the reader sees it go");
    assert!(
        card.transmit(SELECT).is_err(),
        "out of the reader it has no power"
    );
    drop(card);
    VirtualCard::open(folder.path().join("card")).unwrap();
}

#[test]
fn a_watcher_sees_every_apdu_and_its_answer() {
    let Card {
        card,
        folder: _kept,
    } = Card::new();
    let reader = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (tell, seen) = std::sync::mpsc::channel();
    let inserted = vpcd::insert_watched(
        card,
        reader.local_addr().unwrap(),
        move |command, answer, _took| tell.send((command.to_vec(), answer.to_vec())).unwrap(),
    );
    let mut reader = reader.accept().unwrap().0;
    say(&mut reader, &[1]);
    let answer = ask(&mut reader, SELECT);
    drop(inserted.unwrap().pull().unwrap());
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        [(SELECT.to_vec(), answer)]
    );
}

#[test]
fn the_end_of_the_reader_gives_the_card_back() {
    let (inserted, reader, _folder) = inserted();
    drop(reader);
    inserted.wait().unwrap().power_on().unwrap();
}

#[test]
fn a_puller_works_from_another_thread() {
    let (inserted, _reader, _folder) = inserted();
    let puller = inserted.puller();
    std::thread::spawn(move || puller.pull());
    inserted.wait().unwrap();
}

#[test]
fn a_reader_that_takes_no_card_is_told() {
    let (inserted, _reader, _folder) = inserted();
    let result = inserted.wait_until_powered(Duration::from_millis(1));
    assert!(matches!(result, Err(VpcdError::NotTaken(_))));
}

#[test]
fn a_card_that_is_asked_for_nothing_is_inserted_once_more() {
    let reader = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let inserted = vpcd::insert(Card::new().card, reader.local_addr().unwrap()).unwrap();
    let mut stuck = reader.accept().unwrap().0;
    let mut free = reader.accept().unwrap().0;
    assert_eq!(stuck.read(&mut [0]).unwrap(), 0, "it left first");
    say(&mut free, &[1]);
    assert_eq!(ask(&mut free, &[4]), ATR);
    inserted.wait_until_powered(LONG).unwrap();
    inserted.pull().unwrap();
    assert_eq!(free.read(&mut [0]).unwrap(), 0, "the reader sees it go");
}

#[test]
fn no_reader_and_a_strange_reader_are_errors() {
    let (inserted, mut reader, _folder) = inserted();
    say(&mut reader, &[9]);
    let result = inserted.wait();
    assert!(matches!(
        result,
        Err(VpcdError::Protocol {
            length: 1,
            first: Some(9)
        })
    ));

    let port = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let result = vpcd::insert(Card::new().card, port);
    assert!(matches!(result, Err(VpcdError::NoReader(_))));
}
