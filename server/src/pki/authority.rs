//! The embedded CA: one self-signed certificate and the issuing of card
//! certificates under it.

use card_domain::{CardId, EnterpriseId, Role, Validity};
use event_log::certificate::{
    CardCertificate, CertificateError, InstanceId, holder, name, summary,
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use p256::{
    PublicKey, SecretKey,
    ecdsa::{DerSignature, SigningKey},
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
};
use x509_cert::{
    Certificate,
    builder::{Builder as _, CertificateBuilder},
    der::{DateTime, Encode as _, EncodePem as _},
    ext::Extension,
    name::Name,
    serial_number::SerialNumber,
    spki::SubjectPublicKeyInfo,
    time::Time,
};
use zeroize::Zeroizing;

use super::{
    PkiError, generate_key,
    profile::{CardProfile, Profile},
};
use crate::random;

/// Whose certificate it is to be.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// IC卡号 → serialNumber.
    pub card_no: &'a str,
    /// The holder's name → CN.
    pub holder_name: &'a str,
    /// The enterprise's name → O.
    pub enterprise_name: &'a str,
    /// 操作员编号 → OU, and the policy of an operator; a legal person has none, and
    /// the legal person's policy.
    pub operator_no: Option<&'a str>,
    /// What is certified with the role. Absent only in what was begun by a version
    /// that certified neither: the certificate is then as that one's.
    pub registered: Option<Registered<'a>>,
}

/// Where a card is registered.
#[derive(Clone, Copy, Debug)]
pub struct Registered<'a> {
    /// The card's key in the register → subjectAltName.
    pub card: CardId,
    /// The enterprise's key in the register → subjectAltName.
    pub enterprise: EnterpriseId,
    /// The enterprise's code → organizationIdentifier.
    pub enterprise_code: &'a str,
}

impl Subject<'_> {
    /// What the certificate says of the holder's role.
    const fn role(&self) -> Role {
        match self.operator_no {
            Some(_) => Role::Operator,
            None => Role::LegalPerson,
        }
    }

    /// The extensions about the holder.
    fn extensions(&self) -> Result<Vec<Extension>, PkiError> {
        Ok(match &self.registered {
            Some(registered) => vec![
                holder::policies(self.role())?,
                holder::alternative_names(registered.card, registered.enterprise)?,
            ],
            None => Vec::new(),
        })
    }
}

/// A certificate that was just issued.
#[derive(Clone, Debug)]
pub struct IssuedCertificate {
    /// The certificate as it goes onto the card, DER.
    pub der: Vec<u8>,
    /// Its serial number, big endian.
    pub serial: Vec<u8>,
    /// Its validity.
    pub validity: Validity,
}

/// What is issued begins so long before it is made: it has to be good at once at a
/// server whose clock is behind the one that made it.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// A CA's own certificate has to outlive the ten years of the last certificate that it
/// issues: it does so for 20 years.
const CA_YEARS: i64 = 30;

/// Key and certificate of the CA. The key is wiped on drop by its type.
pub struct CertificateAuthority {
    key: SigningKey,
    certificate: Certificate,
    validity: Validity,
}

impl CertificateAuthority {
    /// A new CA with a self-signed certificate of 30 years.
    ///
    /// # Errors
    ///
    /// [`PkiError`]
    pub fn create(common_name: &str, now: Timestamp) -> Result<Self, PkiError> {
        let subject = name::build(&[(name::COMMON_NAME, common_name)])?;
        Self::self_signed(generate_key()?, subject, now)
    }

    /// The same CA, its key and its name, with a certificate of 30 years from now: all
    /// that it issued is good under it, and it is the same installation.
    ///
    /// # Errors
    ///
    /// [`PkiError`]
    pub fn renewed(&self, now: Timestamp) -> Result<Self, PkiError> {
        let subject = self.certificate.tbs_certificate().subject().clone();
        Self::self_signed(self.key.clone(), subject, now)
    }

    fn self_signed(key: SigningKey, subject: Name, now: Timestamp) -> Result<Self, PkiError> {
        let validity = years_from(now, CA_YEARS)?;
        let profile = Profile {
            card: None,
            subject,
        };
        let certificate = issue(&key, &key.verifying_key().into(), profile, validity)?;
        Ok(Self {
            key,
            certificate,
            validity,
        })
    }

    /// Reads the key (PKCS #8) and the first certificate of a PEM file.
    ///
    /// # Errors
    ///
    /// [`PkiError::Mismatch`] when they don't belong together.
    pub fn from_pem(key: &[u8], certificates: &[u8]) -> Result<Self, PkiError> {
        let text = str::from_utf8(key).map_err(|_binary| PkiError::Key)?;
        let key: SigningKey = SecretKey::from_pkcs8_pem(text)
            .map_err(|_malformed| PkiError::Key)?
            .into();
        let certificate = Certificate::load_pem_chain(certificates)?
            .into_iter()
            .next()
            .ok_or(CertificateError::NoCertificate)?;
        let own = SubjectPublicKeyInfo::from_key(key.verifying_key())
            .map_err(|_encoding| PkiError::Key)?;
        if certificate.tbs_certificate().subject_public_key_info() != &own {
            return Err(PkiError::Mismatch);
        }
        let (_, validity) = summary(&certificate.to_der()?)?;
        Ok(Self {
            key,
            certificate,
            validity,
        })
    }

    /// From when to when the CA itself is valid.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The validity of a card's certificate that is issued now, if the CA can issue one.
    ///
    /// # Errors
    ///
    /// [`PkiError::OutlivesIssuer`], [`PkiError::IssuerNotYetValid`].
    pub fn ten_years_from(&self, now: Timestamp) -> Result<Validity, PkiError> {
        let mut validity = ten_years_from(now)?;
        if now < self.validity.not_before {
            return Err(PkiError::IssuerNotYetValid);
        }
        self.outlives(&validity)?;
        // A CA that was just made, or by a version whose CAs began when they were made.
        validity.not_before = validity.not_before.max(self.validity.not_before);
        Ok(validity)
    }

    /// A certificate is never valid for longer than the CA: other programs would not
    /// take it then, nor do we.
    fn outlives(&self, validity: &Validity) -> Result<(), PkiError> {
        let issuer_ends = self.validity.not_after;
        if validity.not_after > issuer_ends {
            return Err(PkiError::OutlivesIssuer { issuer_ends });
        }
        Ok(())
    }

    /// The private key as PKCS #8 PEM.
    ///
    /// # Errors
    ///
    /// [`PkiError::Key`]
    pub fn key_pem(&self) -> Result<Zeroizing<String>, PkiError> {
        self.key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_encoding| PkiError::Key)
    }

    /// The certificate as PEM.
    ///
    /// # Errors
    ///
    /// [`PkiError::Der`]
    pub fn certificate_pem(&self) -> Result<String, PkiError> {
        Ok(self.certificate.to_pem(LineEnding::LF)?)
    }

    /// Which installation this is.
    ///
    /// # Errors
    ///
    /// [`PkiError::Der`]
    pub fn instance(&self) -> Result<InstanceId, PkiError> {
        Ok(InstanceId::of(&self.certificate)?)
    }

    /// Issues a certificate for the uncompressed point `public_key` of a card.
    ///
    /// # Errors
    ///
    /// [`PkiError`], for a point off the curve among others, and for a validity beyond
    /// the CA's own end.
    pub fn issue(
        &self,
        subject: &Subject<'_>,
        public_key: &[u8; 65],
        validity: Validity,
    ) -> Result<IssuedCertificate, PkiError> {
        self.outlives(&validity)?;
        let public_key =
            PublicKey::from_sec1_bytes(public_key).map_err(|_off| PkiError::PublicKey)?;
        let mut attributes = vec![(name::ORGANIZATION, subject.enterprise_name)];
        if let Some(registered) = &subject.registered {
            attributes.push((name::ORGANIZATION_IDENTIFIER, registered.enterprise_code));
        }
        if let Some(operator_no) = subject.operator_no {
            attributes.push((name::UNIT, operator_no));
        }
        attributes.push((name::COMMON_NAME, subject.holder_name));
        attributes.push((name::SERIAL_NUMBER, subject.card_no));
        let profile = Profile {
            card: Some(CardProfile {
                issuer: self.certificate.tbs_certificate().subject().clone(),
                holder: subject.extensions()?,
            }),
            subject: name::build(&attributes)?,
        };
        let certificate = issue(&self.key, &public_key, profile, validity)?;
        let der = certificate.to_der()?;
        let parsed = CardCertificate::from_der(&der)?;
        Ok(IssuedCertificate {
            serial: certificate
                .tbs_certificate()
                .serial_number()
                .as_bytes()
                .to_vec(),
            validity: parsed.validity,
            der,
        })
    }
}

impl std::fmt::Debug for CertificateAuthority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let subject = self.certificate.tbs_certificate().subject();
        write!(formatter, "CertificateAuthority({subject}, …)")
    }
}

/// To ten calendar years after `now`, which is the manual's validity of a card, and from
/// five minutes before, for the sake of another server's clock.
fn ten_years_from(now: Timestamp) -> Result<Validity, PkiError> {
    years_from(now, 10)
}

fn years_from(now: Timestamp, years: i64) -> Result<Validity, PkiError> {
    let before = now.checked_sub(CLOCK_SLACK);
    Ok(Validity {
        not_before: whole_second(before.map_err(|_range| PkiError::Time)?)?,
        not_after: years_after(now, years)?,
    })
}

fn whole_second(time: Timestamp) -> Result<Timestamp, PkiError> {
    Timestamp::from_second(time.as_second()).map_err(|_range| PkiError::Time)
}

fn years_after(time: Timestamp, years: i64) -> Result<Timestamp, PkiError> {
    let later = whole_second(time)?
        .to_zoned(TimeZone::UTC)
        .checked_add(years.years())
        .map_err(|_range| PkiError::Time)?;
    Ok(later.timestamp())
}

fn time(time: Timestamp) -> Result<Time, PkiError> {
    let seconds = u64::try_from(time.as_second()).map_err(|_before_1970| PkiError::Time)?;
    Ok(DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?.into())
}

fn issue(
    signer: &SigningKey,
    public_key: &PublicKey,
    profile: Profile,
    validity: Validity,
) -> Result<Certificate, PkiError> {
    let public_key =
        SubjectPublicKeyInfo::from_key(public_key).map_err(|_encoding| PkiError::PublicKey)?;
    // 20 bytes, positive (RFC 5280 §4.1.2.2), and never shorter.
    let mut serial = random::bytes::<20>()?;
    serial[0] = (serial[0] & 0x7F) | 0x40;
    let validity =
        x509_cert::time::Validity::new(time(validity.not_before)?, time(validity.not_after)?);
    let builder =
        CertificateBuilder::new(profile, SerialNumber::new(&serial)?, validity, public_key)?;
    Ok(builder.build::<_, DerSignature>(signer)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_are_calendar_years() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let validity = ten_years_from(at("2026-11-22T05:06:07.89Z")).unwrap();
        assert_eq!(validity.not_before, at("2026-11-22T05:01:07Z"));
        assert_eq!(validity.not_after, at("2036-11-22T05:06:07Z"));
        let leap = ten_years_from(at("2028-02-29T00:00:00Z")).unwrap();
        assert_eq!(leap.not_after, at("2038-02-28T00:00:00Z"));
    }
}
