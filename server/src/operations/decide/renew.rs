//! 延期: which certificate is issued, and whether the card holds it.

use app::api::operation::Problem;
use card_domain::{EnterpriseId, OperationStep};
use card_protocol::{
    hex,
    piv::{self, Algorithm, PublicKey},
};
use event_log::certificate::CardCertificate;

use super::{
    super::{
        decision::{Change, Decision},
        progress::OperationProgram,
    },
    Evaluator, card_refused, certificate,
};
use crate::{
    card_program::{
        Answers, AttestationCheck, CardKey, CommandOutcome, MutualAuth, Proof, Proven, StepName,
        command_outcome,
    },
    digest::sha256,
    keys::CardKeyMadeAt,
    pki::{PkiError, Registered, Subject, attestation::AttestationError},
    random,
    service::ServiceError,
    storage::{
        CardKeyRecord, CertificateDigest, CertifiedKey, ConfirmedCertificate, NewCertificate,
    },
};

impl Evaluator<'_> {
    pub(super) fn seen_certificate(
        &self,
        change: Change,
        auth: MutualAuth,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let (proof, answers) = proven.parts();
        if self.rolls_back() {
            return Ok(self.run_writing(proof, change, OperationProgram::Restore { auth }));
        }
        let Some((_, held)) = &self.record().issued else {
            if change.progress.new_key {
                // Nor does it lose its key for a certificate that can't be issued.
                self.keys().authority.ten_years_from(self.now)?;
                // The key that it has is lost with it: what the card will attest of the
                // new one has to be going to count.
                let attest = self.asks_for_attestation();
                if attest && let Err(error) = self.attestation_check()?.judge_card_key(answers) {
                    return Ok(Self::not_attested(change, error));
                }
                let generate = OperationProgram::Generate { auth, attest };
                return Ok(self.run_writing(proof, change, generate));
            }
            let point = self.public_key()?;
            return self.issue(proof, change, &point, auth);
        };
        let on_card = answers
            .done(StepName::GetCertificate)
            .and_then(|answer| certificate(&answer.data));
        let put = on_card != Some(held.der.as_slice());
        Ok(self.write(proof, change, auth, put))
    }

    /// The card made a key pair: the one before is gone from it.
    pub(super) fn generated(
        &self,
        mut change: Change,
        attest: bool,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let answers = proven.value();
        let point = answers
            .done(StepName::Generate)
            .and_then(|answer| point(&answer.data));
        let (Some(point), Some(auth)) = (point, Self::next_auth(answers)?) else {
            return Ok(Self::wait(change.with_problem(card_refused(answers))));
        };
        change.progress.attestation = None;
        if attest {
            match self.attestation_check()?.judge(answers, &point) {
                Ok(card) => change.progress.attestation = card.map(|card| hex::encode(&card.0)),
                Err(error) => return Ok(Self::not_attested(change, error)),
            }
        }
        self.issue(proven.proof(), change, &point, auth)
    }

    /// Whether a card is asked to attest a new key: where somebody's attestation counts,
    /// and the register has the key (9E) by which to tell this card from another.
    fn asks_for_attestation(&self) -> bool {
        !self.service.attestation_roots.is_empty() && self.registered_key().is_some()
    }

    /// Whether the card is asked in the look already, before a new key is made.
    pub(super) fn looks_for_attestation(&self, change: &Change) -> bool {
        change.progress.new_key && self.record().issued.is_none() && self.asks_for_attestation()
    }

    fn not_attested(change: Change, error: AttestationError) -> Decision {
        Decision::NotAttested(change.with_problem(Problem::Attestation).rest(), error)
    }

    /// Who attests a new key in 9A: this card's attestation key, if it has one.
    fn attestation_check(&self) -> Result<AttestationCheck<'_>, ServiceError> {
        let card = self
            .registered_key()
            .ok_or(ServiceError::Inconsistent("a card lost its key"))?;
        Ok(AttestationCheck {
            roots: &self.service.attestation_roots,
            card: &card.point,
            known: self.record().card.chip.attestation,
            now: self.now,
        })
    }

    /// The held certificate is written, if it is not there, and read back; and a
    /// card that has no key of its own yet makes one.
    fn write(&self, proof: &Proof, change: Change, auth: MutualAuth, put: bool) -> Decision {
        let card_key = self.registered_key().is_none();
        let write = OperationProgram::Write {
            auth,
            put,
            card_key,
        };
        if put || card_key {
            self.run_writing(proof, change, write)
        } else {
            Self::run_reading(change, write)
        }
    }

    /// Issues the certificate, on hold, and has it written.
    fn issue(
        &self,
        proof: &Proof,
        change: Change,
        point: &[u8; 65],
        auth: MutualAuth,
    ) -> Result<Decision, ServiceError> {
        // What is certified is what the log says, and no column.
        let facts = self.mandate.facts();
        let (Some(card_no), Some(names)) = (&facts.card_no, &facts.names) else {
            return Err(ServiceError::Inconsistent(
                "an operation on a card that has no number or no names",
            ));
        };
        let subject = Subject {
            card_no,
            holder_name: &names.holder,
            enterprise_name: &names.enterprise.name,
            operator_no: facts.operator_no.as_deref(),
            registered: Some(Registered {
                card: self.record().card.id,
                enterprise: EnterpriseId(facts.enterprise),
                enterprise_code: &names.enterprise.code,
            }),
        };
        let authority = &self.keys().authority;
        let issued = match authority.issue(&subject, point, authority.ten_years_from(self.now)?) {
            // What the card said is no key.
            Err(PkiError::PublicKey) => {
                return Ok(Self::wait(change.with_problem(Problem::ReadBack)));
            }
            other => other?,
        };
        let new = NewCertificate {
            id: random::uuid(self.now)?,
            serial: issued.serial,
            sha256: CertificateDigest(sha256(&issued.der)),
            der: issued.der,
            created_at: self.now,
        };
        let change = change
            .go(proof, self.record(), &[OperationStep::Issue])?
            .hold(proof, new);
        Ok(self.write(proof, change, auth, true))
    }

    /// The point of the key that the card has had all along.
    fn public_key(&self) -> Result<[u8; 65], ServiceError> {
        let good = self
            .record()
            .card
            .certificate
            .as_ref()
            .ok_or(ServiceError::Inconsistent(
                "a made card without a certificate",
            ))?;
        let key = CardCertificate::from_der(&good.der)?.key;
        key.to_sec1_point(false)
            .as_bytes()
            .try_into()
            .map_err(|_length| ServiceError::Inconsistent("a point has 65 bytes"))
    }

    /// Written, if need was, and read back.
    pub(super) fn wrote(
        &self,
        change: Change,
        put: bool,
        card_key: bool,
        proven: &Proven<Answers>,
    ) -> Result<Decision, ServiceError> {
        let (proof, answers) = proven.parts();
        if put {
            match answers
                .get(StepName::PutCertificate)
                .map(|answer| command_outcome(answer.status))
            {
                Some(CommandOutcome::Done) => {}
                // The management key is not authenticated any more.
                Some(CommandOutcome::NotDone) => {
                    return self.look(change.with_problem(card_refused(answers)));
                }
                _ => return Ok(Self::wait(change.with_problem(card_refused(answers)))),
            }
        }
        let change = change.go(proof, self.record(), &[OperationStep::Write])?;
        let held = self
            .record()
            .issued
            .as_ref()
            .map(|(_, held)| held.der.as_slice())
            .ok_or(ServiceError::Inconsistent("written without a certificate"))?;
        let read = answers
            .done(StepName::GetCertificate)
            .and_then(|answer| certificate(&answer.data));
        if read != Some(held) {
            return Ok(Self::wait(change.with_problem(Problem::ReadBack)));
        }
        let confirmed = ConfirmedCertificate {
            digest: CertificateDigest(sha256(held)),
            key: self.certified_key(held)?,
        };
        let steps = [OperationStep::ReadBack, OperationStep::Confirm];
        let mut change = change.go(proof, self.record(), &steps)?;
        if card_key && let Some(key) = self.new_card_key(answers)? {
            change = change.learn_card_key(proof, key);
        }
        Ok(Decision::Confirm(change.rest(), Some(confirmed)))
    }

    /// Which key the certificate on hold is over: the one that the card had, or a new
    /// one, and who attested that.
    fn certified_key(&self, held: &[u8]) -> Result<CertifiedKey, ServiceError> {
        let held = CardCertificate::from_der(held)?.key.to_sec1_point(false);
        if held.as_bytes() == self.public_key()? {
            return Ok(CertifiedKey::Same);
        }
        let attestation = self.progress.attestation.as_deref().map(|digest| {
            hex::decode_array(digest)
                .map(CertificateDigest)
                .ok_or(ServiceError::Inconsistent("own hex"))
        });
        Ok(CertifiedKey::New {
            attestation: attestation.transpose()?,
        })
    }

    /// The key of its own (9E) that the card made, with our proof that we put it
    /// into the register.
    fn new_card_key(&self, answers: &Answers) -> Result<Option<CardKeyRecord>, ServiceError> {
        let point = answers
            .done(StepName::GenerateCardKey)
            .and_then(|answer| point(&answer.data))
            .filter(|point| CardKey::from_point(point).is_some());
        let Some(point) = point else { return Ok(None) };
        let made_at = CardKeyMadeAt::Renewal;
        let master = &self.keys().master;
        let proof = master.card_key_proof(&self.chip(), &point, made_at)?;
        Ok(Some(CardKeyRecord {
            point,
            made_at,
            proof: *proof,
        }))
    }

    /// The certificate of the register is on the card again.
    pub(super) fn restored(&self, change: Change, proven: &Proven<Answers>) -> Decision {
        let answers = proven.value();
        let good = self.record().card.certificate.as_ref();
        let read = answers
            .done(StepName::GetCertificate)
            .and_then(|answer| certificate(&answer.data));
        if read.is_none() || read != good.map(|good| good.der.as_slice()) {
            return Self::wait(change.with_problem(card_refused(answers)));
        }
        self.settled(proven.proof(), change)
    }
}

/// The point that a card answered to GENERATE.
fn point(data: &[u8]) -> Option<[u8; 65]> {
    match piv::parse_public_key(Algorithm::P256, data) {
        Ok(PublicKey::P256(point)) => Some(point),
        _ => None,
    }
}
