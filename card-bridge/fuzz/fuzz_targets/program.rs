//! The body of a signed program: what passes the check runs, and what runs is
//! harmless.
#![no_main]

use card_bridge::program::Purpose;
use card_bridge_fuzz::{checked, run_on_card};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    if let Ok(program) = checked(body, Purpose::Page) {
        run_on_card(&program, None);
        assert!(checked(body, Purpose::Enroll).is_err(), "a page's is no enrolment's");
    } else {
        // Nothing is run: its card would have to be a blank one.
        let _ = checked(body, Purpose::Enroll);
    }
});
