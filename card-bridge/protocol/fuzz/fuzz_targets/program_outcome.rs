//! What a bridge, or who pretends to be one, reports of a program.
#![no_main]

use card_protocol::{hex, piv, program::ProgramOutcome};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(outcome) = serde_json::from_slice::<ProgramOutcome>(bytes) else { return };
    let written = serde_json::to_vec(&outcome).expect("it came out of JSON");
    assert_eq!(serde_json::from_slice::<ProgramOutcome>(&written).ok().as_ref(), Some(&outcome));
    let _ = outcome.exchange_key.as_deref().and_then(hex::decode_array::<32>);
    for step in &outcome.steps {
        let Some(data) = hex::decode(&step.data) else { continue };
        let _ = piv::parse_ecdsa_signature(piv::Algorithm::P256, &data);
        let _ = piv::parse_metadata(&data);
    }
});
