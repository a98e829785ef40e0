//! Attestations that OpenSSL made (`samples/make.sh`), of the kinds that cards have,
//! and what is wrong with them changed one by one.

use x509_cert::{Certificate, der::Encode as _};

use super::*;

/// A maker's root, and a card of it.
struct Sample {
    root: &'static str,
    device: &'static str,
    not_a_ca: &'static str,
    login: &'static str,
    no_pin: &'static str,
    signature_slot: &'static str,
    card: &'static str,
}

macro_rules! sample {
    ($kind:literal) => {
        Sample {
            root: include_str!(concat!("samples/", $kind, ".root.pem")),
            device: include_str!(concat!("samples/", $kind, ".f9.pem")),
            not_a_ca: include_str!(concat!("samples/", $kind, ".f9-no-ca.pem")),
            login: include_str!(concat!("samples/", $kind, ".9a.pem")),
            no_pin: include_str!(concat!("samples/", $kind, ".9a-no-pin.pem")),
            signature_slot: include_str!(concat!("samples/", $kind, ".9c.pem")),
            card: include_str!(concat!("samples/", $kind, ".9e.pem")),
        }
    };
}

const RSA: Sample = sample!("rsa");
const P384: Sample = sample!("p384");

fn der(pem: &str) -> Vec<u8> {
    let chain = Certificate::load_pem_chain(pem.as_bytes()).unwrap();
    chain[0].to_der().unwrap()
}

fn key(pem: &str) -> [u8; 65] {
    let parsed = ParsedCertificate::from_der(&der(pem)).unwrap();
    parsed.p256_point().unwrap().try_into().unwrap()
}

fn roots(pems: &[&str]) -> AttestationRoots {
    let found = pems.iter().flat_map(|pem| issuers(pem.as_bytes()).unwrap());
    AttestationRoots(found.collect())
}

fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

/// What the roots say of these certificates, for the keys of `of`.
fn check(
    roots: &AttestationRoots,
    (certificate, login, card): (&str, &str, &str),
    of: &Sample,
) -> Result<[u8; 32], AttestationError> {
    check_at(roots, (certificate, login, card), of, now())
}

fn check_at(
    roots: &AttestationRoots,
    (certificate, login, card): (&str, &str, &str),
    of: &Sample,
    now: Timestamp,
) -> Result<[u8; 32], AttestationError> {
    let whole = [certificate, login, card].map(der);
    check_whole(roots, [&whole[0], &whole[1], &whole[2]], of, now)
}

/// The same of their bytes.
fn check_whole(
    roots: &AttestationRoots,
    [certificate, login, card]: [&[u8]; 3],
    of: &Sample,
    now: Timestamp,
) -> Result<[u8; 32], AttestationError> {
    let device = roots.device(certificate, now)?;
    device.attests_login_key(login, &key(of.login), now)?;
    device.attests_card_key(card, &key(of.card), now)?;
    Ok(device.sha256())
}

#[test]
fn what_a_card_attests_counts_whatever_its_maker_signs_with() {
    for sample in [&RSA, &P384] {
        let roots = roots(&[RSA.root, P384.root]);
        let whole = (sample.device, sample.login, sample.card);
        let expected = sha256(&der(sample.device));
        assert_eq!(check(&roots, whole, sample), Ok(expected));
    }
}

#[test]
fn each_thing_that_is_wrong_has_a_name_of_its_own() {
    use AttestationError as Wrong;
    for (own, other) in [(&RSA, &P384), (&P384, &RSA)] {
        let trusted = roots(&[own.root]);
        for (certificates, of, expected) in [
            // Both roots have one name: the signature tells them apart.
            (
                (other.device, other.login, other.card),
                other,
                Wrong::UnknownRoot,
            ),
            ((own.root, own.login, own.card), own, Wrong::Signature),
            ((own.not_a_ca, own.login, own.card), own, Wrong::NotACa),
            ((own.device, other.login, own.card), own, Wrong::Signature),
            ((own.device, own.login, other.card), own, Wrong::Signature),
            (
                (own.device, own.signature_slot, own.card),
                own,
                Wrong::OtherSlot,
            ),
            ((own.device, own.card, own.card), own, Wrong::OtherSlot),
            ((own.device, own.no_pin, own.card), own, Wrong::NoPin),
            ((own.device, own.login, own.card), other, Wrong::OtherKey),
        ] {
            assert_eq!(check(&trusted, certificates, of), Err(expected));
        }
        let whole = (own.device, own.login, own.card);
        assert_eq!(
            check(&AttestationRoots::default(), whole, own),
            Err(Wrong::UnknownRoot)
        );
        for at in ["2020-01-01T00:00:00Z", "2200-01-01T00:00:00Z"] {
            let at = at.parse().unwrap();
            assert_eq!(check_at(&trusted, whole, own, at), Err(Wrong::Validity));
        }
    }
}

#[test]
fn no_bit_of_it_can_be_changed() {
    for sample in [&RSA, &P384] {
        let trusted = roots(&[sample.root]);
        let whole = [sample.device, sample.login, sample.card].map(der);
        for which in 0..whole.len() {
            // A prime, so that each bit of a byte has its turn.
            for byte in (0..whole[which].len()).step_by(7) {
                let mut changed = whole.clone();
                changed[which][byte] ^= 1 << (byte % 8);
                let [certificate, login, card] = &changed;
                let found = check_whole(&trusted, [certificate, login, card], sample, now());
                assert!(found.is_err(), "{which} {byte}");
            }
        }
        let [certificate, login, card] = &whole;
        let more = [login.as_slice(), &[0]].concat();
        let found = check_whole(&trusted, [certificate, &more, card], sample, now());
        assert_eq!(found, Err(AttestationError::Unreadable));
    }
}

#[test]
fn a_root_is_the_certificate_of_a_ca() {
    for (pem, is_one) in [
        (RSA.root, true),
        (P384.device, true),
        (RSA.not_a_ca, false),
        (RSA.login, false),
        ("", false),
        (
            "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
            false,
        ),
    ] {
        assert_eq!(issuers(pem.as_bytes()).is_ok(), is_one, "{pem}");
    }
}
