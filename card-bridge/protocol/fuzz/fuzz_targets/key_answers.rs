//! Answers to SELECT, GENERATE and GET METADATA.
#![no_main]

use card_protocol::piv::{self, Algorithm};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = piv::parse_application(bytes);
    let _ = piv::parse_metadata(bytes);
    for algorithm in Algorithm::ALL {
        let _ = piv::parse_public_key(algorithm, bytes);
    }
});
