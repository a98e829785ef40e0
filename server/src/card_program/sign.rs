//! Binds a program to one origin, one operation, one chip, its turn and a short
//! time, and signs it.

use card_protocol::{
    ChipId,
    program::{Program, SignedProgram, VERSION},
};
use jiff::{SignedDuration, Timestamp};

use super::{CardProgram, ProgramKey, ProgramKeyError};

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
        key.sign(&Program {
            version: VERSION,
            origin: binding.origin.to_owned(),
            operation: binding.operation,
            sequence: binding.sequence,
            chip: binding.chip,
            expires_at: (now + PROGRAM_LIFE).as_second(),
            steps: self.into_steps(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::ProgramBuilder, *};

    #[test]
    fn a_program_is_bound_and_outlives_the_typing_of_a_pin() {
        let mut program = ProgramBuilder::default();
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
        assert_eq!(program.steps.len(), 1);
    }
}
