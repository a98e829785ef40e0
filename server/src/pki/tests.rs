//! Certificates of every bad kind, and `openssl verify` as a judge that nobody
//! here wrote.

use std::{fs, process::Command};

use card_domain::{CardId, EnterpriseId, Role, Validity};
use event_log::certificate::{
    CLIENT_AUTH, CardCertificate, CertifiedHolder, ChainError, TrustAnchors, name,
};
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::{DerSignature, SigningKey};
use uuid::Uuid;
use x509_cert::{
    Certificate, TbsCertificate,
    builder::{self, Builder as _, CertificateBuilder, profile::BuilderProfile},
    der::{Encode as _, asn1::ObjectIdentifier},
    ext::{
        Extension, ToExtension as _,
        pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, NameConstraints},
    },
    name::Name,
    serial_number::SerialNumber,
    spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef},
};

use super::{CertificateAuthority, Registered, Subject, generate_key};

fn now() -> Timestamp {
    "2026-11-22T05:06:07Z".parse().unwrap()
}

fn point(key: &SigningKey) -> [u8; 65] {
    key.verifying_key()
        .to_sec1_point(false)
        .as_bytes()
        .try_into()
        .unwrap()
}

fn authority() -> (CertificateAuthority, TrustAnchors) {
    // Older than what it issues.
    let made = now() - SignedDuration::from_hours(24);
    let authority = CertificateAuthority::create("演示CA", made).unwrap();
    let anchors = TrustAnchors::from_pem(authority.certificate_pem().unwrap().as_bytes()).unwrap();
    (authority, anchors)
}

fn issue(authority: &CertificateAuthority, validity: Validity) -> Vec<u8> {
    let subject = Subject {
        card_no: "8600000000001",
        holder_name: "张三, O=别的企业",
        enterprise_name: "演示企业有限公司",
        operator_no: Some("0001"),
        registered: Some(Registered {
            card: CardId(Uuid::from_u128(1)),
            enterprise: EnterpriseId(Uuid::from_u128(2)),
            enterprise_code: "91000000DEMO000001",
        }),
    };
    let key = generate_key().unwrap();
    authority
        .issue(&subject, &point(&key), validity)
        .unwrap()
        .der
}

fn check(anchors: &TrustAnchors, der: &[u8], at: Timestamp) -> Result<(), ChainError> {
    anchors.check(&CardCertificate::from_der(der).unwrap(), at)
}

#[test]
fn a_certificate_of_ours_is_good_to_its_last_second() {
    let (authority, anchors) = authority();
    let validity = authority.ten_years_from(now()).unwrap();
    let der = issue(&authority, validity);
    let parsed = CardCertificate::from_der(&der).unwrap();
    assert_eq!(parsed.validity, validity);
    assert_eq!(parsed.card_no.as_deref(), Some("8600000000001"));
    assert_eq!(parsed.serial.len(), 40);
    let holder = CertifiedHolder {
        role: Role::Operator,
        card_no: String::from("8600000000001"),
        enterprise_code: String::from("91000000DEMO000001"),
        card: CardId(Uuid::from_u128(1)),
        enterprise: EnterpriseId(Uuid::from_u128(2)),
    };
    assert_eq!(parsed.holder, Some(holder));
    let second = SignedDuration::from_secs(1);
    assert_eq!(check(&anchors, &der, validity.not_before), Ok(()));
    assert_eq!(
        check(&anchors, &der, validity.not_before - second),
        Err(ChainError::NotYetValid)
    );
    assert_eq!(
        check(
            &anchors,
            &der,
            validity.not_after + SignedDuration::from_millis(999)
        ),
        Ok(())
    );
    assert_eq!(
        check(&anchors, &der, validity.not_after + second),
        Err(ChainError::Expired)
    );
}

#[test]
fn another_ca_of_the_same_name_is_refused() {
    let (_, anchors) = authority();
    let (impostor, _) = authority();
    let der = issue(&impostor, impostor.ten_years_from(now()).unwrap());
    assert_eq!(
        check(&anchors, &der, now()),
        Err(ChainError::UntrustedIssuer)
    );
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let (authority, anchors) = authority();
    let der = issue(&authority, authority.ten_years_from(now()).unwrap());
    for position in 0..der.len() {
        let mut changed = der.clone();
        changed[position] ^= 1;
        let accepted = CardCertificate::from_der(&changed)
            .is_ok_and(|certificate| anchors.check(&certificate, now()).is_ok());
        assert!(!accepted, "byte {position}");
    }
}

#[test]
fn openssl_accepts_what_we_issue() {
    let (authority, _) = authority();
    let der = issue(&authority, authority.ten_years_from(now()).unwrap());
    let folder = std::env::temp_dir().join(format!("ic-card-openssl-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (ca, card) = (folder.join("ca.pem"), folder.join("card.pem"));
    fs::write(&ca, authority.certificate_pem().unwrap()).unwrap();
    let pem = x509_cert::der::pem::encode_string(
        "CERTIFICATE",
        x509_cert::der::pem::LineEnding::LF,
        &der,
    );
    fs::write(&card, pem.unwrap()).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    };
    let (ca, card) = (ca.to_str().unwrap(), card.to_str().unwrap());
    let time = now().as_second().to_string();
    let verify = [
        "verify",
        "-x509_strict",
        "-attime",
        &time,
        "-purpose",
        "sslclient",
    ];
    let (good, text) = run(&[&verify[..], &["-CAfile", ca, card]].concat());
    assert!(good, "{text}");
    let (good, text) = run(&[
        "verify",
        "-x509_strict",
        "-attime",
        &time,
        "-purpose",
        "sslserver",
        "-CAfile",
        ca,
        card,
    ]);
    assert!(!good, "not for servers: {text}");
    let (_, text) = run(&[
        "x509",
        "-in",
        card,
        "-noout",
        "-subject",
        "-nameopt",
        "RFC2253,utf8,-esc_msb",
    ]);
    assert!(text.contains("CN=张三\\, O=别的企业"), "{text}");
    assert!(text.contains("=91000000DEMO000001"), "{text}");
    let extensions = ["-ext", "certificatePolicies,subjectAltName"];
    let (_, text) = run(&[&["x509", "-in", card, "-noout"][..], &extensions].concat());
    // ADR 20's arc, an operator's policy, and the register's keys.
    let policy = "Policy: 2.25.100288387054683530241513171583982719221.1.2";
    assert!(text.contains(policy), "{text}");
    let card_urn = "URI:urn:uuid:00000000-0000-0000-0000-000000000001";
    let enterprise_urn = "URI:urn:uuid:00000000-0000-0000-0000-000000000002";
    assert!(
        text.contains(&format!("{card_urn}, {enterprise_urn}")),
        "{text}"
    );
    fs::remove_dir_all(folder).unwrap();
}

/// A certificate with any extensions.
struct Custom {
    issuer: Name,
    extensions: fn(&Name) -> Vec<Extension>,
}

impl BuilderProfile for Custom {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        name::build(&[(name::COMMON_NAME, "x")]).unwrap()
    }

    fn build_extensions(
        &self,
        _public_key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        Ok((self.extensions)(tbs.subject()))
    }
}

fn custom(extensions: fn(&Name) -> Vec<Extension>) -> Result<(), ChainError> {
    let (authority, anchors) = authority();
    let key = SigningKey::from(
        <p256::SecretKey as p256::pkcs8::DecodePrivateKey>::from_pkcs8_pem(
            &authority.key_pem().unwrap(),
        )
        .unwrap(),
    );
    let pem = authority.certificate_pem().unwrap();
    let issuer = Certificate::load_pem_chain(pem.as_bytes()).unwrap()[0]
        .tbs_certificate()
        .subject()
        .clone();
    let time = |text: &str| text.parse::<x509_cert::time::Time>().unwrap();
    let validity =
        x509_cert::time::Validity::new(time("2026-01-01T00:00:00Z"), time("2030-01-01T00:00:00Z"));
    let public = SubjectPublicKeyInfo::from_key(generate_key().unwrap().verifying_key()).unwrap();
    let profile = Custom { issuer, extensions };
    let builder =
        CertificateBuilder::new(profile, SerialNumber::from(7_u32), validity, public).unwrap();
    let certificate = builder.build::<_, DerSignature>(&key).unwrap();
    check(&anchors, &certificate.to_der().unwrap(), now())
}

fn usage(subject: &Name, usage: KeyUsages) -> Extension {
    KeyUsage(usage.into()).to_extension(subject, &[]).unwrap()
}

fn client(subject: &Name) -> Extension {
    ExtendedKeyUsage(vec![CLIENT_AUTH])
        .to_extension(subject, &[])
        .unwrap()
}

#[test]
fn what_a_certificate_is_for_has_to_be_in_it() {
    use KeyUsages::{DigitalSignature, KeyEncipherment};
    assert_eq!(
        custom(|subject| vec![usage(subject, DigitalSignature), client(subject)]),
        Ok(())
    );
    assert_eq!(
        custom(|subject| vec![usage(subject, KeyEncipherment), client(subject)]),
        Err(ChainError::WrongUsage)
    );
    assert_eq!(
        custom(|subject| vec![usage(subject, DigitalSignature)]),
        Err(ChainError::WrongUsage)
    );
    assert_eq!(
        custom(|subject| vec![client(subject)]),
        Err(ChainError::WrongUsage)
    );
    assert_eq!(
        custom(|subject| {
            let server = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
            let server = ExtendedKeyUsage(vec![server])
                .to_extension(subject, &[])
                .unwrap();
            vec![usage(subject, DigitalSignature), server]
        }),
        Err(ChainError::WrongUsage)
    );
}

#[test]
fn a_ca_or_an_unknown_critical_extension_is_refused() {
    use KeyUsages::DigitalSignature;
    assert_eq!(
        custom(|subject| {
            let constraints = BasicConstraints {
                ca: true,
                path_len_constraint: None,
            };
            let constraints = constraints.to_extension(subject, &[]).unwrap();
            vec![
                usage(subject, DigitalSignature),
                client(subject),
                constraints,
            ]
        }),
        Err(ChainError::IsCa)
    );
    assert_eq!(
        custom(|subject| {
            let unknown = NameConstraints {
                permitted_subtrees: None,
                excluded_subtrees: None,
            };
            let unknown = unknown.to_extension(subject, &[]).unwrap();
            assert!(unknown.critical);
            vec![usage(subject, DigitalSignature), client(subject), unknown]
        }),
        Err(ChainError::UnknownCriticalExtension)
    );
    assert_eq!(
        custom(|subject| vec![
            usage(subject, DigitalSignature),
            usage(subject, DigitalSignature),
            client(subject),
        ]),
        Err(ChainError::Unusable)
    );
}
