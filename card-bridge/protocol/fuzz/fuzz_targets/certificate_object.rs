//! The contents of a certificate's data object, alone and in the answer to GET DATA;
//! and the certificate itself.
#![no_main]

use card_protocol::{
    piv::{self, DataObject},
    x509,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = x509::parts(bytes);
    let _ = piv::parse_data(DataObject::AuthenticationCertificate, bytes)
        .and_then(piv::parse_certificate_object);
    if let Ok(der) = piv::parse_certificate_object(bytes) {
        let contents = piv::build_certificate_object(der);
        assert_eq!(piv::parse_certificate_object(&contents), Ok(der));
    }
});
