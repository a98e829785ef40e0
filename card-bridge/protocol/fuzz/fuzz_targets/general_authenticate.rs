//! Answers to GENERAL AUTHENTICATE: signatures, witnesses, challenges, proofs.
#![no_main]

use card_protocol::piv::{self, Algorithm, ManagementKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = piv::parse_signature(bytes);
    for algorithm in Algorithm::ALL {
        let _ = piv::parse_witness(algorithm, bytes);
        let _ = piv::parse_challenge(algorithm, bytes);
        if let Ok(signature) = piv::parse_ecdsa_signature(algorithm, bytes) {
            let der = piv::parse_signature(bytes).expect("it has been read");
            assert_eq!(signature.to_der(), der);
        }
    }
    let key = ManagementKey::Aes256([7; 32]);
    assert!(piv::check_answer(&key, &[1; 16], bytes).is_err(), "nobody here knows the key");
});
