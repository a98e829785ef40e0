//! Status words: after which of them a program goes on, and what one says of
//! the command that it answers.

use card_protocol::{StatusMeaning, StatusWord};

/// The command was carried out.
const DONE: [StatusWord; 1] = [StatusWord::SUCCESS];
/// There is no such object. Nothing else means that: an object that could not
/// be read may be there, and the absent marker stands for a PUK.
const OBJECT_MISSING: [StatusWord; 1] = [StatusWord::NOT_FOUND];
/// What cards say that lack an extension, or a key of that algorithm. `6700` is
/// the word of some that do not know the command and look at its length first.
const UNSUPPORTED: [StatusWord; 8] = [
    StatusWord::INSTRUCTION_NOT_SUPPORTED,
    StatusWord::WRONG_DATA,
    StatusWord::FUNCTION_NOT_SUPPORTED,
    StatusWord::WRONG_PARAMETERS,
    StatusWord::REFERENCE_NOT_FOUND,
    StatusWord::SECURITY_STATUS_NOT_SATISFIED,
    StatusWord::CONDITIONS_NOT_SATISFIED,
    StatusWord::WRONG_LENGTH,
];
/// X of `63CX` goes up to this.
const MOST_TRIES: u8 = 15;

/// The answers to a step after which its program goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Accept {
    /// It has to be carried out.
    Done,
    /// The object is read, or there is none.
    DoneOrMissing,
    /// The card may lack it.
    DoneOrUnsupported,
    /// The card may lack it: the command, or what it reads.
    DoneOrLacking,
    /// Whatever the card says of its PIN.
    PinStatus,
}

impl Accept {
    /// Every status word that the bridge may go on after.
    pub(super) fn statuses(self) -> Vec<StatusWord> {
        let others: Vec<StatusWord> = match self {
            Self::Done => Vec::new(),
            Self::DoneOrMissing => OBJECT_MISSING.to_vec(),
            Self::DoneOrUnsupported => UNSUPPORTED.to_vec(),
            Self::DoneOrLacking => [UNSUPPORTED.as_slice(), &OBJECT_MISSING].concat(),
            Self::PinStatus => std::iter::once(StatusWord::AUTHENTICATION_BLOCKED)
                .chain((0..=MOST_TRIES).map(StatusWord::tries_left))
                .collect(),
        };
        DONE.into_iter().chain(others).collect()
    }
}

/// What a card did with a command that it answered with some status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandOutcome {
    /// It carried the command out.
    Done,
    /// The PIN or PUK in it was wrong, or none is left to be tried.
    WrongSecret(u8),
    /// It checked the command and did nothing (ISO/IEC 7816-4 §5.6: 67 to 6E).
    NotDone,
    /// The status word says neither that it was done nor that it was not.
    Unclear,
}

/// What became of a command.
pub(crate) fn command_outcome(status: StatusWord) -> CommandOutcome {
    match (status.meaning(), status.to_bytes()) {
        (StatusMeaning::Success, _) => CommandOutcome::Done,
        (StatusMeaning::TriesLeft(tries), _) => CommandOutcome::WrongSecret(tries),
        (StatusMeaning::AuthenticationBlocked, _) => CommandOutcome::WrongSecret(0),
        (_, [0x67..=0x6E, _]) => CommandOutcome::NotDone,
        _ => CommandOutcome::Unclear,
    }
}

/// The same for a command with a PIN or PUK in it: only a card that does not
/// know the command is believed to have done nothing. What it did to a secret
/// can't be looked at afterwards.
pub(crate) fn secret_outcome(status: StatusWord) -> CommandOutcome {
    match (command_outcome(status), status.meaning()) {
        (
            CommandOutcome::NotDone,
            StatusMeaning::InstructionNotSupported | StatusMeaning::ClassNotSupported,
        ) => CommandOutcome::NotDone,
        (CommandOutcome::NotDone, _) => CommandOutcome::Unclear,
        (outcome, _) => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_checking_error_says_that_nothing_was_done() {
        use CommandOutcome as Outcome;
        for (status, expected) in [
            (0x9000, Outcome::Done),
            (0x63C2, Outcome::WrongSecret(2)),
            (0x63C0, Outcome::WrongSecret(0)),
            (0x6983, Outcome::WrongSecret(0)),
            (0x6982, Outcome::NotDone),
            (0x6A80, Outcome::NotDone),
            (0x6700, Outcome::NotDone),
            (0x6F00, Outcome::Unclear),
            (0x6581, Outcome::Unclear),
            (0x6400, Outcome::Unclear),
            (0x6300, Outcome::Unclear),
        ] {
            assert_eq!(
                command_outcome(StatusWord(status)),
                expected,
                "{status:04X}"
            );
        }
        for (status, expected) in [
            (0x9000, Outcome::Done),
            (0x63C2, Outcome::WrongSecret(2)),
            (0x6D00, Outcome::NotDone),
            (0x6982, Outcome::Unclear),
            (0x6F00, Outcome::Unclear),
        ] {
            assert_eq!(secret_outcome(StatusWord(status)), expected);
        }
    }

    #[test]
    fn an_object_is_missing_by_one_word_and_an_extension_by_others() {
        let accepts = |accept: Accept, status| accept.statuses().contains(&StatusWord(status));
        for all in [
            Accept::Done,
            Accept::DoneOrMissing,
            Accept::DoneOrUnsupported,
            Accept::DoneOrLacking,
            Accept::PinStatus,
        ] {
            assert!(accepts(all, 0x9000));
            assert!(!accepts(all, 0x6F00));
        }
        assert!(accepts(Accept::DoneOrMissing, 0x6A82));
        // What lacks GET METADATA may say so, and is no object that is missing.
        for lacking in [
            0x6D00, 0x6A80, 0x6A81, 0x6A86, 0x6A88, 0x6982, 0x6985, 0x6700,
        ] {
            assert!(accepts(Accept::DoneOrUnsupported, lacking));
            assert!(!accepts(Accept::DoneOrMissing, lacking));
            assert!(accepts(Accept::DoneOrLacking, lacking));
        }
        assert!(!accepts(Accept::DoneOrUnsupported, 0x6A82));
        assert!(accepts(Accept::DoneOrLacking, 0x6A82));
        assert!(accepts(Accept::PinStatus, 0x63CF));
        assert!(accepts(Accept::PinStatus, 0x6983));
    }
}
