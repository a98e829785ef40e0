//! Who lies. It has no card, but everything that passed the pages: the tickets,
//! the tokens, the programs (those that are sealed, sealed) and the reports. It
//! may say what it likes, at any time, on the word of anybody; what it can't do
//! is to give a proof that the card did not give for that very program.

use super::{
    card::{CertificateOnCard, MADE_UP, Marker, Pin},
    program::{Conversation, Program, ProgramKind, ProvesBy},
    register::Register,
    report::{Answers, CommandOutcome, Proof, Report},
    rules::Rules,
    state::State,
};

/// On whose word it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Voice {
    /// Nobody's: it claims an insertion, and answers the challenge.
    Stranger,
    /// The ticket's, or that of the token of a running conversation, which it
    /// copied: it reports on the program that is out.
    Copied,
    /// The ticket's: it reports that the card is there.
    Inserts,
}

/// A lie about an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lie {
    pub(crate) at: usize,
    pub(crate) voice: Voice,
    pub(crate) answers: Answers,
}

/// What came of a lie.
pub(crate) struct Told {
    pub(crate) register: Register,
    /// What the server said to the liar.
    pub(crate) programs: Vec<Program>,
}

/// All its answers to a program: it was refused, everything was done, nothing
/// was; behind no proof, a made-up one, or an old one.
pub(crate) fn answers(state: &State) -> Vec<Answers> {
    let made_up = Answers {
        bridge: Some(MADE_UP),
        witness: Some(MADE_UP),
        ..Answers::NONE
    };
    let newest = state.register.certificates.len() - 1;
    let newest = CertificateOnCard::Certificate(u8::try_from(newest).unwrap());
    let puk = state.register.puk;
    let everything = Answers {
        read: Some((newest, Pin::Set, Some(Marker { from: puk, to: puk }))),
        put: CommandOutcome::Done,
        reset: CommandOutcome::Done,
        change: CommandOutcome::Done,
        key: Some(MADE_UP),
        ..made_up
    };
    let nothing = Answers {
        read: Some((CertificateOnCard::Certificate(0), Pin::Blocked, None)),
        put: CommandOutcome::NotDone,
        reset: CommandOutcome::NotDone,
        ..made_up
    };
    let replayed = state.saw_proof.then_some(Proof::Replayed);
    let proofs = replayed.into_iter().chain([Proof::Wrong]);
    let mut all = vec![made_up];
    for proof in proofs {
        all.extend([everything, nothing].map(|answers| Answers { proof, ..answers }));
    }
    all
}

/// Everything that it may say in this state.
pub(crate) fn lies(state: &State) -> Vec<Lie> {
    let answers = answers(state);
    let mut lies = Vec::new();
    for (at, one) in state.register.operations.iter().enumerate() {
        let mut lie =
            |voice| lies.extend(answers.iter().map(|&answers| Lie { at, voice, answers }));
        if one.is_unfinished() {
            lie(Voice::Stranger);
        }
        if one.stage != ProgramKind::Idle {
            lie(Voice::Copied);
        }
        if one.ticket.is_some() {
            lies.push(Lie {
                at,
                voice: Voice::Inserts,
                answers: answers[0],
            });
        }
    }
    lies
}

/// Tells the server a lie.
pub(crate) fn tell(state: &State, lie: &Lie, rules: Rules) -> Told {
    let mut register = state.register.clone();
    let mut programs = Vec::new();
    match lie.voice {
        Voice::Stranger => {
            // A challenge, and for a card from before one more.
            let mut next = register.seen(rules);
            while let Some(program) = next.take() {
                programs.push(program);
                if !program.stage.is_look() {
                    break;
                }
                let report = Report {
                    program,
                    answers: lie.answers,
                };
                next = register.ran(&report, rules);
                let is_challenge = matches!(program.conversation, Conversation::Challenge { .. });
                if !is_challenge || program.stage != ProgramKind::Witness {
                    programs.extend(next.take());
                }
            }
        }
        Voice::Copied => {
            if let Some(program) = register.program(lie.at, rules) {
                programs.push(program);
                let report = Report {
                    program,
                    answers: lie.answers,
                };
                programs.extend(register.ran(&report, rules));
            }
        }
        Voice::Inserts => {
            let page = register.operations[lie.at].ticket;
            programs.extend(page.and_then(|page| register.inserted(page, rules)));
        }
    }
    Told { register, programs }
}

impl Told {
    /// It reads a secret: a program with an answer made with 9B, and maybe with a
    /// PUK, that is sealed to nobody or to a key of its own.
    pub(crate) fn reads_secret(&self) -> bool {
        self.programs.iter().any(|program| {
            program.stage.auth().is_some() && program.seal.is_none_or(|seal| seal == MADE_UP)
        })
    }

    /// The same, but for the one that a card from before has to be asked with.
    pub(crate) fn reads_more_than_an_answer(&self) -> bool {
        let is_answer = |program: &Program| {
            matches!(program.stage, ProgramKind::Look(ProvesBy::ManagementKey(_)))
        };
        let mut programs = self.programs.clone();
        programs.retain(|program| !is_answer(program));
        let rest = Self {
            register: self.register.clone(),
            programs,
        };
        rest.reads_secret()
    }
}
