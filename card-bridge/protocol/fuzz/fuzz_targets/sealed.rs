//! What is sealed: garbage does not open, and a seal opens as what it was.
#![no_main]

use card_protocol::{
    program::Sealed,
    sealing::{ExchangeKey, seal},
};
use libfuzzer_sys::fuzz_target;
use zeroize::Zeroizing;

fuzz_target!(|bytes: &[u8]| {
    let key = ExchangeKey::from_random(&Zeroizing::new([9; 32]));
    if let Ok(sealed) = serde_json::from_slice::<Sealed>(bytes) {
        assert!(key.open(&sealed, b"context").is_err(), "nobody here sealed it");
    }
    let random = Zeroizing::new([3; 32]);
    let sealed = seal(key.public(), bytes, b"context", &random).expect("a key to seal to");
    let opened = key.open(&sealed, b"context").expect("it was sealed to it");
    assert_eq!(opened.as_slice(), bytes);
    assert!(key.open(&sealed, b"another").is_err());
});
