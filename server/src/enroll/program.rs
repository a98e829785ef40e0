//! The programs of an enrolment, step by step. The order matters: the chip id
//! before the management key that is derived from it; PIN retries, which reset
//! PIN and PUK, before both; the PIN, which only the terminal knows, last.

use card_protocol::{
    Pin, PinTries, Puk,
    enroll::EnrollReply,
    hex,
    piv::{self, Algorithm, Chuid, DataObject, MANAGEMENT_KEY, Slot, Touch},
};
use jiff::civil::Date;

use super::{
    EnrollError,
    progress::{EnrolmentProgress, EnrolmentStep},
};
use crate::{
    card_program::{Accept, CardProgram, ProgramBuilder, ProgramError, StepName},
    context::RequestContext,
    keys::MasterKey,
    program_signing,
    service::ServiceError,
};

/// The PIN of a new card: where the terminal's PIN takes its place.
const FACTORY_PIN: &str = "123456";
/// The PUK of a new card.
const FACTORY_PUK: Puk = Puk::new(*b"12345678");
/// Tries of a new PIN, where the card lets us choose.
const PIN_TRIES: PinTries = PinTries(5);
/// Tries of the PUK: the server derives it and never guesses.
const PUK_TRIES: PinTries = PinTries(3);
/// The plastic does not expire for us; the standard wants a date.
const NO_EXPIRY: Date = Date::constant(2099, 12, 31);

/// The program that is next, or whose outcome is read.
pub(super) fn program(
    master: &MasterKey,
    progress: &EnrolmentProgress,
) -> Result<CardProgram, ServiceError> {
    let mut program = ProgramBuilder::card_making(progress.step.proof().cloned());
    match &progress.step {
        EnrolmentStep::Metadata => {
            let command = piv::get_metadata(MANAGEMENT_KEY);
            let name = StepName::ManagementKeyMetadata;
            program.send(name, &command, Accept::DoneOrUnsupported)?;
        }
        EnrolmentStep::Witness { factory, .. } => {
            program.witness(factory.key().algorithm(), Accept::DoneOrUnsupported)?;
        }
        EnrolmentStep::Answer { factory, auth } => {
            program.answer(&factory.key(), auth)?;
        }
        EnrolmentStep::Generate { attest, .. } => {
            let chuid = Chuid {
                chip_id: progress.new_chip,
                expires: NO_EXPIRY,
            };
            let chuid = piv::put_data(DataObject::Chuid, &chuid.to_bytes());
            program.require(StepName::PutChuid, &chuid)?;
            let generate = piv::generate_key(Slot::Authentication, Algorithm::P256)
                .map_err(|error| ProgramError::Command(StepName::Generate, error))?;
            program.require(StepName::Generate, &generate)?;
            let generate = piv::generate_key(Slot::CardAuthentication, Algorithm::P256)
                .map_err(|error| ProgramError::Command(StepName::GenerateCardKey, error))?;
            program.require(StepName::GenerateCardKey, &generate)?;
            if *attest {
                program.attest()?;
            }
        }
        EnrolmentStep::Write { issued, digest, .. } => {
            let contents = piv::build_certificate_object(&decode(&issued.der)?);
            let put = piv::put_data(DataObject::AuthenticationCertificate, &contents);
            program.require(StepName::PutCertificate, &put)?;
            let pin = Pin::new(FACTORY_PIN)
                .map_err(|_constant| ServiceError::Inconsistent("the factory PIN"))?;
            let verify = piv::verify_pin(&pin);
            program.secret(StepName::VerifyFactoryPin, &verify)?;
            let sign = piv::sign(Slot::Authentication, Algorithm::P256, &decode(digest)?)
                .map_err(|error| ProgramError::Command(StepName::Sign, error))?;
            program.require(StepName::Sign, &sign)?;
            let retries = piv::set_pin_retries(PIN_TRIES, PUK_TRIES);
            program.send(StepName::SetPinRetries, &retries, Accept::DoneOrUnsupported)?;
            let key = master.management_key(&progress.new_chip)?;
            let set_key = piv::set_management_key(&key, Touch::Never);
            program.secret(StepName::SetManagementKey, &set_key)?;
            let puk = master.puk(&progress.new_chip, 0)?;
            let change_puk = piv::change_puk(&FACTORY_PUK, &puk);
            program.secret(StepName::ChangePuk, &change_puk)?;
            // The terminal chose the PIN before it began.
            let change_pin = piv::change_pin_to_appended(&pin);
            program.new_pin(StepName::ChangePin, &change_pin)?;
        }
        EnrolmentStep::ReadBack { nonce, .. } => {
            program.prove_card(nonce)?;
            let chuid = piv::get_data(DataObject::Chuid);
            program.require(StepName::GetChuid, &chuid)?;
            let certificate = piv::get_data(DataObject::AuthenticationCertificate);
            program.require(StepName::GetCertificate, &certificate)?;
            program.witness(Algorithm::Aes256, Accept::Done)?;
        }
        EnrolmentStep::Prove { auth, .. } => {
            let key = master.management_key(&progress.new_chip)?;
            program.answer(&key, auth)?;
        }
    }
    Ok(program.build())
}

/// The reply that has the bridge run the program of this step.
pub(super) fn handed_out(
    ctx: &RequestContext,
    operation: &str,
    progress: &EnrolmentProgress,
) -> Result<EnrollReply, EnrollError> {
    let program = program(&ctx.service.keys.master, progress)?;
    let chip = progress.chip_on_card();
    Ok(EnrollReply::Run {
        program: program_signing::sign(
            ctx,
            program,
            operation.to_owned(),
            progress.sequence,
            chip,
        )?,
    })
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, ServiceError> {
    hex::decode(text).ok_or(ServiceError::Inconsistent("own hex"))
}
