//! What is sealed to the bridge: a byte for the kind, then the JSON of the steps.
#![no_main]

use card_bridge::program::Purpose;
use card_bridge_fuzz::{NOW, ORIGIN, checked, exchange_key, is_of_pages, run_on_card};
use card_protocol::{
    program::{Program, ProgramKind, Steps, VERSION, sealed_context},
    sealing::seal,
};
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, text)) = bytes.split_first() else { return };
    let kind = ProgramKind::ALL[usize::from(*choice) % ProgramKind::ALL.len()];
    let key = exchange_key();
    let random = Zeroizing::new([3; 32]);
    let context = sealed_context(kind, "operation", 0);
    let sealed = seal(key.public(), text, &context, &random).expect("a key to seal to");
    let program = Program {
        version: VERSION,
        kind,
        origin: ORIGIN.to_owned(),
        operation: "operation".to_owned(),
        sequence: 0,
        chip: None,
        expires_at: NOW,
        steps: Steps::Sealed(sealed),
    };
    let body = serde_json::to_string(&program).expect("it has a JSON form");
    let checked = checked(&body, Purpose::Page);
    assert_eq!(checked.is_ok(), is_of_pages(kind));
    let Ok(checked) = checked else { return };
    run_on_card(&checked, Some(key));
    assert_eq!(run_on_card(&checked, None), 0, "there is no key");
});
