//! Has a card attest that it made its keys itself, and says what its answers come
//! to: attested, not attested by a card that can't, or wrong.

use card_protocol::piv::{self, DataObject, Slot};
use jiff::Timestamp;

use super::{Answers, ProgramBuilder, ProgramError, StepName, status::Accept};
use crate::{
    pki::attestation::{Attestation, AttestationError, AttestationRoots, AttestedKeys},
    storage::CertificateDigest,
};

impl<A> ProgramBuilder<A> {
    /// The statements over the keys in 9A and 9E, and the certificate of the key
    /// that signs them. A card may lack all of it.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn attest(&mut self) -> Result<(), ProgramError> {
        let login = piv::attest(Slot::Authentication);
        self.send(StepName::AttestLoginKey, &login, Accept::DoneOrLacking)?;
        let card = piv::attest(Slot::CardAuthentication);
        self.send(StepName::AttestCardKey, &card, Accept::DoneOrLacking)?;
        let read = piv::get_data(DataObject::AttestationCertificate);
        let name = StepName::GetAttestationCertificate;
        self.send(name, &read, Accept::DoneOrLacking)
    }
}

/// Who the card has to be that attests, and when it is asked.
pub(crate) struct AttestationCheck<'a> {
    /// Whose attestations count.
    pub(crate) roots: &'a AttestationRoots,
    /// The keys that it has to be about.
    pub(crate) keys: AttestedKeys<'a>,
    /// What the register knows the card by, if it attested before.
    pub(crate) known: Option<CertificateDigest>,
    /// When.
    pub(crate) now: Timestamp,
}

impl AttestationCheck<'_> {
    /// What the answers to [`ProgramBuilder::attest`] come to: the certificate of
    /// the card's attestation key; none of a card that can't attest.
    ///
    /// # Errors
    /// [`AttestationError`] where there is an attestation and it is wrong, or one is
    /// missing of a card that is known to attest.
    pub(crate) fn judge(
        &self,
        answers: &Answers,
    ) -> Result<Option<CertificateDigest>, AttestationError> {
        let Some(attestation) = attestation(answers)? else {
            return match self.known {
                Some(_attests) => Err(AttestationError::Withheld),
                None => Ok(None),
            };
        };
        let card = self.roots.check(attestation, self.keys, self.now)?;
        let card = CertificateDigest(card);
        match self.known {
            Some(known) if known != card => Err(AttestationError::OtherCard),
            _ => Ok(Some(card)),
        }
    }
}

/// What the card attested; none of it when it has neither statement.
fn attestation(answers: &Answers) -> Result<Option<Attestation<'_>>, AttestationError> {
    let data = |name| answers.done(name).map(|answer| answer.data.as_slice());
    let login = data(StepName::AttestLoginKey);
    let card = data(StepName::AttestCardKey);
    let (login, card) = match (login, card) {
        // Some cards answer to what they don't know as if it were done.
        (None | Some([]), None | Some([])) => return Ok(None),
        (Some(login), Some(card)) => (login, card),
        _ => return Err(AttestationError::NotWhole),
    };
    let object = data(StepName::GetAttestationCertificate).ok_or(AttestationError::NotWhole)?;
    let certificate = piv::parse_data(DataObject::AttestationCertificate, object)
        .and_then(piv::parse_certificate_object)
        .map_err(|_form| AttestationError::Unreadable)?;
    Ok(Some(Attestation {
        certificate,
        login,
        card,
    }))
}
