//! The programs of 延期 and 解锁, one of each kind. Each is run within one card
//! transaction; the order of its commands is what `docs/operations.md` rests on.

use app::api::operation::Doing;
use card_protocol::{
    ChipId, PinPolicy,
    piv::{self, Algorithm, DataObject, PUK_REFERENCE, Slot},
};

use super::{marker::Marker, progress::ProgramKind};
use crate::{
    card_program::{
        Accept, CardProgram, KeyProof, MutualAuth, ProgramBuilder, ProgramError, StepName,
    },
    keys::MasterKey,
    service::ServiceError,
};

/// Where the marker lies.
pub(super) const MARKER: DataObject = DataObject::SecurityObject;

/// What the programs for one card are made of.
pub(super) struct OperationPrograms<'a> {
    pub(super) master: &'a MasterKey,
    pub(super) chip: ChipId,
    pub(super) is_unlock: bool,
    /// The certificate that is written, DER.
    pub(super) certificate: Option<&'a [u8]>,
    pub(super) policy: PinPolicy,
}

/// What a program does, for the progress on the screen.
pub(super) const fn doing(kind: &ProgramKind) -> Doing {
    match kind {
        ProgramKind::Idle | ProgramKind::Look { .. } | ProgramKind::Check { .. } => Doing::Checking,
        ProgramKind::Generate { .. } => Doing::MakingKey,
        ProgramKind::Write { put: true, .. } => Doing::Writing,
        ProgramKind::Write { put: false, .. } => Doing::ReadingBack,
        ProgramKind::Restore { .. } => Doing::Restoring,
        ProgramKind::Unblock { .. } => Doing::SettingPin,
        ProgramKind::Rotate { .. } | ProgramKind::Note { .. } => Doing::ReplacingPuk,
    }
}

impl OperationPrograms<'_> {
    /// The program of this kind.
    pub(super) fn program(&self, kind: &ProgramKind) -> Result<CardProgram, ServiceError> {
        let mut program = ProgramBuilder::default();
        match kind {
            ProgramKind::Idle => return Err(ServiceError::Inconsistent("no program is out")),
            ProgramKind::Look { certificate } => self.look(&mut program, *certificate)?,
            ProgramKind::Generate { auth } => {
                self.prove(&mut program, auth)?;
                let generate = piv::generate_key(Slot::Authentication, Algorithm::P256)
                    .map_err(|error| ProgramError::Command(StepName::Generate, error))?;
                program.require(StepName::Generate, &generate)?;
            }
            ProgramKind::Write { auth, put } => {
                if let Some(auth) = auth {
                    self.prove(&mut program, auth)?;
                }
                if *put {
                    self.put_certificate(&mut program)?;
                }
                get_certificate(&mut program, Accept::Done)?;
            }
            ProgramKind::Restore { auth } => {
                self.prove(&mut program, auth)?;
                self.put_certificate(&mut program)?;
                get_certificate(&mut program, Accept::Done)?;
            }
            ProgramKind::Unblock { auth, from } => {
                let proof = self.prove(&mut program, auth)?;
                let puk = self.master.puk(&self.chip, *from)?;
                let unblock = piv::reset_retry_counter_to_appended(&puk);
                let name = StepName::ResetRetryCounter;
                program.new_pin(&proof, name, &unblock, Some(self.policy))?;
                self.rotate(&mut program, &proof, *from)?;
            }
            ProgramKind::Rotate { auth, from } => {
                let proof = self.prove(&mut program, auth)?;
                self.rotate(&mut program, &proof, *from)?;
            }
            ProgramKind::Note { generation } => {
                let marker = Marker::done(*generation);
                self.put_marker(&mut program, StepName::PutDoneMarker, marker)?;
                program.pin_status()?;
            }
            ProgramKind::Check { auth, .. } => {
                self.prove(&mut program, auth)?;
                program.pin_status()?;
            }
        }
        Ok(program.build())
    }

    /// The witness comes last: some cards forget it with the next command.
    fn look(&self, program: &mut ProgramBuilder, certificate: bool) -> Result<(), ProgramError> {
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
        program.witness(Algorithm::Aes256, Accept::Done)
    }

    /// The card proves that it has its key, or the program ends here.
    fn prove(
        &self,
        program: &mut ProgramBuilder,
        auth: &MutualAuth,
    ) -> Result<KeyProof, ServiceError> {
        let key = self.master.management_key(&self.chip)?;
        Ok(program.prove(&key, auth)?)
    }

    fn put_certificate(&self, program: &mut ProgramBuilder) -> Result<(), ServiceError> {
        let der = self.certificate.ok_or(ServiceError::Inconsistent(
            "there is no certificate to write",
        ))?;
        let contents = piv::build_certificate_object(der);
        let put = piv::put_data(DataObject::AuthenticationCertificate, &contents);
        Ok(program.require(StepName::PutCertificate, &put)?)
    }

    fn put_marker(
        &self,
        program: &mut ProgramBuilder,
        name: StepName,
        marker: Marker,
    ) -> Result<(), ServiceError> {
        let contents = marker.to_bytes(self.master, &self.chip)?;
        Ok(program.require(name, &piv::put_data(MARKER, &contents))?)
    }

    /// Where it leads, the change, that it is done.
    fn rotate(
        &self,
        program: &mut ProgramBuilder,
        proof: &KeyProof,
        from: u32,
    ) -> Result<(), ServiceError> {
        let to = from + 1;
        let old = self.master.puk(&self.chip, from)?;
        let new = self.master.puk(&self.chip, to)?;
        self.put_marker(program, StepName::PutIntentMarker, Marker::intent(from, to))?;
        program.secret(proof, StepName::ChangePuk, &piv::change_puk(&old, &new))?;
        self.put_marker(program, StepName::PutDoneMarker, Marker::done(to))?;
        Ok(program.pin_status()?)
    }
}

fn get_certificate(program: &mut ProgramBuilder, accept: Accept) -> Result<(), ProgramError> {
    let read = piv::get_data(DataObject::AuthenticationCertificate);
    program.send(StepName::GetCertificate, &read, accept)
}
