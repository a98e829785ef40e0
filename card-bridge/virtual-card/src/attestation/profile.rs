//! The three certificates: the maker's, the card's attestation key's, and the
//! statement over a key in a slot.

use p256::{
    PublicKey,
    ecdsa::{DerSignature, SigningKey, VerifyingKey},
};
use sha2::{Digest as _, Sha256};
use x509_cert::{
    Certificate, TbsCertificate,
    builder::{self, Builder as _, CertificateBuilder, profile::BuilderProfile},
    der::{
        DateTime,
        asn1::{ObjectIdentifier, OctetString},
    },
    ext::{
        Extension, ToExtension as _,
        pkix::{BasicConstraints, KeyUsage, KeyUsages},
    },
    name::Name,
    serial_number::SerialNumber,
    spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef},
    time::{Time, Validity},
};

const FIRMWARE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.41482.3.3");
const SERIAL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.41482.3.7");
const POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.41482.3.8");
const FORM_FACTOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.41482.3.9");

/// What the card says to `FD`, too.
const VERSION: [u8; 3] = [6, 6, 6];

/// Which certificate is issued.
pub(super) enum Issued<'a> {
    /// The maker's own.
    Root { name: &'a str },
    /// That of a card's attestation key.
    Device { issuer: &'a Certificate },
    /// That a card made a key.
    Statement {
        device: &'a Certificate,
        slot: u8,
        serial: [u8; 4],
    },
}

/// Issues it for `key`, signed by `signer`.
pub(super) fn issue(
    signer: &SigningKey,
    key: VerifyingKey,
    issued: Issued<'_>,
) -> builder::Result<Certificate> {
    // One for each key that is certified, and positive (RFC 5280 §4.1.2.2).
    let [first, rest @ ..]: [u8; 32] = Sha256::digest(key.to_sec1_point(false)).into();
    let serial: Vec<u8> = std::iter::once(first & 0x7F | 0x40)
        .chain(rest.into_iter().take(15))
        .collect();
    let info = SubjectPublicKeyInfo::from_key(&PublicKey::from(key))?;
    let serial = SerialNumber::new(&serial)?;
    let builder = CertificateBuilder::new(issued, serial, validity()?, info)?;
    builder.build::<_, DerSignature>(signer)
}

/// As long as the field's: a card has no clock.
fn validity() -> builder::Result<Validity> {
    let from = DateTime::new(2016, 3, 14, 0, 0, 0)?;
    let until = DateTime::new(2052, 4, 17, 0, 0, 0)?;
    Ok(Validity::new(Time::from(from), Time::from(until)))
}

fn named(text: &str) -> Name {
    // Names here have no character that would have to be escaped.
    text.parse().unwrap_or_default()
}

impl BuilderProfile for Issued<'_> {
    fn get_issuer(&self, subject: &Name) -> Name {
        match self {
            Self::Root { .. } => subject.clone(),
            Self::Device { issuer } | Self::Statement { device: issuer, .. } => {
                issuer.tbs_certificate().subject().clone()
            }
        }
    }

    fn get_subject(&self) -> Name {
        match self {
            Self::Root { name } => named(&format!("CN={name}")),
            Self::Device { .. } => named("CN=Virtual PIV Attestation"),
            Self::Statement { slot, .. } => {
                named(&format!("CN=YubiKey PIV Attestation {slot:02x}"))
            }
        }
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let subject = tbs.subject();
        let mut extensions = Vec::new();
        let path_len_constraint = match self {
            Self::Root { .. } => Some(1),
            Self::Device { .. } => Some(0),
            Self::Statement { slot, serial, .. } => return statement(*slot, *serial),
        };
        let constraints = BasicConstraints {
            ca: true,
            path_len_constraint,
        };
        extensions.push(constraints.to_extension(subject, &extensions)?);
        let usage = KeyUsage(KeyUsages::KeyCertSign.into());
        extensions.push(usage.to_extension(subject, &extensions)?);
        Ok(extensions)
    }
}

/// What the maker says of the card and of the key.
fn statement(slot: u8, serial: [u8; 4]) -> builder::Result<Vec<Extension>> {
    let own = |extn_id, value: &[u8]| {
        Ok(Extension {
            extn_id,
            critical: false,
            extn_value: OctetString::new(value)?,
        })
    };
    // An INTEGER, which would be negative without a zero in front.
    let serial = [&[0x02, 5, 0][..], &serial].concat();
    let pin = match slot {
        0x9C => 3,
        0x9E => 1,
        _ => 2,
    };
    [
        own(FIRMWARE, &VERSION),
        own(SERIAL, &serial),
        own(POLICIES, &[pin, 1]),
        own(FORM_FACTOR, &[0]),
    ]
    .into_iter()
    .collect()
}
