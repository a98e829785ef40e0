//! Has a card attest that it made its keys itself, and says what its answers come
//! to: attested, not attested by a card that can't, or wrong.

use card_protocol::piv::{self, DataObject, Slot};
use jiff::Timestamp;

use super::{Answers, ProgramBuilder, ProgramError, StepName, status::Accept};
use crate::{
    pki::attestation::{AttestationError, AttestationRoots, AttestingDevice},
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
        self.attest_card_key()
    }

    /// The statement over the key in 9E alone, which is there before a new one is made
    /// in 9A. A card may lack it.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn attest_card_key(&mut self) -> Result<(), ProgramError> {
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
    /// The key in 9E by which the register knows the card.
    pub(crate) card: &'a [u8; 65],
    /// What the register knows the card by, if it attested before.
    pub(crate) known: Option<CertificateDigest>,
    /// When.
    pub(crate) now: Timestamp,
}

impl AttestationCheck<'_> {
    /// What the answers to [`ProgramBuilder::attest`] come to for the key in 9A that
    /// was reported: the certificate of the card's attestation key; none of a card that
    /// can't attest.
    ///
    /// # Errors
    /// [`AttestationError`] where there is an attestation and it is wrong, or one is
    /// missing of a card that is known to attest.
    pub(crate) fn judge(
        &self,
        answers: &Answers,
        login: &[u8; 65],
    ) -> Result<Option<CertificateDigest>, AttestationError> {
        let (statement, card) = match (
            statement(answers, StepName::AttestLoginKey),
            statement(answers, StepName::AttestCardKey),
        ) {
            (None, None) => return self.attests_nothing(),
            (Some(login), Some(card)) => (login, card),
            _ => return Err(AttestationError::NotWhole),
        };
        let device = self.device(answers)?;
        device.attests_login_key(statement, login, self.now)?;
        device.attests_card_key(card, self.card, self.now)?;
        self.is_known(&device)
    }

    /// What the answers to [`ProgramBuilder::attest_card_key`] come to, in the same way:
    /// whether what the card will attest of a new key is going to count.
    ///
    /// # Errors
    /// As those of [`Self::judge`].
    pub(crate) fn judge_card_key(
        &self,
        answers: &Answers,
    ) -> Result<Option<CertificateDigest>, AttestationError> {
        let Some(card) = statement(answers, StepName::AttestCardKey) else {
            return self.attests_nothing();
        };
        let device = self.device(answers)?;
        device.attests_card_key(card, self.card, self.now)?;
        self.is_known(&device)
    }

    /// A card that attested before does it again.
    const fn attests_nothing(&self) -> Result<Option<CertificateDigest>, AttestationError> {
        match self.known {
            Some(_attests) => Err(AttestationError::Withheld),
            None => Ok(None),
        }
    }

    /// The card's attestation key (F9), certified under one of the roots.
    fn device(&self, answers: &Answers) -> Result<AttestingDevice, AttestationError> {
        let object = answers.done(StepName::GetAttestationCertificate);
        let object = &object.ok_or(AttestationError::NotWhole)?.data;
        let certificate = piv::parse_data(DataObject::AttestationCertificate, object)
            .and_then(piv::parse_certificate_object)
            .map_err(|_form| AttestationError::Unreadable)?;
        self.roots.device(certificate, self.now)
    }

    fn is_known(
        &self,
        device: &AttestingDevice,
    ) -> Result<Option<CertificateDigest>, AttestationError> {
        let card = CertificateDigest(device.sha256());
        match self.known {
            Some(known) if known != card => Err(AttestationError::OtherCard),
            _ => Ok(Some(card)),
        }
    }
}

/// What the card stated; some answer to what they don't know as if it were done.
fn statement(answers: &Answers, name: StepName) -> Option<&[u8]> {
    let data = answers.done(name).map(|answer| answer.data.as_slice());
    data.filter(|data| !data.is_empty())
}
