//! The programs of 延期 and 解锁, stage by stage. Each is run within one card
//! transaction; the order of its commands is what `docs/operations.md` rests on.

use app::api::operation::Doing;
use card_protocol::{
    ChipId, Command, PinPolicy, hex,
    piv::{self, Algorithm, DataObject, PIN_REFERENCE, PUK_REFERENCE, PivError, Slot},
    program::Step,
};

use super::{
    marker::Marker,
    memory::{Auth, Stage},
};
use crate::{digest::sha256, keys::MasterKey, service::ServiceError};

/// Where the marker lies.
pub(super) const MARKER: DataObject = DataObject::SecurityObject;

const DONE: &str = "9000";
/// No such object.
const ABSENT: &str = "6A82";
/// What a card says that lacks GET METADATA.
const LACKING: [&str; 7] = ["6D00", "6A80", "6A81", "6A86", "6A88", "6982", "6985"];

/// A step, with its name for errors.
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) step: Step,
}

/// What the programs are made of.
pub(super) struct Material<'a> {
    pub(super) master: &'a MasterKey,
    pub(super) chip: ChipId,
    pub(super) is_unlock: bool,
    /// The certificate that is written, DER.
    pub(super) certificate: Option<&'a [u8]>,
    pub(super) policy: PinPolicy,
}

/// What a program does, for the progress.
pub(super) const fn doing(stage: &Stage) -> Doing {
    match stage {
        Stage::Idle | Stage::Look { .. } | Stage::Check { .. } => Doing::Checking,
        Stage::Generate { .. } => Doing::MakingKey,
        Stage::Write { put: true, .. } => Doing::Writing,
        Stage::Write { put: false, .. } => Doing::ReadingBack,
        Stage::Restore { .. } => Doing::Restoring,
        Stage::Unblock { .. } => Doing::SettingPin,
        Stage::Rotate { .. } | Stage::Note { .. } => Doing::ReplacingPuk,
    }
}

impl Material<'_> {
    /// The steps of the program of a stage.
    pub(super) fn steps(&self, stage: &Stage) -> Result<Vec<Named>, ServiceError> {
        match stage {
            Stage::Idle => Err(ServiceError::Inconsistent("no program is out")),
            Stage::Look { certificate } => self.look(*certificate),
            Stage::Generate { auth } => Ok(vec![
                self.answer(auth)?,
                needed(
                    GENERATE,
                    &ours(piv::generate_key(Slot::Authentication, Algorithm::P256))?,
                )?,
            ]),
            Stage::Write { auth, put } => {
                let mut steps = Vec::new();
                if let Some(auth) = auth {
                    steps.push(self.answer(auth)?);
                }
                if *put {
                    steps.push(self.put_certificate()?);
                }
                steps.push(get_certificate(&[DONE])?);
                Ok(steps)
            }
            Stage::Restore { auth } => Ok(vec![
                self.answer(auth)?,
                self.put_certificate()?,
                get_certificate(&[DONE])?,
            ]),
            Stage::Unblock { auth, from } => {
                let puk = self.master.puk(&self.chip, *from)?;
                let mut steps = vec![
                    self.answer(auth)?,
                    Named {
                        name: UNBLOCK,
                        step: Step::NewPin {
                            command: format!("002C0080{}", hex::encode(puk.as_bytes())),
                            accept: vec![DONE.to_owned()],
                            policy: Some(self.policy),
                        },
                    },
                ];
                steps.extend(self.rotation(*from)?);
                Ok(steps)
            }
            Stage::Rotate { auth, from } => {
                let mut steps = vec![self.answer(auth)?];
                steps.extend(self.rotation(*from)?);
                Ok(steps)
            }
            Stage::Note { generation } => Ok(vec![
                self.put_marker(MARK_DONE, Marker::done(*generation))?,
                pin_status()?,
            ]),
            Stage::Check { auth, .. } => Ok(vec![self.answer(auth)?, pin_status()?]),
        }
    }

    /// The witness comes last: some cards forget it with the next command.
    fn look(&self, certificate: bool) -> Result<Vec<Named>, ServiceError> {
        let mut steps = vec![pin_status()?];
        if self.is_unlock {
            steps.push(step(GET_MARKER, &piv::get_data(MARKER), &[DONE, ABSENT])?);
            let lacking: Vec<&str> = std::iter::once(DONE).chain(LACKING).collect();
            steps.push(step(
                PUK_METADATA,
                &piv::get_metadata(PUK_REFERENCE),
                &lacking,
            )?);
        }
        if certificate {
            steps.push(get_certificate(&[DONE, ABSENT])?);
        }
        steps.push(needed(
            WITNESS,
            &ours(piv::request_witness(Algorithm::Aes256))?,
        )?);
        Ok(steps)
    }

    /// The card proves that it has its key, or the program ends here.
    fn answer(&self, auth: &Auth) -> Result<Named, ServiceError> {
        let key = self.master.management_key(&self.chip)?;
        let challenge = decode(&auth.challenge)?;
        let command = ours(piv::answer_witness(
            &key,
            &decode(&auth.witness)?,
            &challenge,
        ))?;
        let expected = piv::expected_answer(&key, &challenge)
            .map_err(|_length| ServiceError::Inconsistent("a challenge is not one block"))?;
        let Step::Apdu {
            command, accept, ..
        } = needed(ANSWER, &command)?.step
        else {
            return Err(ServiceError::Inconsistent("a command is no command"));
        };
        Ok(Named {
            name: ANSWER,
            step: Step::Apdu {
                command,
                accept,
                answer_sha256: Some(hex::encode(&sha256(&expected))),
            },
        })
    }

    fn put_certificate(&self) -> Result<Named, ServiceError> {
        let der = self.certificate.ok_or(ServiceError::Inconsistent(
            "there is no certificate to write",
        ))?;
        let contents = piv::build_certificate_object(der);
        needed(
            PUT_CERTIFICATE,
            &piv::put_data(DataObject::AuthenticationCertificate, &contents),
        )
    }

    fn put_marker(&self, name: &'static str, marker: Marker) -> Result<Named, ServiceError> {
        let contents = marker.to_bytes(self.master, &self.chip)?;
        needed(name, &piv::put_data(MARKER, &contents))
    }

    /// Where it leads, the change, that it is done.
    fn rotation(&self, from: u32) -> Result<Vec<Named>, ServiceError> {
        let to = from + 1;
        let (old, new) = (
            self.master.puk(&self.chip, from)?,
            self.master.puk(&self.chip, to)?,
        );
        Ok(vec![
            self.put_marker(MARK_INTENT, Marker::intent(from, to))?,
            needed(CHANGE_PUK, &piv::change_puk(&old, &new))?,
            self.put_marker(MARK_DONE, Marker::done(to))?,
            pin_status()?,
        ])
    }
}

// The names of the steps.
pub(super) const WITNESS: &str = "GENERAL AUTHENTICATE 9B (witness)";
pub(super) const ANSWER: &str = "GENERAL AUTHENTICATE 9B (answer)";
pub(super) const PIN_STATUS: &str = "VERIFY (status)";
pub(super) const GET_MARKER: &str = "GET DATA marker";
pub(super) const PUK_METADATA: &str = "GET METADATA PUK";
pub(super) const GENERATE: &str = "GENERATE 9A";
pub(super) const PUT_CERTIFICATE: &str = "PUT DATA certificate";
pub(super) const GET_CERTIFICATE: &str = "GET DATA certificate";
pub(super) const UNBLOCK: &str = "RESET RETRY COUNTER";
pub(super) const MARK_INTENT: &str = "PUT DATA marker (before)";
pub(super) const CHANGE_PUK: &str = "CHANGE REFERENCE DATA PUK";
pub(super) const MARK_DONE: &str = "PUT DATA marker (after)";

fn get_certificate(accept: &[&str]) -> Result<Named, ServiceError> {
    step(
        GET_CERTIFICATE,
        &piv::get_data(DataObject::AuthenticationCertificate),
        accept,
    )
}

/// Whatever it says of the PIN is an answer.
fn pin_status() -> Result<Named, ServiceError> {
    debug_assert_eq!(PIN_REFERENCE, 0x80);
    let tries: Vec<String> = (0..=15).map(|tries| format!("63C{tries:X}")).collect();
    let mut accept = vec![DONE, "6983"];
    accept.extend(tries.iter().map(String::as_str));
    step(PIN_STATUS, &piv::verify_status(), &accept)
}

fn needed(name: &'static str, command: &Command) -> Result<Named, ServiceError> {
    step(name, command, &[DONE])
}

fn step(name: &'static str, command: &Command, accept: &[&str]) -> Result<Named, ServiceError> {
    let bytes = command
        .encode()
        .map_err(|_too_long| ServiceError::Inconsistent("a command is too long"))?;
    Ok(Named {
        name,
        step: Step::Apdu {
            command: hex::encode(&bytes),
            accept: accept.iter().map(|status| (*status).to_owned()).collect(),
            answer_sha256: None,
        },
    })
}

fn ours(command: Result<Command, PivError>) -> Result<Command, ServiceError> {
    command.map_err(|_constant| ServiceError::Inconsistent("a command can't be made"))
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, ServiceError> {
    hex::decode(text).ok_or(ServiceError::Inconsistent("own hex"))
}
