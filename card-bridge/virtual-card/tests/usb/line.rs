//! The key behind USB/IP, with the test as the kernel (Linux,
//! `Documentation/usb/usbip_protocol.rst`). The real kernel is in `end2end/usb/`.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use tempfile::TempDir;
use virtual_card::{
    VirtualCard,
    usb::{
        Options,
        ip::{Server, Way, serve},
    },
};

use crate::support::{POWER_ON, SELECT, STATUS, XFR_BLOCK, message, parse};

const STALL: i32 = -32;
const BABBLE: i32 = -75;
const UNLINKED: i32 = -104;

struct Line {
    server: Server,
    _folder: TempDir,
}

impl Line {
    fn of(options: Options, way: Way, is_inserted: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let card = VirtualCard::create(folder.path().join("card")).unwrap();
        Self {
            server: serve(card, options, way, is_inserted).unwrap(),
            _folder: folder,
        }
    }

    fn new() -> Self {
        Self::of(Options::default(), Way::Listen(0), true)
    }

    fn connect(&self) -> Host {
        Host::of(TcpStream::connect(self.server.address().unwrap()).unwrap())
    }

    /// A connection that has the configured device.
    fn attached(&self) -> Host {
        let mut host = self.connect();
        host.import("1-1");
        assert_eq!(host.imported()[4..8], [0; 4]);
        host.configure();
        host
    }
}

/// What `vhci-hcd` does.
struct Host {
    stream: TcpStream,
    seq: u32,
}

impl Host {
    fn of(stream: TcpStream) -> Self {
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self { stream, seq: 0 }
    }

    fn import(&mut self, bus_id: &str) {
        let mut request = vec![0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0];
        request.extend(bus_id.as_bytes());
        request.resize(40, 0);
        self.stream.write_all(&request).unwrap();
    }

    fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    fn imported(&mut self) -> [u8; 320] {
        self.read()
    }

    /// `USBIP_CMD_SUBMIT`; its sequence number.
    fn submit(
        &mut self,
        is_in: bool,
        endpoint: u32,
        room: usize,
        setup: [u8; 8],
        data: &[u8],
    ) -> u32 {
        self.seq += 1;
        let length = u32::try_from(room.max(data.len())).unwrap();
        let mut urb = Vec::new();
        for word in [
            1,
            self.seq,
            0x0001_0001,
            u32::from(is_in),
            endpoint,
            0,
            length,
            0,
            0,
            0,
        ] {
            urb.extend(u32::to_be_bytes(word));
        }
        urb.extend(setup);
        urb.extend(data);
        // In two pieces, as a network may do it.
        let (one, two) = urb.split_at(17);
        self.stream.write_all(one).unwrap();
        self.stream.write_all(two).unwrap();
        self.seq
    }

    fn unlink(&mut self, victim: u32) -> u32 {
        self.seq += 1;
        let mut urb = Vec::new();
        for word in [2, self.seq, 0x0001_0001, 0, 0, victim] {
            urb.extend(u32::to_be_bytes(word));
        }
        urb.resize(48, 0);
        self.stream.write_all(&urb).unwrap();
        self.seq
    }

    /// `USBIP_RET_SUBMIT` of a transfer: sequence number, status, data of one in.
    fn returned(&mut self, is_in: bool) -> (u32, i32, Vec<u8>) {
        let head: [u8; 48] = self.read();
        let word = |place: usize| u32::from_be_bytes(head[place..place + 4].try_into().unwrap());
        assert_eq!(word(0), 3);
        assert_eq!(head[8..20], [0; 12]);
        let length = if is_in {
            usize::try_from(word(24)).unwrap()
        } else {
            0
        };
        let mut data = vec![0; length];
        self.stream.read_exact(&mut data).unwrap();
        (word(4), word(20).cast_signed(), data)
    }

    fn unlinked(&mut self) -> (u32, i32) {
        let head: [u8; 48] = self.read();
        let word = |place: usize| u32::from_be_bytes(head[place..place + 4].try_into().unwrap());
        assert_eq!(word(0), 4);
        (word(4), word(20).cast_signed())
    }

    fn configure(&mut self) {
        let seq = self.submit(false, 0, 0, [0, 9, 1, 0, 0, 0, 0, 0], &[]);
        assert_eq!(self.returned(false), (seq, 0, vec![]));
    }

    fn say(&mut self, kind: u8, data: &[u8]) {
        let seq = self.submit(false, 1, 0, [0; 8], &message(kind, 1, [0; 3], data));
        assert_eq!(self.returned(false), (seq, 0, vec![]));
    }

    fn hear(&mut self) -> Vec<u8> {
        let seq = self.submit(true, 2, 4096, [0; 8], &[]);
        let (of, status, data) = self.returned(true);
        assert_eq!((of, status), (seq, 0));
        data
    }

    fn ends_here(mut self) -> bool {
        let mut rest = Vec::new();
        // A reset is an end, too.
        self.stream.read_to_end(&mut rest).is_err() || rest.len() < 48
    }
}

#[test]
fn the_list_names_the_key_while_it_is_plugged_in() {
    let line = Line::new();
    let list = |line: &Line| {
        let mut host = line.connect();
        host.stream
            .write_all(&[0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0])
            .unwrap();
        let mut list = Vec::new();
        host.stream.read_to_end(&mut list).unwrap();
        list
    };
    let full = list(&line);
    assert_eq!(full[..12], [0x01, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(full.len(), 12 + 312 + 4);
    assert_eq!(full[12 + 256..12 + 260], *b"1-1\0");
    // Vendor and product, then the interface's class.
    assert_eq!(full[12 + 300..12 + 304], [0x12, 0x09, 0x00, 0x01]);
    assert_eq!(full[324..], [0xFF, 0, 0, 0]);
    line.server.handle().pull();
    assert_eq!(list(&line)[8..], [0, 0, 0, 0]);
}

#[test]
fn another_device_is_not_given() {
    let line = Line::new();
    let mut host = line.connect();
    host.import("1-2");
    assert_eq!(host.read(), [0x01, 0x11, 0, 3, 0, 0, 0, 1]);
    let mut host = line.connect();
    host.stream
        .write_all(&[0x01, 0x11, 0x80, 0x04, 0, 0, 0, 0])
        .unwrap();
    assert!(host.ends_here());
}

#[test]
fn control_and_bulk_transfers_reach_the_card() {
    let line = Line::new();
    let mut host = line.attached();
    let seq = host.submit(true, 0, 18, [0x80, 6, 0, 1, 0, 0, 18, 0], &[]);
    let (of, status, descriptor) = host.returned(true);
    assert_eq!((of, status, descriptor.len()), (seq, 0, 18));
    let seq = host.submit(true, 0, 8, [0x80, 6, 0, 9, 0, 0, 8, 0], &[]);
    assert_eq!(host.returned(true), (seq, STALL, vec![]));
    let seq = host.submit(true, 4, 8, [0; 8], &[]);
    assert_eq!(host.returned(true), (seq, STALL, vec![]));
    host.say(POWER_ON, &[]);
    assert_eq!(parse(&host.hear()).data, virtual_card::ATR);
    host.say(XFR_BLOCK, SELECT);
    assert!(host.hear().ends_with(&[0x90, 0x00]));
    let notice = host.submit(true, 3, 8, [0; 8], &[]);
    assert_eq!(host.returned(true), (notice, 0, vec![0x50, 0x03]));
}

#[test]
fn a_transfer_in_is_held_until_there_is_something_to_say() {
    let line = Line::new();
    let mut host = line.attached();
    let held = host.submit(true, 2, 64, [0; 8], &[]);
    let later = host.submit(true, 2, 64, [0; 8], &[]);
    let asked = host.submit(false, 1, 0, [0; 8], &message(STATUS, 1, [0; 3], &[]));
    assert_eq!(host.returned(false), (asked, 0, vec![]));
    let (of, status, data) = host.returned(true);
    assert_eq!((of, status, data.len()), (held, 0, 10));
    // The other is unlinked; one that was answered can't be.
    let unlink = host.unlink(later);
    assert_eq!(host.unlinked(), (unlink, UNLINKED));
    let unlink = host.unlink(held);
    assert_eq!(host.unlinked(), (unlink, 0));
    host.say(STATUS, &[]);
    assert_eq!(host.hear().len(), 10);
}

#[test]
fn a_long_message_fills_several_transfers() {
    let line = Line::new();
    let mut host = line.attached();
    host.say(POWER_ON, &[]);
    host.hear();
    host.say(XFR_BLOCK, SELECT);
    let first = host.submit(true, 2, 64, [0; 8], &[]);
    let (of, status, mut data) = host.returned(true);
    assert_eq!((of, status, data.len()), (first, 0, 64));
    data.extend(host.hear());
    assert!(parse(&data).data.ends_with(&[0x90, 0x00]));
    // Room for no whole packet.
    host.say(XFR_BLOCK, SELECT);
    let small = host.submit(true, 2, 20, [0; 8], &[]);
    let (of, status, _) = host.returned(true);
    assert_eq!((of, status), (small, BABBLE));
}

#[test]
fn whoever_asks_early_gets_the_key_when_it_is_plugged_in() {
    let line = Line::of(Options::default(), Way::Listen(0), false);
    let key = line.server.handle();
    assert_eq!(key.state(), (false, false));
    let mut host = line.connect();
    host.import("1-1");
    key.insert();
    assert_eq!(host.imported()[4..8], [0; 4]);
    assert_eq!(key.state(), (true, true));
    // One has it; pulled, nobody does, and plugged in again, the next one.
    let mut next = line.connect();
    next.import("1-1");
    key.pull();
    assert_eq!(key.state(), (false, false));
    assert!(host.ends_here());
    key.insert();
    next.imported();
    next.configure();
    next.say(STATUS, &[]);
    assert_eq!(next.hear()[7], 1, "without power");
}

#[test]
fn a_key_that_dials_comes_whenever_it_is_plugged_in() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let way = Way::Dial(listener.local_addr().unwrap());
    let line = Line::of(Options::default(), way, true);
    assert_eq!(line.server.address(), None);
    for _ in 0..2 {
        let mut host = Host::of(listener.accept().unwrap().0);
        host.import("1-1");
        host.imported();
        host.configure();
        line.server.handle().pull();
        assert!(host.ends_here());
        line.server.handle().insert();
    }
}

#[test]
fn pulled_amid_an_answer_it_says_half_of_it() {
    let line = Line::new();
    let mut host = line.attached();
    host.submit(true, 2, 64, [0; 8], &[]);
    line.server.handle().pull_amid();
    let mut rest = Vec::new();
    let _ = host.stream.read_to_end(&mut rest);
    assert!((1..48).contains(&rest.len()), "{}", rest.len());
}

#[test]
fn pulled_after_a_command_it_does_not_answer_it() {
    let line = Line::new();
    let mut host = line.attached();
    host.say(POWER_ON, &[]);
    host.hear();
    line.server.handle().pull_after(2);
    host.say(XFR_BLOCK, SELECT);
    host.hear();
    host.say(XFR_BLOCK, SELECT);
    assert!(host.ends_here());
    assert!(!line.server.handle().state().0);
}

#[test]
fn a_slow_card_asks_for_time_while_it_works() {
    let options = Options {
        slow: Duration::from_millis(400),
        patience: Duration::from_millis(150),
        ..Options::default()
    };
    let line = Line::of(options, Way::Listen(0), true);
    let mut host = line.attached();
    host.say(POWER_ON, &[]);
    while parse(&host.hear()).status & 0x80 != 0 {}
    host.say(XFR_BLOCK, SELECT);
    let mut waits = 0;
    while parse(&host.hear()).status & 0x80 != 0 {
        waits += 1;
    }
    assert!((1..=2).contains(&waits), "{waits}");
}

#[test]
fn what_is_not_usb_ip_ends_the_line() {
    let line = Line::new();
    let mut host = line.attached();
    host.stream.write_all(&[0xFF; 48]).unwrap();
    assert!(host.ends_here());
    // The key is there for the next one.
    line.attached();
}
