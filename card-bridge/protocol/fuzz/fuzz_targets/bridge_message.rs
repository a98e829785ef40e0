//! JSON of the bridge's requests and of signed programs.
#![no_main]

use card_protocol::{CardError, bridge::Request, program::Program};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = serde_json::from_slice::<Request>(bytes) {
        let written = serde_json::to_string(&request).expect("it came out of JSON");
        serde_json::from_str::<Request>(&written).expect("it is read again");
    }
    let _ = serde_json::from_slice::<Program>(bytes);
    let _ = serde_json::from_slice::<CardError>(bytes);
});
