//! Puts a program together, step by step. Each step has a name of its own, so
//! that its answer can be found by it. What a program may hold is a matter of
//! its [`Audience`].

use card_protocol::{
    Command, Ins, PinPolicy, StatusWord, hex,
    piv::{self, Algorithm, MANAGEMENT_KEY, ManagementKey},
    program::{NONCE_LENGTH, ProgramKind, Step},
};
use zeroize::Zeroizing;

use super::{
    BridgeKey, KeyProof, MutualAuth, ProgramError, StepName, VouchedKey,
    audience::{Audience, CardMaking, Clear, MayAnswer, ToBridge, Vouched},
    status::Accept,
};

/// The steps of a program, with what its answers are compared with.
pub(crate) struct CardProgram {
    pub(super) kind: ProgramKind,
    /// To whom it is sealed.
    pub(super) seal: Option<BridgeKey>,
    steps: Vec<NamedStep>,
}

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
    /// Whether it is one of 制卡, which another key signs.
    pub(crate) const fn makes_card(&self) -> bool {
        matches!(self.kind, ProgramKind::Enrol)
    }

    /// The steps in the order in which the bridge runs them.
    pub(super) fn steps(&self) -> &[NamedStep] {
        &self.steps
    }

    /// As the bridge takes them.
    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps.into_iter().map(|named| named.step).collect()
    }
}

/// Builds a [`CardProgram`] for an [`Audience`].
pub(crate) struct ProgramBuilder<A> {
    kind: ProgramKind,
    audience: A,
    steps: Vec<NamedStep>,
}

impl ProgramBuilder<Clear> {
    /// A program that reads and has the card prove itself.
    pub(crate) const fn clear() -> Self {
        Self::new(ProgramKind::Look, Clear)
    }
}

impl ProgramBuilder<ToBridge> {
    /// A look whose card proves itself by its management key.
    pub(crate) const fn to_bridge(bridge: BridgeKey) -> Self {
        Self::new(ProgramKind::Look, ToBridge(bridge))
    }
}

impl ProgramBuilder<Vouched> {
    /// A program of this kind for a card that proved itself.
    pub(crate) const fn vouched(kind: ProgramKind, bridge: VouchedKey) -> Self {
        Self::new(kind, Vouched(bridge))
    }
}

impl ProgramBuilder<CardMaking> {
    /// A program of 制卡. With the blank card's proof it may hold the new keys.
    pub(crate) const fn card_making(proof: Option<KeyProof>) -> Self {
        Self::new(ProgramKind::Enrol, CardMaking(proof))
    }

    /// A command with a secret in it, for a card that proved to be blank.
    ///
    /// # Errors
    /// [`ProgramError::Unproven`] without that proof.
    pub(crate) fn secret(&mut self, name: StepName, command: &Command) -> Result<(), ProgramError> {
        self.require_proof(name)?;
        self.push(name, command, Accept::Done, None)
    }

    /// A command with a secret in it and a PIN behind, which the terminal chose.
    ///
    /// # Errors
    /// [`ProgramError::Unproven`] without a proof.
    pub(crate) fn new_pin(
        &mut self,
        name: StepName,
        command: &Command,
    ) -> Result<(), ProgramError> {
        self.require_proof(name)?;
        self.push_new_pin(name, command, None)
    }

    const fn require_proof(&self, name: StepName) -> Result<(), ProgramError> {
        match self.audience.0 {
            Some(_) => Ok(()),
            None => Err(ProgramError::Unproven(name)),
        }
    }
}

impl ProgramBuilder<Vouched> {
    /// A command with a secret in it. It has to be carried out.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn secret(&mut self, name: StepName, command: &Command) -> Result<(), ProgramError> {
        self.push(name, command, Accept::Done, None)
    }

    /// A command with a secret in it and a PIN behind, which the terminal
    /// appends: without its Lc.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn new_pin(
        &mut self,
        name: StepName,
        command: &Command,
        policy: PinPolicy,
    ) -> Result<(), ProgramError> {
        self.push_new_pin(name, command, Some(policy))
    }
}

impl<A: MayAnswer> ProgramBuilder<A> {
    /// Second half of the mutual authentication: the card proves that it has its
    /// management key, or the program ends here.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn answer(
        &mut self,
        key: &ManagementKey,
        auth: &MutualAuth,
    ) -> Result<(), ProgramError> {
        let (command, answer) = auth.command(key)?;
        self.push(StepName::Answer, &command, Accept::Done, Some(answer))
    }
}

impl<A> ProgramBuilder<A> {
    const fn new(kind: ProgramKind, audience: A) -> Self {
        Self {
            kind,
            audience,
            steps: Vec::new(),
        }
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
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn require(
        &mut self,
        name: StepName,
        command: &Command,
    ) -> Result<(), ProgramError> {
        self.send(name, command, Accept::Done)
    }

    /// The tries that the PIN has left, whatever they are.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn pin_status(&mut self) -> Result<(), ProgramError> {
        let command = piv::verify_status();
        self.send(StepName::PinStatus, &command, Accept::PinStatus)
    }

    /// Has the card sign `nonce` and its bridge's key with its own key (9E).
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn prove_card(&mut self, nonce: &[u8; NONCE_LENGTH]) -> Result<(), ProgramError> {
        self.add(NamedStep {
            name: StepName::ProveCard,
            step: Step::ProveCard {
                nonce: hex::encode(nonce),
            },
            accept: Accept::Done.statuses(),
            answer: None,
        })
    }

    /// First half of the mutual authentication: the card's witness. Some cards
    /// forget it with the next command, so it comes last.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub(crate) fn witness(
        &mut self,
        algorithm: Algorithm,
        accept: Accept,
    ) -> Result<(), ProgramError> {
        let command = piv::request_witness(algorithm)
            .map_err(|error| ProgramError::Command(StepName::Witness, error))?;
        self.push(StepName::Witness, &command, accept, None)
    }

    fn push_new_pin(
        &mut self,
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
        if self.steps.iter().any(|other| other.name == step.name) {
            return Err(ProgramError::Twice(step.name));
        }
        self.steps.push(step);
        Ok(())
    }
}

impl<A: Audience> ProgramBuilder<A> {
    /// The program so far.
    pub(crate) fn build(self) -> CardProgram {
        CardProgram {
            kind: self.kind,
            seal: self.audience.seal(),
            steps: self.steps,
        }
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

    use super::{super::Proof, *};

    #[test]
    fn nobody_s_program_holds_a_secret() {
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
            let mut program = ProgramBuilder::clear();
            assert!(matches!(
                program.require(StepName::ChangePuk, &command),
                Err(ProgramError::Unproven(StepName::ChangePuk))
            ));
            assert!(program.build().steps().is_empty(), "{command:?}");
            let mut blank = ProgramBuilder::card_making(None);
            assert!(matches!(
                blank.secret(StepName::ChangePuk, &command),
                Err(ProgramError::Unproven(StepName::ChangePuk))
            ));
        }
        let mut program = ProgramBuilder::clear();
        program.pin_status().unwrap();
        let sign = piv::sign(Slot::Authentication, Algorithm::P256, &[0; 32]).unwrap();
        program.require(StepName::Sign, &sign).unwrap();
        let read = piv::get_data(DataObject::Chuid);
        program.require(StepName::GetChuid, &read).unwrap();
        let program = program.build();
        assert_eq!(program.steps().len(), 3);
        assert_eq!(program.seal, None);
    }

    #[test]
    fn no_two_steps_have_one_name() {
        let mut program = ProgramBuilder::clear();
        program.pin_status().unwrap();
        assert!(matches!(
            program.pin_status(),
            Err(ProgramError::Twice(StepName::PinStatus))
        ));
    }

    #[test]
    fn a_new_pin_is_appended_to_header_and_secret() {
        let bridge = BridgeKey::from_bytes([1; 32]);
        let vouched = VouchedKey::by(&Proof::for_test(bridge.clone()));
        let mut program = ProgramBuilder::vouched(ProgramKind::Unblock, vouched);
        let puk = Puk::new(*b"12345678");
        let command = piv::reset_retry_counter_to_appended(&puk);
        let name = StepName::ResetRetryCounter;
        program
            .new_pin(name, &command, PinPolicy::default())
            .unwrap();
        let program = program.build();
        assert_eq!(program.seal, Some(bridge));
        let steps = program.into_steps();
        let Step::NewPin { command, .. } = &steps[0] else {
            panic!("{steps:?}");
        };
        assert_eq!(command, "002c00803132333435363738");
    }
}
