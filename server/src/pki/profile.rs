//! What a certificate of ours has besides its key and its times: its names and
//! extensions, a card's and the CA's own.

use event_log::certificate::CLIENT_AUTH;
use x509_cert::{
    TbsCertificate,
    builder::{self, profile::BuilderProfile},
    ext::{
        Extension, ToExtension as _,
        pkix::{
            AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
            SubjectKeyIdentifier,
        },
    },
    name::Name,
    spki::SubjectPublicKeyInfoRef,
};

/// What our certificates say of themselves: a card's, or the CA's own.
pub(super) struct Profile {
    pub(super) card: Option<CardProfile>,
    pub(super) subject: Name,
}

/// What a card's has and the CA's own has not.
pub(super) struct CardProfile {
    pub(super) issuer: Name,
    /// Role and register's keys.
    pub(super) holder: Vec<Extension>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, subject: &Name) -> Name {
        let issuer = self.card.as_ref().map(|card| &card.issuer);
        issuer.unwrap_or(subject).clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        public_key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let is_ca = self.card.is_none();
        let usages = if is_ca {
            KeyUsages::KeyCertSign | KeyUsages::CRLSign
        } else {
            // Logging in, and statements that a person stands by.
            KeyUsages::DigitalSignature | KeyUsages::NonRepudiation
        };
        let subject = tbs.subject();
        let mut extensions = Vec::new();
        let constraints = BasicConstraints {
            ca: is_ca,
            path_len_constraint: is_ca.then_some(0),
        };
        extensions.push(constraints.to_extension(subject, &extensions)?);
        extensions.push(KeyUsage(usages).to_extension(subject, &extensions)?);
        if !is_ca {
            let usage = ExtendedKeyUsage(vec![CLIENT_AUTH]);
            extensions.push(usage.to_extension(subject, &extensions)?);
        }
        let own = SubjectKeyIdentifier::try_from(public_key)?;
        extensions.push(own.to_extension(subject, &extensions)?);
        let issuer = AuthorityKeyIdentifier::try_from(issuer_key)?;
        extensions.push(issuer.to_extension(subject, &extensions)?);
        if let Some(card) = &self.card {
            extensions.extend_from_slice(&card.holder);
        }
        Ok(extensions)
    }
}
