//! The CHUID: what parses is written and read again, as itself.
#![no_main]

use card_protocol::piv::Chuid;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(chuid) = Chuid::parse(bytes) {
        assert_eq!(Chuid::parse(&chuid.to_bytes()), Ok(chuid));
    }
});
