//! Response APDUs: a response is its bytes.
#![no_main]

use card_protocol::Response;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(response) = Response::parse(bytes) {
        assert_eq!(response.encode(), bytes);
        let _ = response.status().to_string();
    }
});
