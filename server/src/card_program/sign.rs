//! Binds a program to one origin, one operation, one chip, its turn and a short
//! time, seals it to its bridge, and signs it.

use card_protocol::{
    ChipId,
    program::{Program, SignedProgram, Steps, VERSION, sealed_context},
    sealing,
};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::CardProgram;
use crate::keys::{ProgramKey, ProgramKeyError};
use crate::random;

/// How long a program may wait to be started. A person may have to type a new
/// PIN twice after it was handed out, and one that expired meanwhile would cost
/// the card one more look. What makes a copy useless is not this time but the
/// sequence, the chip id and the witness, which is used up; the time only bounds
/// how long the bridge has to remember what ran.
const PROGRAM_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What a program is bound to.
pub(crate) struct Binding<'a> {
    /// Whose page, or bridge, may hand it in.
    pub(crate) origin: &'a str,
    /// The operation it belongs to.
    pub(crate) operation: String,
    /// Its place in the operation.
    pub(crate) sequence: u32,
    /// The chip it may run on; `None` is a card without a chip id.
    pub(crate) chip: Option<ChipId>,
}

impl CardProgram {
    /// Signs this program, as of `now`.
    ///
    /// # Errors
    /// [`ProgramKeyError`]
    pub(crate) fn sign(
        self,
        key: &ProgramKey,
        binding: Binding<'_>,
        now: Timestamp,
    ) -> Result<SignedProgram, ProgramKeyError> {
        let (kind, seal) = (self.kind, self.seal.clone());
        let steps = match seal {
            None => Steps::Clear(self.into_steps()),
            Some(bridge) => {
                let text = Zeroizing::new(serde_json::to_vec(&self.into_steps())?);
                let context = sealed_context(kind, &binding.operation, binding.sequence);
                let random = Zeroizing::new(random::bytes()?);
                let sealed = sealing::seal(bridge.as_bytes(), &text, &context, &random)?;
                Steps::Sealed(sealed)
            }
        };
        key.sign(&Program {
            version: VERSION,
            kind,
            origin: binding.origin.to_owned(),
            operation: binding.operation,
            sequence: binding.sequence,
            chip: binding.chip,
            expires_at: (now + PROGRAM_LIFE).as_second(),
            steps,
        })
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::{
        Puk, piv,
        program::{ProgramKind, Step},
        sealing::ExchangeKey,
    };

    use super::{
        super::{BridgeKey, ProgramBuilder, Proof, StepName, VouchedKey},
        *,
    };

    #[test]
    fn a_program_is_bound_and_outlives_the_typing_of_a_pin() {
        let mut program = ProgramBuilder::clear();
        program.pin_status().unwrap();
        let binding = Binding {
            origin: "https://cards.example",
            operation: String::from("one"),
            sequence: 7,
            chip: Some(ChipId([1; 16])),
        };
        let now = Timestamp::from_second(1_000_000).unwrap();
        let key = ProgramKey::generate().unwrap();
        let signed = program.build().sign(&key, binding, now).unwrap();
        let program: Program = serde_json::from_str(&signed.body).unwrap();
        assert_eq!(program.origin, "https://cards.example");
        assert_eq!((program.operation.as_str(), program.sequence), ("one", 7));
        assert_eq!(program.chip, Some(ChipId([1; 16])));
        assert_eq!(program.expires_at, 1_000_000 + 300);
        assert!(matches!(program.steps, Steps::Clear(steps) if steps.len() == 1));
    }

    #[test]
    fn a_secret_is_read_by_its_bridge_alone() {
        let exchange = ExchangeKey::from_random(&Zeroizing::new([5; 32]));
        let bridge = BridgeKey::from_bytes(*exchange.public());
        let vouched = VouchedKey::by(&Proof::for_test(bridge));
        let mut program = ProgramBuilder::vouched(ProgramKind::Rotate, vouched);
        let puk = Puk::new(*b"FMDSDT3T");
        let change = piv::change_puk(&puk, &puk);
        program.secret(StepName::ChangePuk, &change).unwrap();
        let binding = Binding {
            origin: "https://cards.example",
            operation: String::from("one"),
            sequence: 7,
            chip: None,
        };
        let key = ProgramKey::generate().unwrap();
        let now = Timestamp::from_second(1_000_000).unwrap();
        let signed = program.build().sign(&key, binding, now).unwrap();
        assert!(!signed.body.contains("464d445344543354"), "{}", signed.body);
        let program: Program = serde_json::from_str(&signed.body).unwrap();
        let Steps::Sealed(sealed) = program.steps else {
            panic!("{:?}", program.steps);
        };
        let context = sealed_context(ProgramKind::Rotate, "one", 7);
        let steps = exchange.open(&sealed, &context).unwrap();
        let steps: Vec<Step> = serde_json::from_slice(&steps).unwrap();
        assert_eq!(steps.len(), 1);
    }
}
