//! Commands that a program may hold: what is recognised is what is built.
#![no_main]

use card_protocol::{Command, piv};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(command) = Command::parse(bytes) else { return };
    if let Some((object, contents)) = piv::parse_put_data(&command) {
        assert_eq!(piv::put_data(object, contents), command);
    }
    if piv::is_witness_answer(&command) {
        assert_eq!(command.p2(), piv::MANAGEMENT_KEY);
    }
});
