//! The programs of 延期 and 解锁, one of each kind. Each is run within one card
//! transaction; the order of its commands is what `docs/operations.md` rests on.

use app::api::operation::Doing;
use card_protocol::{
    ChipId, PinPolicy,
    piv::{self, Algorithm, DataObject, ManagementKey, PUK_REFERENCE, Slot},
};
use uuid::Uuid;

use super::{
    marker::Marker,
    progress::{OperationProgram, OperationProgress, ProvesBy},
};
use crate::{
    card_program::{
        Accept, CardProgram, MutualAuth, ProgramBuilder, ProgramError, StepName, StoredBridgeKey,
        Vouched, VouchedKey,
    },
    keys::MasterKey,
    service::ServiceError,
};

/// Where the marker lies.
pub(super) const MARKER: DataObject = DataObject::SecurityObject;

/// A program for a card that proved itself.
type Secret = ProgramBuilder<Vouched>;

/// What the programs for one card are made of.
pub(super) struct OperationPrograms<'a> {
    pub(super) master: &'a MasterKey,
    pub(super) operation: Uuid,
    pub(super) chip: ChipId,
    pub(super) is_unlock: bool,
    /// The certificate that is written, DER.
    pub(super) certificate: Option<&'a [u8]>,
    pub(super) policy: PinPolicy,
}

/// What a program does, for the progress on the screen.
pub(super) const fn doing(program: &OperationProgram) -> Doing {
    match program {
        OperationProgram::Idle
        | OperationProgram::Witness
        | OperationProgram::Look { .. }
        | OperationProgram::Check { .. } => Doing::Checking,
        OperationProgram::Generate { .. } => Doing::MakingKey,
        OperationProgram::Write { put: true, .. } => Doing::Writing,
        OperationProgram::Write { put: false, .. } => Doing::ReadingBack,
        OperationProgram::Restore { .. } => Doing::Restoring,
        OperationProgram::Unblock { .. } => Doing::SettingPin,
        OperationProgram::Rotate { .. } | OperationProgram::KeepPuk { .. } => Doing::ReplacingPuk,
    }
}

impl OperationPrograms<'_> {
    /// The program that is out.
    pub(super) fn program(
        &self,
        progress: &OperationProgress,
    ) -> Result<CardProgram, ServiceError> {
        let Some(kind) = progress.program.kind() else {
            return Err(ServiceError::Inconsistent("no program is out"));
        };
        let bridge = progress.bridge.as_ref();
        match &progress.program {
            OperationProgram::Witness => {
                let mut program = ProgramBuilder::clear();
                program.witness(Algorithm::Aes256, Accept::Done)?;
                Ok(program.build())
            }
            OperationProgram::Look {
                by: ProvesBy::CardKey { nonce },
                certificate,
                attest,
            } => {
                let mut program = ProgramBuilder::clear();
                program.prove_card(nonce)?;
                self.look(&mut program, *certificate, *attest)?;
                Ok(program.build())
            }
            OperationProgram::Look {
                by: ProvesBy::ManagementKey { auth },
                certificate,
                attest,
            } => {
                let bridge = bridge.ok_or(ServiceError::Inconsistent("no bridge said its key"))?;
                let mut program = ProgramBuilder::to_bridge(bridge.key().clone());
                program.answer(&self.management_key()?, auth)?;
                self.look(&mut program, *certificate, *attest)?;
                Ok(program.build())
            }
            other => {
                let mut program = ProgramBuilder::vouched(kind, self.vouched(bridge)?);
                self.steps(&mut program, other)?;
                Ok(program.build())
            }
        }
    }

    /// The steps of a program for a card that proved itself.
    fn steps(&self, program: &mut Secret, next: &OperationProgram) -> Result<(), ServiceError> {
        match next {
            OperationProgram::Generate { auth, attest } => {
                self.answer(program, auth)?;
                generate(
                    program,
                    StepName::Generate,
                    Slot::Authentication,
                    Accept::Done,
                )?;
                if *attest {
                    program.attest()?;
                }
                program.witness(Algorithm::Aes256, Accept::Done)?;
            }
            OperationProgram::Write {
                auth,
                put,
                card_key,
            } => {
                self.answer(program, auth)?;
                if *card_key {
                    // A card that can't goes on proving itself by its management key.
                    let accept = Accept::DoneOrUnsupported;
                    let name = StepName::GenerateCardKey;
                    generate(program, name, Slot::CardAuthentication, accept)?;
                }
                if *put {
                    self.put_certificate(program)?;
                }
                get_certificate(program, Accept::Done)?;
            }
            OperationProgram::Restore { auth } => {
                self.answer(program, auth)?;
                self.put_certificate(program)?;
                get_certificate(program, Accept::Done)?;
            }
            OperationProgram::Unblock { auth, from } => {
                self.answer(program, auth)?;
                let puk = self.master.puk(&self.chip, *from)?;
                let unblock = piv::reset_retry_counter_to_appended(&puk);
                program.new_pin(StepName::ResetRetryCounter, &unblock, self.policy)?;
                self.rotate(program, *from)?;
            }
            OperationProgram::Rotate { auth, from } => {
                self.answer(program, auth)?;
                self.rotate(program, *from)?;
            }
            OperationProgram::KeepPuk { auth, generation } => {
                self.answer(program, auth)?;
                let marker = Marker::done(*generation);
                self.put_marker(program, StepName::PutDoneMarker, marker)?;
                program.pin_status()?;
            }
            OperationProgram::Check { auth, .. } => {
                self.answer(program, auth)?;
                program.pin_status()?;
            }
            OperationProgram::Idle | OperationProgram::Witness | OperationProgram::Look { .. } => {
                return Err(ServiceError::Inconsistent("a look holds no secret"));
            }
        }
        Ok(())
    }

    /// The key of the bridge at which the card proved itself.
    fn vouched(&self, bridge: Option<&StoredBridgeKey>) -> Result<VouchedKey, ServiceError> {
        let vouched = match bridge {
            Some(stored) => stored.vouched(self.master, self.operation, &self.chip)?,
            None => None,
        };
        vouched.ok_or(ServiceError::Inconsistent("no card vouched for the bridge"))
    }

    fn management_key(&self) -> Result<ManagementKey, ServiceError> {
        Ok(self.master.management_key(&self.chip)?)
    }

    /// What is read of a card, and last a witness for the next program: some
    /// cards forget it with the next command.
    fn look<A>(
        &self,
        program: &mut ProgramBuilder<A>,
        certificate: bool,
        attest: bool,
    ) -> Result<(), ProgramError> {
        program.pin_status()?;
        if self.is_unlock {
            let marker = piv::get_data(MARKER);
            program.send(StepName::GetMarker, &marker, Accept::DoneOrMissing)?;
            let metadata = piv::get_metadata(PUK_REFERENCE);
            program.send(StepName::PukMetadata, &metadata, Accept::DoneOrUnsupported)?;
        }
        if certificate {
            get_certificate(program, Accept::DoneOrMissing)?;
        }
        if attest {
            program.attest_card_key()?;
        }
        program.witness(Algorithm::Aes256, Accept::Done)
    }

    /// The card proves that it has its management key, or the program ends here.
    fn answer(&self, program: &mut Secret, auth: &MutualAuth) -> Result<(), ServiceError> {
        Ok(program.answer(&self.management_key()?, auth)?)
    }

    fn put_certificate(&self, program: &mut Secret) -> Result<(), ServiceError> {
        let der = self.certificate.ok_or(ServiceError::Inconsistent(
            "there is no certificate to write",
        ))?;
        let contents = piv::build_certificate_object(der);
        let put = piv::put_data(DataObject::AuthenticationCertificate, &contents);
        Ok(program.require(StepName::PutCertificate, &put)?)
    }

    fn put_marker(
        &self,
        program: &mut Secret,
        name: StepName,
        marker: Marker,
    ) -> Result<(), ServiceError> {
        let contents = marker.to_bytes(self.master, &self.chip)?;
        Ok(program.require(name, &piv::put_data(MARKER, &contents))?)
    }

    /// Where it leads, the change, that it is done.
    fn rotate(&self, program: &mut Secret, from: u32) -> Result<(), ServiceError> {
        let to = from + 1;
        let old = self.master.puk(&self.chip, from)?;
        let new = self.master.puk(&self.chip, to)?;
        self.put_marker(program, StepName::PutIntentMarker, Marker::intent(from, to))?;
        program.secret(StepName::ChangePuk, &piv::change_puk(&old, &new))?;
        self.put_marker(program, StepName::PutDoneMarker, Marker::done(to))?;
        Ok(program.pin_status()?)
    }
}

fn generate(
    program: &mut Secret,
    name: StepName,
    slot: Slot,
    accept: Accept,
) -> Result<(), ProgramError> {
    let generate = piv::generate_key(slot, Algorithm::P256)
        .map_err(|error| ProgramError::Command(name, error))?;
    program.send(name, &generate, accept)
}

fn get_certificate<A>(program: &mut ProgramBuilder<A>, accept: Accept) -> Result<(), ProgramError> {
    let read = piv::get_data(DataObject::AuthenticationCertificate);
    program.send(StepName::GetCertificate, &read, accept)
}
