//! A card that says anything at all: the exchange ends within its limits.
#![no_main]

use card_protocol::{Command, Exchange, Limits, Step};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut answers = bytes.split(|byte| *byte == 0xFF);
    let data = vec![0; answers.next().map_or(0, |first| first.len() * 16)];
    let links = data.len().div_ceil(255).max(1);
    let limits = Limits { response_bytes: 1024, rounds: 16 };
    let command = Command::new(0x00, 0xCB, 0x3F, 0xFF).with_data(data).expecting_all();
    let mut exchange = Exchange::new(command, limits);
    for _ in 0..links + 16 {
        let Step::Send(apdu) = exchange.step() else { return };
        Command::parse(&apdu).expect("what we send is a command");
        if exchange.receive(answers.next().unwrap_or(&[0x61, 0x01])).is_err() {
            return;
        }
    }
    assert!(matches!(exchange.step(), Step::Done(_)), "the rounds are over");
});
