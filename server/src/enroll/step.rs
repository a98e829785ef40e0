//! From one stage to the next: judges the answers, issues the certificate,
//! confirms the card.

use card_domain::CardNo;
use card_protocol::{
    ChipId,
    enroll::EnrollReply,
    hex,
    piv::{self, Chuid, DataObject, ManagementKey, PivError},
    program::ProgramOutcome,
};

use super::{
    EnrollError, already,
    answer::{self, Answers},
    fault::Fault,
    memory::{Factory, Issued, Memory, Stage},
};
use crate::{
    digest::sha256,
    pki::{CardCertificate, PkiError, Subject, ten_years_from},
    random,
    service::{RequestBackend, ServiceError},
    storage::{
        CertificateDigest, ConfirmOutcome, Confirmation, EnrolmentRecord, Holder, NewCertificate,
        Outcome, SavedEnrolment,
    },
};
use app::api::ErrorCode;

/// What comes next.
pub(super) enum Next {
    /// One more program.
    Run(Memory),
    /// The card is made.
    Done(EnrollReply),
}

impl RequestBackend {
    pub(super) async fn judge(
        &self,
        record: &EnrolmentRecord,
        memory: Memory,
        outcome: &ProgramOutcome,
    ) -> Result<Next, EnrollError> {
        let answers = Answers::new(&memory.stage, outcome)?;
        let stage = match &memory.stage {
            Stage::Metadata => {
                let known = answers.optional(0)?.and_then(|data| {
                    // A card may answer nothing, or of an algorithm that is
                    // none of the factory's: then both are tried.
                    let metadata = piv::parse_metadata(&data).ok()?;
                    metadata.algorithm.and_then(Factory::of)
                });
                Stage::Witness {
                    factory: known.unwrap_or(Factory::TripleDes),
                    may_try_other: known.is_none(),
                }
            }
            Stage::Witness {
                factory,
                may_try_other,
            } => match answers.optional(0)? {
                Some(data) => answer_stage(*factory, &data)?,
                None if *may_try_other => Stage::Witness {
                    factory: Factory::Aes192,
                    may_try_other: false,
                },
                None => return Err(Fault::NotBlank.into()),
            },
            Stage::Answer {
                factory, challenge, ..
            } => {
                // A card with another key answers something else than 9000, a
                // fake one does not know what to answer.
                let data = answers.data(0).map_err(|_refused| Fault::NotBlank)?;
                check_key(&factory.key(), challenge, &data)?;
                Stage::Generate
            }
            Stage::Generate => {
                answers.data(0)?;
                let point = answer::public_key(&answers.data(1)?)?;
                return self.issue(record, memory, &point).await;
            }
            Stage::Write { issued, digest } => {
                let key = CardCertificate::from_der(&decode(&issued.der)?)?.key;
                answer::check_proof(&key, &decode(digest)?, &answers.data(2)?)?;
                for index in [0, 1, 4, 5, 6] {
                    answers.data(index)?;
                }
                Stage::ReadBack {
                    issued: issued.clone(),
                }
            }
            Stage::ReadBack { issued } => self.read_back(&memory, issued, &answers)?,
            Stage::Prove {
                issued, challenge, ..
            } => {
                let key = self.service.keys.master.management_key(&memory.new_chip)?;
                check_key(&key, challenge, &answers.data(0)?)?;
                return self.confirm(record, memory.new_chip, issued).await;
            }
        };
        let next = memory.then(stage);
        let saved = self.service.store.save_enrolment(saved(record, &next)?);
        if saved.await? {
            Ok(Next::Run(next))
        } else {
            Err(ErrorCode::NotFound.into())
        }
    }

    /// Issues the certificate, on hold until the card is confirmed.
    async fn issue(
        &self,
        record: &EnrolmentRecord,
        memory: Memory,
        point: &[u8; 65],
    ) -> Result<Next, EnrollError> {
        let store = &self.service.store;
        let card = store.card(record.enterprise, record.card).await?;
        let CardNo(card_no) = store.reserve_card_no().await?;
        let subject = Subject {
            card_no: &card_no,
            holder_name: &card.holder_name,
            enterprise_name: &memory.enterprise_name,
            operator_no: match &card.holder {
                Holder::LegalPerson => None,
                Holder::Operator(number) => Some(&number.0),
            },
        };
        let now = self.request.now;
        let authority = &self.service.keys.authority;
        let certificate = match authority.issue(&subject, point, ten_years_from(now)?) {
            Err(PkiError::PublicKey) => return Err(Fault::PublicKey.into()),
            other => other?,
        };
        let issued = Issued {
            card_no,
            holder_name: card.holder_name,
            der: hex::encode(&certificate.der),
        };
        let next = memory.then(Stage::Write {
            issued,
            digest: hex::encode(&random::bytes::<32>()?),
        });
        let new = NewCertificate {
            id: random::uuid(now)?,
            serial: hex::decode(&certificate.serial).ok_or(ServiceError::Inconsistent("serial"))?,
            sha256: CertificateDigest(sha256(&certificate.der)),
            der: certificate.der,
            created_at: now,
        };
        if store.hold_certificate(saved(record, &next)?, new).await? {
            Ok(Next::Run(next))
        } else {
            Err(ErrorCode::NotFound.into())
        }
    }

    fn read_back(
        &self,
        memory: &Memory,
        issued: &Issued,
        answers: &Answers<'_>,
    ) -> Result<Stage, EnrollError> {
        let chuid = answers.data(0)?;
        let chuid = piv::parse_data(DataObject::Chuid, &chuid)
            .and_then(Chuid::parse)
            .map_err(|error| Fault::Answer("GET DATA CHUID", error))?;
        if chuid.chip_id != memory.new_chip {
            return Err(Fault::ReadBack("the chip id").into());
        }
        let object = answers.data(1)?;
        let der = piv::parse_data(DataObject::AuthenticationCertificate, &object)
            .and_then(piv::parse_certificate_object)
            .map_err(|error| Fault::Answer("GET DATA certificate", error))?;
        if der != decode(&issued.der)? {
            return Err(Fault::ReadBack("the certificate").into());
        }
        let key = self.service.keys.master.management_key(&memory.new_chip)?;
        let (witness, challenge) = mutual(&key, &answers.data(2)?)?;
        Ok(Stage::Prove {
            issued: issued.clone(),
            witness,
            challenge,
        })
    }

    async fn confirm(
        &self,
        record: &EnrolmentRecord,
        chip: ChipId,
        issued: &Issued,
    ) -> Result<Next, EnrollError> {
        let confirmation = Confirmation {
            enrolment: record.id,
            certificate: CertificateDigest(sha256(&decode(&issued.der)?)),
            card_no: CardNo(issued.card_no.clone()),
            chip_id: chip,
            pin_tries: None,
            at: self.request.now,
            event: self.enrolment_event(record, Outcome::Done),
        };
        match self.service.store.confirm_enrolment(confirmation).await? {
            ConfirmOutcome::Confirmed { card_no, .. } => Ok(Next::Done(EnrollReply::Done {
                card_no: card_no.0,
                holder_name: issued.holder_name.clone(),
                chip,
            })),
            ConfirmOutcome::CardIs(state) => Err(already(state).into()),
            ConfirmOutcome::Gone | ConfirmOutcome::NotHeld => Err(ErrorCode::NotFound.into()),
        }
    }
}

fn saved(record: &EnrolmentRecord, next: &Memory) -> Result<SavedEnrolment, ServiceError> {
    Ok(SavedEnrolment {
        id: record.id,
        before: record.step.clone(),
        step: next.step_name(),
        payload: next.to_json()?,
    })
}

fn answer_stage(factory: Factory, data: &[u8]) -> Result<Stage, EnrollError> {
    let (witness, challenge) = mutual(&factory.key(), data)?;
    Ok(Stage::Answer {
        factory,
        witness,
        challenge,
    })
}

/// The card's witness and a fresh challenge of ours, both in hex.
fn mutual(key: &ManagementKey, data: &[u8]) -> Result<(String, String), EnrollError> {
    let witness = piv::parse_witness(key.algorithm(), data)
        .map_err(|error| Fault::Answer("the witness", error))?;
    let random = random::bytes::<16>()?;
    let challenge = random.get(..key.block_length()).unwrap_or(&random);
    Ok((hex::encode(witness), hex::encode(challenge)))
}

fn check_key(key: &ManagementKey, challenge: &str, data: &[u8]) -> Result<(), EnrollError> {
    piv::check_answer(key, &decode(challenge)?, data).map_err(|error| match error {
        PivError::NotAuthentic => Fault::NotBlank.into(),
        error => Fault::Answer("the card's answer to our challenge", error).into(),
    })
}

fn decode(text: &str) -> Result<Vec<u8>, EnrollError> {
    Ok(hex::decode(text).ok_or(ServiceError::Inconsistent("own hex"))?)
}
