//! From one step to the next: judges the answers, issues the certificate,
//! confirms the card.

use card_domain::{CardNo, CardState, EnterpriseId, EventOutcome};
use card_protocol::{
    enroll::EnrollReply,
    hex,
    piv::{self, Algorithm, Chuid, DataObject, PivError},
    program::ProgramOutcome,
};
use event_log::certificate::CardCertificate;

use super::{
    EnrollError, already, answer, enrolment_event,
    fault::Fault,
    made::Made,
    program::{self, decode},
    progress::{EnrolmentProgress, EnrolmentStep, Factory, Issued},
};
use crate::{
    card_program::{
        Answers, AttestationCheck, AuthOutcome, CardKey, KeyProof, MutualAuth, ProgramError,
        StepName,
    },
    context::RequestContext,
    digest::sha256,
    keys::{CardKeyMadeAt, MasterKey},
    pki::{PkiError, Registered, Subject},
    random,
    service::ServiceError,
    storage::{
        CardKeyRecord, CertificateDigest, ConfirmOutcome, Confirmation, EnrolmentRecord,
        EnrolmentUpdate, NewCertificate,
    },
};

/// What follows from an answer that was good.
pub(super) enum Next {
    /// One more program.
    Run(Box<EnrolmentProgress>),
    /// The card is made.
    Done(EnrollReply),
}

/// Judges the answers to the program that is out, and goes on to the next step.
pub(super) async fn advance(
    ctx: &RequestContext,
    record: &EnrolmentRecord,
    progress: EnrolmentProgress,
    outcome: &ProgramOutcome,
) -> Result<Next, EnrollError> {
    let program = program::program(&ctx.service.keys.master, &progress)?;
    let claim = Answers::of(&program, outcome).map_err(Fault::from)?;
    // The terminal of 制卡 is believed where the card can't prove (ADR 8).
    let answers = claim.as_told();
    let step = match &progress.step {
        EnrolmentStep::Metadata => {
            let known = answers.done(StepName::ManagementKeyMetadata);
            let known = known.and_then(|answer| {
                // A card may answer nothing, or of an algorithm that is
                // none of the factory's: then both are tried.
                let metadata = piv::parse_metadata(&answer.data).ok()?;
                metadata.algorithm.and_then(Factory::of)
            });
            EnrolmentStep::Witness {
                factory: known.unwrap_or(Factory::TripleDes),
                may_try_other: known.is_none(),
            }
        }
        EnrolmentStep::Witness {
            factory,
            may_try_other,
        } => match answers.done(StepName::Witness) {
            Some(answer) => EnrolmentStep::Answer {
                factory: *factory,
                auth: begin_auth(factory.key().algorithm(), &answer.data)?,
            },
            None if *may_try_other => EnrolmentStep::Witness {
                factory: Factory::Aes192,
                may_try_other: false,
            },
            None => return Err(Fault::NotBlank.into()),
        },
        EnrolmentStep::Answer { factory, auth } => {
            match auth.check(&factory.key(), answers) {
                AuthOutcome::Proven(proof) => EnrolmentStep::Generate {
                    proof,
                    attest: !ctx.service.attestation_roots.is_empty(),
                },
                // A card with another key refuses, or a fake one does not know
                // what to answer.
                AuthOutcome::Refused | AuthOutcome::NotAuthentic(PivError::NotAuthentic) => {
                    return Err(Fault::NotBlank.into());
                }
                AuthOutcome::NotAuthentic(error) => return Err(wrong_answer(error).into()),
            }
        }
        EnrolmentStep::Generate { proof, attest } => {
            let keys = generated(ctx, answers, *attest)?;
            let proof = proof.clone();
            return issue(ctx, record, progress, proof, &keys).await;
        }
        EnrolmentStep::Write { issued, digest, .. } => {
            let signature = answer::data(answers, StepName::Sign)?;
            let key = CardCertificate::from_der(&decode(&issued.der)?)?.key;
            answer::check_proof(&key, &decode(digest)?, signature)?;
            EnrolmentStep::ReadBack {
                issued: issued.clone(),
                nonce: random::bytes()?,
            }
        }
        EnrolmentStep::ReadBack { issued, nonce } => {
            answer::complete(answers)?;
            let key = CardKey::from_point(&card_key(issued)?).ok_or(Fault::PublicKey)?;
            let proven = claim
                .by_card_key(&key, nonce)
                .map_err(|_no| Fault::NoProof)?;
            read_back(ctx, &progress, issued, proven.value())?
        }
        EnrolmentStep::Prove { issued, auth } => {
            let key = ctx.service.keys.master.management_key(&progress.new_chip)?;
            match auth.check(&key, answers) {
                AuthOutcome::Proven(proof) => {
                    return confirm(ctx, record, &proof, &progress, issued).await;
                }
                AuthOutcome::Refused => {
                    answer::complete(answers)?;
                    return Err(Fault::NoProof.into());
                }
                AuthOutcome::NotAuthentic(PivError::NotAuthentic) => {
                    return Err(Fault::NoProof.into());
                }
                AuthOutcome::NotAuthentic(error) => return Err(wrong_answer(error).into()),
            }
        }
    };
    let next = progress.then(step);
    let saved = ctx
        .service
        .store
        .save_enrolment(saved(record, &ctx.service.keys.master, &next)?);
    if saved.await? {
        Ok(Next::Run(Box::new(next)))
    } else {
        Err(EnrollError::Over)
    }
}

/// The keys that the card made, and who attests them: the card's attestation key, if
/// it has one and was asked.
fn generated(ctx: &RequestContext, answers: &Answers, attest: bool) -> Result<NewKeys, Fault> {
    let key = |name| answer::public_key(name, answer::data(answers, name)?);
    let login = key(StepName::Generate)?;
    let card = key(StepName::GenerateCardKey)?;
    let check = AttestationCheck {
        roots: &ctx.service.attestation_roots,
        card: &card,
        known: None,
        now: ctx.request.now,
    };
    let attestation = if attest {
        check.judge(answers, &login).map_err(Fault::Attestation)?
    } else {
        None
    };
    Ok(NewKeys {
        login,
        card,
        attestation,
    })
}

/// Issues the certificate, on hold until the card is confirmed.
async fn issue(
    ctx: &RequestContext,
    record: &EnrolmentRecord,
    progress: EnrolmentProgress,
    proof: KeyProof,
    keys: &NewKeys,
) -> Result<Next, EnrollError> {
    let store = &ctx.service.store;
    let card = store.card(record.enterprise, record.card).await?;
    // Nothing is certified for a card that was made already.
    if card.state != CardState::NotIssued {
        return Err(already(card.state).into());
    }
    let CardNo(card_no) = store.reserve_card_no().await?;
    // What is certified is what the log says: a row that says something else for the
    // moment of this reading certifies nothing.
    let facts = ctx.explained(record.card).await?.facts;
    let subject = Subject {
        card_no: &card_no,
        holder_name: &progress.names.holder,
        enterprise_name: &progress.names.enterprise.name,
        operator_no: facts.operator_no.as_deref(),
        registered: Some(Registered {
            card: record.card,
            enterprise: EnterpriseId(facts.enterprise),
            enterprise_code: &progress.names.enterprise.code,
        }),
    };
    let now = ctx.request.now;
    let authority = &ctx.service.keys.authority;
    let certificate = match authority.issue(&subject, &keys.login, authority.ten_years_from(now)?) {
        Err(PkiError::PublicKey) => return Err(Fault::PublicKey.into()),
        other => other?,
    };
    let issued = Issued {
        card_no,
        holder_name: progress.names.holder.clone(),
        der: hex::encode(&certificate.der),
        card_key: hex::encode(&keys.card),
        attestation: keys.attestation.map(|digest| hex::encode(&digest.0)),
    };
    let next = progress.then(EnrolmentStep::Write {
        proof,
        issued,
        digest: hex::encode(&random::bytes::<32>()?),
    });
    let new = NewCertificate {
        id: random::uuid(now)?,
        serial: certificate.serial,
        sha256: CertificateDigest(sha256(&certificate.der)),
        der: certificate.der,
        created_at: now,
    };
    if store
        .hold_certificate(saved(record, &ctx.service.keys.master, &next)?, new)
        .await?
    {
        Ok(Next::Run(Box::new(next)))
    } else {
        Err(EnrollError::Over)
    }
}

/// The card says of itself what was written: now it has to prove the management key.
fn read_back(
    ctx: &RequestContext,
    progress: &EnrolmentProgress,
    issued: &Issued,
    answers: &Answers,
) -> Result<EnrolmentStep, EnrollError> {
    let chuid = answer::data(answers, StepName::GetChuid)?;
    let chuid = piv::parse_data(DataObject::Chuid, chuid)
        .and_then(Chuid::parse)
        .map_err(|error| Fault::Answer(StepName::GetChuid.as_str(), error))?;
    if chuid.chip_id != progress.new_chip {
        return Err(Fault::ReadBack("the chip id").into());
    }
    let object = answer::data(answers, StepName::GetCertificate)?;
    let der = piv::parse_data(DataObject::AuthenticationCertificate, object)
        .and_then(piv::parse_certificate_object)
        .map_err(|error| Fault::Answer(StepName::GetCertificate.as_str(), error))?;
    if der != decode(&issued.der)? {
        return Err(Fault::ReadBack("the certificate").into());
    }
    let key = ctx.service.keys.master.management_key(&progress.new_chip)?;
    let witness = answer::data(answers, StepName::Witness)?;
    Ok(EnrolmentStep::Prove {
        issued: issued.clone(),
        auth: begin_auth(key.algorithm(), witness)?,
    })
}

/// The card was read back, and proved both its own key and the management key.
async fn confirm(
    ctx: &RequestContext,
    record: &EnrolmentRecord,
    _proof: &KeyProof,
    progress: &EnrolmentProgress,
    issued: &Issued,
) -> Result<Next, EnrollError> {
    let chip = progress.new_chip;
    let made = Made {
        answered: progress.answered.clone().unwrap_or_default(),
        reply: EnrollReply::Done {
            card_no: issued.card_no.clone(),
            holder_name: issued.holder_name.clone(),
            chip,
        },
    };
    let point = card_key(issued)?;
    let made_at = CardKeyMadeAt::CardMaking;
    let master = &ctx.service.keys.master;
    let proof = master.card_key_proof(&chip, &point, made_at)?;
    let confirmation = Confirmation {
        enrolment: record.id,
        certificate: CertificateDigest(sha256(&decode(&issued.der)?)),
        attestation: attestation(issued)?,
        card_no: CardNo(issued.card_no.clone()),
        chip_id: chip,
        card_key: CardKeyRecord {
            point,
            made_at,
            proof: *proof,
        },
        pin_tries: None,
        payload: made.seal(master, record)?,
        at: ctx.request.now,
        event: enrolment_event(ctx, record, EventOutcome::Done),
    };
    match ctx.service.store.confirm_enrolment(confirmation).await? {
        ConfirmOutcome::Confirmed { .. } => Ok(Next::Done(made.reply)),
        ConfirmOutcome::CardIs(state) => Err(already(state).into()),
        ConfirmOutcome::Gone | ConfirmOutcome::NotHeld => Err(EnrollError::Over),
    }
}

/// The public keys that a new card made.
struct NewKeys {
    /// Slot 9A, uncompressed point.
    login: [u8; 65],
    /// Slot 9E, uncompressed point.
    card: [u8; 65],
    /// The certificate of the key with which the card attested both, if it did.
    attestation: Option<CertificateDigest>,
}

/// The card's own key, as it was kept.
fn card_key(issued: &Issued) -> Result<[u8; 65], ServiceError> {
    hex::decode_array(&issued.card_key).ok_or(ServiceError::Inconsistent("own hex"))
}

/// Who attested the keys, as it was kept.
fn attestation(issued: &Issued) -> Result<Option<CertificateDigest>, ServiceError> {
    let digest = issued.attestation.as_deref().map(|digest| {
        hex::decode_array(digest)
            .map(CertificateDigest)
            .ok_or(ServiceError::Inconsistent("own hex"))
    });
    digest.transpose()
}

/// The row after this step; it has to be the one that was read still.
fn saved(
    record: &EnrolmentRecord,
    master: &MasterKey,
    next: &EnrolmentProgress,
) -> Result<EnrolmentUpdate, ServiceError> {
    Ok(EnrolmentUpdate {
        id: record.id,
        before: record.step.clone(),
        step: next.step_name(),
        payload: next.seal(master, record.id, record.card)?,
    })
}

/// The card's witness and a fresh challenge. A witness that is none is the
/// card's fault and ends the enrolment.
fn begin_auth(algorithm: Algorithm, witness: &[u8]) -> Result<MutualAuth, EnrollError> {
    match MutualAuth::begin(algorithm, witness) {
        Err(ProgramError::Witness(error)) => Err(Fault::Answer("the witness", error).into()),
        begun => Ok(begun?),
    }
}

const fn wrong_answer(error: PivError) -> Fault {
    Fault::Answer("the card's answer to our challenge", error)
}
