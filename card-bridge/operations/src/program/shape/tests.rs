//! The shapes once more, written down independently as a letter for each
//! command, and every program of every kind compared with them.

use std::collections::HashSet;

use card_protocol::{
    CardError,
    program::{MAX_STEPS, ProgramKind, Step},
};
use proptest::prelude::*;

use super::{C, fits};
use crate::program::{
    card_command::tests::{ALL, step},
    step::check,
};

/// `?` follows what may be missing.
const TABLE: [(ProgramKind, bool, &[&str]); 10] = [
    (ProgramKind::Look, false, &["P?S?M?K?R?e?c?W?"]),
    (ProgramKind::Look, true, &["AS?M?K?R?e?c?W?"]),
    (ProgramKind::Renew, true, &["Ag?r?R"]),
    (ProgramKind::RenewNewKey, true, &["AGW?", "AGaecW"]),
    (ProgramKind::Unblock, true, &["ANmCmS"]),
    (ProgramKind::Rotate, true, &["AmCmS"]),
    (ProgramKind::KeepPuk, true, &["AmS"]),
    (ProgramKind::Check, true, &["AS"]),
    (ProgramKind::RollBack, true, &["ArR"]),
    (
        ProgramKind::Enrol,
        false,
        &["k", "W", "A", "uGg", "uGgaec", "rFDTBCn", "PURW"],
    ),
];

const fn letter(command: C) -> char {
    match command {
        C::PinStatus => 'S',
        C::VerifyFactoryPin => 'F',
        C::GetChuid => 'U',
        C::GetCertificate => 'R',
        C::GetMarker => 'M',
        C::GetAttestationCertificate => 'c',
        C::AttestAuthentication => 'a',
        C::AttestCardAuthentication => 'e',
        C::PukMetadata => 'K',
        C::ManagementKeyMetadata => 'k',
        C::Witness => 'W',
        C::Answer => 'A',
        C::ProveCard => 'P',
        C::GenerateAuthentication => 'G',
        C::GenerateCardAuthentication => 'g',
        C::PutChuid => 'u',
        C::PutCertificate => 'r',
        C::PutMarker => 'm',
        C::Sign => 'D',
        C::SetPinRetries => 'T',
        C::SetManagementKey => 'B',
        C::ChangePuk => 'C',
        C::Unblock => 'N',
        C::ReplaceFactoryPin => 'n',
    }
}

fn command(wanted: char) -> C {
    *ALL.iter()
        .find(|command| letter(**command) == wanted)
        .unwrap()
}

fn text(commands: &[C]) -> String {
    commands.iter().copied().map(letter).collect()
}

/// Every program that the table allows.
fn allowed() -> HashSet<(ProgramKind, bool, String)> {
    let mut all = HashSet::new();
    for (kind, is_sealed, shapes) in TABLE {
        for shape in shapes {
            let mut programs = vec![String::new()];
            for letter in shape.chars() {
                if letter == '?' {
                    // The half of them that lacks what came last.
                    let without: Vec<String> = programs
                        .iter()
                        .map(|program| program[..program.len() - 1].to_owned())
                        .collect();
                    programs.extend(without);
                } else {
                    for program in &mut programs {
                        program.push(letter);
                    }
                }
            }
            all.extend(programs.into_iter().map(|it| (kind, is_sealed, it)));
        }
    }
    all.retain(|(_, _, program)| !program.is_empty());
    all
}

/// What the bridge says of the steps themselves.
fn runs(kind: ProgramKind, is_sealed: bool, program: &str) -> bool {
    let steps: Vec<Step> = program.chars().map(|it| step(command(it))).collect();
    match check(kind, is_sealed, &steps) {
        Ok(checked) => checked.len() == steps.len(),
        Err(error) => {
            assert_eq!(error, CardError::BadRequest);
            false
        }
    }
}

#[test]
fn what_the_table_allows_runs() {
    let allowed = allowed();
    assert_eq!(allowed.len(), 255 + 128 + 4 + 3 + 5 + 7);
    for (kind, is_sealed, program) in allowed {
        assert!(runs(kind, is_sealed, &program), "{kind:?} {program}");
        assert!(!runs(kind, !is_sealed, &program), "{kind:?} {program}");
    }
}

/// Each kind, sealed and clear, with each command alone, each pair, and each
/// command put into, or taken out of, each place of what is allowed.
#[test]
fn nothing_beside_the_table_runs() {
    let allowed = allowed();
    let mut programs: HashSet<String> = HashSet::from([String::new()]);
    for first in ALL.map(letter) {
        programs.insert(first.to_string());
        programs.extend(ALL.map(letter).map(|second| format!("{first}{second}")));
    }
    for (_, _, program) in &allowed {
        programs.insert(program.clone());
        for at in 0..=program.len() {
            for more in ALL.map(letter) {
                programs.insert(format!("{}{more}{}", &program[..at], &program[at..]));
                if let Some(rest) = program.get(at + 1..) {
                    programs.insert(format!("{}{more}{rest}", &program[..at]));
                    programs.insert(format!("{}{rest}", &program[..at]));
                }
            }
        }
    }
    let mut refused = 0;
    for kind in ProgramKind::ALL {
        for is_sealed in [false, true] {
            for program in &programs {
                let commands: Vec<C> = program.chars().map(command).collect();
                let is_allowed = allowed.contains(&(kind, is_sealed, program.clone()));
                assert_eq!(
                    fits(kind, is_sealed, &commands),
                    is_allowed,
                    "{kind:?} sealed: {is_sealed} {program}"
                );
                refused += usize::from(!is_allowed);
            }
        }
    }
    assert!(refused > 100_000, "{refused}");
}

#[test]
fn a_pin_is_taken_and_text_is_clear_only_where_its_kind_says_so() {
    for (kind, is_sealed, program) in allowed() {
        let sets_pin = program.contains(['N', 'n']);
        assert!(kind.takes_pin() || !sets_pin, "{kind:?} {program}");
        assert!(kind.may_be_clear() || is_sealed, "{kind:?} {program}");
        // A PUK, or what is made with the management key, is never in the clear
        // on its way through a page.
        let has_secret = program.contains(['A', 'C', 'N']);
        assert!(!has_secret || is_sealed || kind == ProgramKind::Enrol);
    }
}

#[test]
fn an_answer_has_to_prove_something() {
    for (accept, digest) in [
        (vec!["9000"], None),
        (vec![], Some("cd".repeat(32))),
        (vec!["9000", "6982"], Some("cd".repeat(32))),
        (vec!["6982"], Some("cd".repeat(32))),
        (vec!["9000"], Some("cd".repeat(31))),
    ] {
        let Step::Apdu { command, .. } = step(C::Answer) else {
            panic!("no APDU");
        };
        let answer = Step::Apdu {
            command,
            accept: accept.into_iter().map(str::to_owned).collect(),
            answer_sha256: digest,
        };
        let steps = [answer, step(C::PinStatus)];
        assert!(check(ProgramKind::Check, true, &steps).is_err());
    }
}

#[test]
fn no_program_is_endless() {
    let steps = vec![step(C::PinStatus); MAX_STEPS + 1];
    for kind in ProgramKind::ALL {
        assert!(check(kind, kind != ProgramKind::Enrol, &steps).is_err());
    }
}

/// What is allowed, with some commands put in, taken out and swapped; or any
/// commands at all.
fn programs() -> impl Strategy<Value = String> {
    let mut all: Vec<String> = allowed().into_iter().map(|(_, _, it)| it).collect();
    all.sort_unstable();
    let any = prop::sample::select(ALL.as_slice());
    let edits = prop::collection::vec((0_usize..8, 0..3, any.clone()), 0..4);
    let near = (prop::sample::select(all), edits).prop_map(|(program, edits)| {
        let mut letters: Vec<char> = program.chars().collect();
        for (at, edit, command) in edits {
            let at = at.min(letters.len());
            match edit {
                0 => letters.insert(at, letter(command)),
                1 if at < letters.len() => drop(letters.remove(at)),
                _ if at + 1 < letters.len() => letters.swap(at, at + 1),
                _ => {}
            }
        }
        letters.into_iter().collect()
    });
    prop_oneof![
        near,
        prop::collection::vec(any, 0..10).prop_map(|it| text(&it))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_program_runs_if_and_only_if_the_table_says_so(
        kind in prop::sample::select(ProgramKind::ALL.as_slice()),
        is_sealed: bool,
        program in programs(),
    ) {
        let is_allowed = allowed().contains(&(kind, is_sealed, program.clone()));
        prop_assert_eq!(runs(kind, is_sealed, &program), is_allowed);
    }
}
