//! A card that attests says so of the keys that it made, and of no others.

use p256::{
    ecdsa::{DerSignature, VerifyingKey, signature::Verifier as _},
    pkcs8::DecodePublicKey as _,
};
use virtual_card::{VirtualCard, attestation::Maker};
use x509_cert::{
    Certificate,
    der::{Decode as _, DecodePem as _, Encode as _},
};

use crate::support::{Card, SUCCESS};

const NOT_THERE: u16 = 0x6A88;
const F9_OBJECT: [u8; 3] = [0x5F, 0xFF, 0x01];

/// The key of a certificate.
fn key(of: &Certificate) -> VerifyingKey {
    let info = of.tbs_certificate().subject_public_key_info().to_der();
    VerifyingKey::from_public_key_der(&info.unwrap()).unwrap()
}

fn is_issued_by(own: &Certificate, issuer: &Certificate) -> bool {
    let signature = DerSignature::from_bytes(own.signature().raw_bytes()).unwrap();
    let message = own.tbs_certificate().to_der().unwrap();
    own.tbs_certificate().issuer() == issuer.tbs_certificate().subject()
        && key(issuer).verify(&message, &signature).is_ok()
}

fn attesting() -> (Card, Certificate) {
    let maker = Maker::new("Virtual PIV Root CA").unwrap();
    let again = Maker::from_pem(&maker.to_pem().unwrap()).unwrap();
    let root = Certificate::from_pem(again.certificate_pem().unwrap()).unwrap();
    let card = Card::of(|file| VirtualCard::create_attesting(file, &again).unwrap());
    (card, root)
}

fn attest(card: &Card, slot: u8) -> (Vec<u8>, u16) {
    card.send(&[0x00, 0xF9, slot, 0x00], &[])
}

#[test]
fn it_attests_what_it_made_with_a_key_of_its_maker() {
    let (card, root) = attesting();
    let (object, status) = card.get_data(&F9_OBJECT);
    assert_eq!(status, SUCCESS);
    // 53 82 LLLL 70 82 LLLL, certificate, 71 01 00 FE 00.
    let der = &object[8..object.len() - 5];
    let device = Certificate::from_der(der).unwrap();
    assert!(is_issued_by(&device, &root));

    // The key that it came with was not made by GENERATE.
    for slot in [0x9A, 0x9E, 0xF9] {
        assert_eq!(attest(&card, slot).1, NOT_THERE, "{slot:02x}");
    }
    card.administer();
    for slot in [0x9A, 0x9E] {
        let point = card.generate(slot).unwrap();
        let (statement, status) = attest(&card, slot);
        assert_eq!(status, SUCCESS);
        let statement = Certificate::from_der(&statement).unwrap();
        assert!(is_issued_by(&statement, &device));
        let attested = key(&statement).to_sec1_point(false);
        assert_eq!(attested.as_bytes(), point);
        let subject = statement.tbs_certificate().subject().to_string();
        assert_eq!(subject, format!("CN=YubiKey PIV Attestation {slot:02x}"));
    }
    // It knows what it made in its next life, too.
    let before = key(&Certificate::from_der(&attest(&card, 0x9A).0).unwrap());
    let card = card.reopen();
    let after = key(&Certificate::from_der(&attest(&card, 0x9A).0).unwrap());
    assert_eq!(after, before);
}

#[test]
fn a_card_without_it_lacks_command_and_object() {
    let card = Card::new();
    assert_eq!(attest(&card, 0x9A).1, 0x6A81);
    assert_eq!(card.get_data(&F9_OBJECT).1, 0x6A80);
}
