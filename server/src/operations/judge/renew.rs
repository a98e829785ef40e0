//! 延期: which certificate is issued, and whether the card holds it.

use app::api::operation::Problem;
use card_domain::OperationStep;
use card_protocol::{
    hex,
    piv::{self, Algorithm, PublicKey},
};

use super::{
    super::{
        progress::ProgramKind,
        verdict::{Change, Verdict},
    },
    Judge, card_refused, certificate,
};
use crate::{
    card_program::{Answers, CommandOutcome, MutualAuth, StepName, command_outcome},
    digest::sha256,
    pki::{CardCertificate, PkiError, Registered, Subject, ten_years_from},
    random,
    service::ServiceError,
    storage::{CertificateChange, CertificateDigest, NewCertificate},
};

impl Judge<'_> {
    pub(super) fn seen_certificate(
        &self,
        change: Change,
        auth: MutualAuth,
        answers: &Answers,
    ) -> Result<Verdict, ServiceError> {
        if self.rolls_back() {
            return Ok(self.run_writing(change, ProgramKind::Restore { auth }));
        }
        let Some((_, held)) = &self.record.issued else {
            if change.progress.new_key {
                return Ok(self.run_writing(change, ProgramKind::Generate { auth }));
            }
            let point = self.public_key()?;
            return self.issue(change, &point, Some(auth));
        };
        let on_card = answers
            .done(StepName::GetCertificate)
            .and_then(|answer| certificate(&answer.data));
        let put = on_card != Some(held.der.as_slice());
        let kind = ProgramKind::Write {
            auth: Some(auth),
            put,
        };
        Ok(if put {
            self.run_writing(change, kind)
        } else {
            Self::run_reading(change, kind)
        })
    }

    /// The card made a key pair: the one before is gone from it.
    pub(super) fn generated(
        &self,
        change: Change,
        answers: &Answers,
    ) -> Result<Verdict, ServiceError> {
        let Some(answer) = answers.done(StepName::Generate) else {
            return Ok(Self::wait(change.with_problem(card_refused(answers))));
        };
        match piv::parse_public_key(Algorithm::P256, &answer.data) {
            Ok(PublicKey::P256(point)) => self.issue(change, &point, None),
            _ => Ok(Self::wait(change.with_problem(card_refused(answers)))),
        }
    }

    /// Issues the certificate, on hold, and has it written.
    fn issue(
        &self,
        change: Change,
        point: &[u8; 65],
        auth: Option<MutualAuth>,
    ) -> Result<Verdict, ServiceError> {
        let card = &self.record.card;
        let card_no = card
            .chip
            .as_ref()
            .map(|chip| chip.card_no.0.as_str())
            .ok_or(ServiceError::Inconsistent("a made card without a number"))?;
        let subject = Subject {
            card_no,
            holder_name: &card.holder_name,
            enterprise_name: &change.progress.enterprise_name,
            operator_no: card.holder.operator_no().map(|number| number.0.as_str()),
            registered: change
                .progress
                .enterprise_code
                .as_deref()
                .map(|code| Registered {
                    card: card.id,
                    enterprise: card.enterprise,
                    enterprise_code: code,
                }),
        };
        let authority = &self.keys().authority;
        let issued = match authority.issue(&subject, point, ten_years_from(self.now)?) {
            // What the card said is no key.
            Err(PkiError::PublicKey) => {
                return Ok(Self::wait(change.with_problem(Problem::ReadBack)));
            }
            other => other?,
        };
        let new = NewCertificate {
            id: random::uuid(self.now)?,
            serial: hex::decode(&issued.serial).ok_or(ServiceError::Inconsistent("serial"))?,
            sha256: CertificateDigest(sha256(&issued.der)),
            der: issued.der,
            created_at: self.now,
        };
        let change = change.go(self.record, &[OperationStep::Issue])?;
        let change = Change {
            held: CertificateChange::Hold(new),
            ..change
        };
        Ok(self.run_writing(change, ProgramKind::Write { auth, put: true }))
    }

    /// The point of the key that the card has had all along.
    fn public_key(&self) -> Result<[u8; 65], ServiceError> {
        let good = self
            .record
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
        answers: &Answers,
    ) -> Result<Verdict, ServiceError> {
        if put {
            match answers
                .get(StepName::PutCertificate)
                .map(|answer| command_outcome(answer.status))
            {
                Some(CommandOutcome::Done) => {}
                // The management key is not authenticated any more.
                Some(CommandOutcome::NotDone) => {
                    return Ok(self.look(change.with_problem(card_refused(answers))));
                }
                _ => return Ok(Self::wait(change.with_problem(card_refused(answers)))),
            }
        }
        let change = change.go(self.record, &[OperationStep::Write])?;
        let held = self
            .record
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
        let digest = CertificateDigest(sha256(held));
        let change = change.go(
            self.record,
            &[OperationStep::ReadBack, OperationStep::Confirm],
        )?;
        let change = Change {
            progress: change.progress.clone().rest(),
            ..change
        };
        Ok(Verdict::Confirm(change, Some(digest)))
    }

    /// The certificate of the register is on the card again.
    pub(super) fn restored(&self, change: Change, answers: &Answers) -> Verdict {
        let good = self.record.card.certificate.as_ref();
        let read = answers
            .done(StepName::GetCertificate)
            .and_then(|answer| certificate(&answer.data));
        if read.is_none() || read != good.map(|good| good.der.as_slice()) {
            return Self::wait(change.with_problem(card_refused(answers)));
        }
        Verdict::Settle(Change {
            progress: change.progress.clone().rest(),
            settled_at: Some(self.now),
            ..change
        })
    }
}
