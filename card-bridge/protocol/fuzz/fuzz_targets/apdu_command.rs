//! Command APDUs: what parses is written and read again, as itself.
#![no_main]

use card_protocol::Command;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(command) = Command::parse(bytes) {
        let written = command.encode().expect("it came out of one APDU");
        assert_eq!(Command::parse(&written).as_ref(), Ok(&command));
    }
});
