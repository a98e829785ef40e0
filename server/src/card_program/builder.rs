//! Puts a program together, step by step. Each step has a name of its own, so
//! that its answer can be found by it.

use card_protocol::{
    Command, Ins, PinPolicy, StatusWord, hex,
    piv::{self, Algorithm, MANAGEMENT_KEY, ManagementKey},
    program::Step,
};
use zeroize::Zeroizing;

use super::{KeyProof, MutualAuth, ProgramError, StepName, status::Accept};

/// The steps of a program, with what its answers are compared with.
pub(crate) struct CardProgram(Vec<NamedStep>);

/// One step.
pub(super) struct NamedStep {
    pub(super) name: StepName,
    pub(super) step: Step,
    /// The status words after which the program goes on.
    pub(super) accept: Vec<StatusWord>,
    /// The SHA-256 of the answer after which it goes on.
    pub(super) answer: Option<[u8; 32]>,
}

impl CardProgram {
    /// In their order.
    pub(super) fn steps(&self) -> &[NamedStep] {
        &self.0
    }

    /// As the bridge takes them.
    pub(super) fn into_steps(self) -> Vec<Step> {
        self.0.into_iter().map(|named| named.step).collect()
    }
}

/// Builds a [`CardProgram`].
#[derive(Default)]
pub(crate) struct ProgramBuilder(Vec<NamedStep>);

impl ProgramBuilder {
    /// The program so far.
    pub(crate) fn build(self) -> CardProgram {
        CardProgram(self.0)
    }

    /// A command without a secret, and after which answers the program goes on.
    ///
    /// # Errors
    /// [`ProgramError::Unproven`] if there is a secret in it.
    pub(crate) fn send(
        &mut self,
        name: StepName,
        command: &Command,
        accept: Accept,
    ) -> Result<(), ProgramError> {
        if holds_secret(command) {
            return Err(ProgramError::Unproven(name));
        }
        self.push(name, command, accept, None)
    }

    /// The same for a command that has to be carried out.
    pub(crate) fn require(
        &mut self,
        name: StepName,
        command: &Command,
    ) -> Result<(), ProgramError> {
        self.send(name, command, Accept::Done)
    }

    /// The tries that the PIN has left, whatever they are.
    pub(crate) fn pin_status(&mut self) -> Result<(), ProgramError> {
        let command = piv::verify_status();
        self.send(StepName::PinStatus, &command, Accept::PinStatus)
    }

    /// A command with a secret in it, for a card that proved itself. It has to
    /// be carried out.
    pub(crate) fn secret(
        &mut self,
        _proof: &KeyProof,
        name: StepName,
        command: &Command,
    ) -> Result<(), ProgramError> {
        self.push(name, command, Accept::Done, None)
    }

    /// A command with a secret in it and a PIN behind, which the terminal
    /// appends: without its Lc.
    pub(crate) fn new_pin(
        &mut self,
        _proof: &KeyProof,
        name: StepName,
        command: &Command,
        policy: Option<PinPolicy>,
    ) -> Result<(), ProgramError> {
        let bytes = Zeroizing::new([command.header().as_slice(), command.data()].concat());
        let accept = Accept::Done.statuses();
        let step = Step::NewPin {
            command: hex::encode(&bytes),
            accept: texts(&accept),
            policy,
        };
        self.add(NamedStep {
            name,
            step,
            accept,
            answer: None,
        })
    }

    /// First half of the mutual authentication: the card's witness. Some cards
    /// forget it with the next command, so it comes last.
    pub(crate) fn witness(
        &mut self,
        algorithm: Algorithm,
        accept: Accept,
    ) -> Result<(), ProgramError> {
        let command = piv::request_witness(algorithm)
            .map_err(|error| ProgramError::Command(StepName::Witness, error))?;
        self.push(StepName::Witness, &command, accept, None)
    }

    /// Second half: the card proves that it has its key, or the program ends here.
    pub(crate) fn prove(
        &mut self,
        key: &ManagementKey,
        auth: &MutualAuth,
    ) -> Result<KeyProof, ProgramError> {
        let (command, answer) = auth.command(key)?;
        self.push(StepName::Answer, &command, Accept::Done, Some(answer))?;
        Ok(KeyProof::within_program())
    }

    fn push(
        &mut self,
        name: StepName,
        command: &Command,
        accept: Accept,
        answer: Option<[u8; 32]>,
    ) -> Result<(), ProgramError> {
        let bytes = command
            .encode()
            .map_err(|error| ProgramError::Encoding(name, error))?;
        let accept = accept.statuses();
        let step = Step::Apdu {
            command: hex::encode(&bytes),
            accept: texts(&accept),
            answer_sha256: answer.map(|digest| hex::encode(&digest)),
        };
        self.add(NamedStep {
            name,
            step,
            accept,
            answer,
        })
    }

    fn add(&mut self, step: NamedStep) -> Result<(), ProgramError> {
        if self.0.iter().any(|other| other.name == step.name) {
            return Err(ProgramError::Twice(step.name));
        }
        self.0.push(step);
        Ok(())
    }
}

/// Whether a command gives away, or uses up, what only the right card may see:
/// a PIN, a PUK, a management key, an answer made with one.
fn holds_secret(command: &Command) -> bool {
    match command.ins() {
        Some(Ins::ChangeReferenceData | Ins::ResetRetryCounter | Ins::SetManagementKey) => true,
        Some(Ins::Verify) => !command.data().is_empty(),
        Some(Ins::GeneralAuthenticate) => command.p2() == MANAGEMENT_KEY,
        _ => false,
    }
}

fn texts(statuses: &[StatusWord]) -> Vec<String> {
    statuses
        .iter()
        .map(|status| format!("{:04X}", status.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use card_protocol::{
        Pin, Puk,
        piv::{DataObject, Slot, Touch},
    };

    use super::*;

    #[test]
    fn a_secret_needs_a_proof() {
        let (pin, puk) = (Pin::new("123456").unwrap(), Puk::new(*b"12345678"));
        let key = ManagementKey::Aes256([7; 32]);
        for command in [
            piv::change_puk(&puk, &puk),
            piv::change_pin_to_appended(&pin),
            piv::reset_retry_counter_to_appended(&puk),
            piv::verify_pin(&pin),
            piv::set_management_key(&key, Touch::Never),
            piv::answer_witness(&key, &[1; 16], &[2; 16]).unwrap(),
        ] {
            let mut program = ProgramBuilder::default();
            assert!(matches!(
                program.require(StepName::ChangePuk, &command),
                Err(ProgramError::Unproven(StepName::ChangePuk))
            ));
            assert!(program.build().steps().is_empty(), "{command:?}");
        }
        let mut program = ProgramBuilder::default();
        program.pin_status().unwrap();
        let sign = piv::sign(Slot::Authentication, Algorithm::P256, &[0; 32]).unwrap();
        program.require(StepName::Sign, &sign).unwrap();
        let read = piv::get_data(DataObject::Chuid);
        program.require(StepName::GetChuid, &read).unwrap();
        assert_eq!(program.build().steps().len(), 3);
    }

    #[test]
    fn no_two_steps_have_one_name() {
        let mut program = ProgramBuilder::default();
        program.pin_status().unwrap();
        assert!(matches!(
            program.pin_status(),
            Err(ProgramError::Twice(StepName::PinStatus))
        ));
    }

    #[test]
    fn a_new_pin_is_appended_to_header_and_secret() {
        let mut program = ProgramBuilder::default();
        let proof = KeyProof::checked();
        let puk = Puk::new(*b"12345678");
        let command = piv::reset_retry_counter_to_appended(&puk);
        let name = StepName::ResetRetryCounter;
        program.new_pin(&proof, name, &command, None).unwrap();
        let steps = program.build().into_steps();
        let Step::NewPin { command, .. } = &steps[0] else {
            panic!("{steps:?}");
        };
        assert_eq!(command, "002c00803132333435363738");
    }
}
