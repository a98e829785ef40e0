//! Programs of the server: checked and run as the bridge does it, and once, whatever
//! happens to the page.

use std::time::Duration;

use card_protocol::{
    CardError, ProgramRefusal, hex,
    piv::{self, DataObject, ManagementKey},
    program::{Program, ProgramKind, Step},
};
use serde_json::{Value, json};
use test_support::bridge::{command_step, expecting_step};

use crate::fixture::{LEVELS, PIN, Page, READER};

const KEY: ManagementKey = ManagementKey::TripleDes(ManagementKey::FACTORY);
const CHALLENGE: [u8; 8] = [5; 8];

fn run(page: &Page, program: &Program) -> Result<Value, CardError> {
    let signed = page.programs().sign(program);
    page.ask(
        "run_program",
        json!({ "reader": READER, "program": signed }),
    )
}

fn refused(reason: ProgramRefusal) -> Result<Value, CardError> {
    Err(CardError::ProgramRefused { reason })
}

fn statuses(outcome: &Value) -> Vec<&str> {
    let steps = outcome["steps"].as_array().unwrap().iter();
    steps.map(|step| step["status"].as_str().unwrap()).collect()
}

/// Asks for the card's witness: gives the key of the exchange and the server's proof.
pub(crate) fn look(page: &Page, sequence: u32) -> (String, Step) {
    let witness = piv::request_witness(KEY.algorithm()).unwrap();
    let steps = vec![command_step(&witness, &["9000"])];
    let outcome = run(
        page,
        &page.programs().clear(ProgramKind::Look, sequence, steps),
    )
    .unwrap();
    let data = hex::decode(outcome["steps"][0]["data"].as_str().unwrap()).unwrap();
    let witness = piv::parse_witness(KEY.algorithm(), &data).unwrap();
    let answer = piv::answer_witness(&KEY, witness, &CHALLENGE).unwrap();
    let expected = piv::expected_answer(&KEY, &CHALLENGE).unwrap();
    let key = outcome["exchange_key"].as_str().unwrap().to_owned();
    (key, expecting_step(&answer, &expected))
}

pub(crate) fn check(page: &Page, sequence: u32, key: &str, answer: &Step) -> Program {
    let tries = command_step(&piv::verify_status(), &["63C3"]);
    let steps = [answer.clone(), tries];
    page.programs()
        .sealed(ProgramKind::Check, sequence, key, &steps)
}

fn read_certificate(page: &Page, sequence: u32) -> Program {
    let read = piv::get_data(DataObject::AuthenticationCertificate);
    let tries = command_step(&piv::verify_status(), &["63C3"]);
    let steps = vec![tries, command_step(&read, &["9000"])];
    page.programs().clear(ProgramKind::Look, sequence, steps)
}

#[test]
fn a_sealed_program_runs_at_every_level() {
    for level in LEVELS {
        let (page, _port) = Page::with_key(level);
        let (key, answer) = look(&page, 0);
        let program = check(&page, 1, &key, &answer);
        let outcome = run(&page, &program).unwrap();
        assert_eq!(statuses(&outcome), ["9000", "63C3"], "{level:?}");
        assert_eq!(run(&page, &program), refused(ProgramRefusal::Expired));
    }
}

#[test]
fn a_program_runs_once_also_after_the_page_was_loaded_anew() {
    let (mut page, port) = Page::with_key(LEVELS[0]);
    let first = read_certificate(&page, 0);
    let outcome = run(&page, &first).unwrap();
    assert_eq!(statuses(&outcome), ["63C3", "9000"]);
    assert_eq!(run(&page, &first), refused(ProgramRefusal::Expired));
    page.reload();
    page.attach(&port).unwrap();
    assert_eq!(run(&page, &first), refused(ProgramRefusal::Expired));
    run(&page, &read_certificate(&page, 1)).unwrap();
    // The storage is cleared under the page that ran it.
    page.storage.text.borrow_mut().clear();
    assert_eq!(
        run(&page, &read_certificate(&page, 1)),
        refused(ProgramRefusal::Expired)
    );
}

#[test]
fn who_clears_the_storage_opens_nothing_that_was_sealed() {
    let (mut page, port) = Page::with_key(LEVELS[0]);
    let (key, answer) = look(&page, 0);
    let sealed = check(&page, 1, &key, &answer);
    run(&page, &sealed).unwrap();
    page.reload();
    page.storage.text.borrow_mut().clear();
    page.attach(&port).unwrap();
    assert_eq!(run(&page, &sealed), refused(ProgramRefusal::Exchange));
}

#[test]
fn a_program_that_can_t_be_noted_does_not_run() {
    let (page, port) = Page::with_key(LEVELS[0]);
    let refused = refused(ProgramRefusal::NotNoted);
    page.storage.is_full.set(true);
    assert_eq!(run(&page, &read_certificate(&page, 0)), refused);
    page.storage.is_full.set(false);
    "{".clone_into(&mut page.storage.text.borrow_mut());
    assert_eq!(run(&page, &read_certificate(&page, 1)), refused);
    let verify = |sent: &crate::emulated_port::Sent| sent.instruction == 0x20;
    assert!(!port.sent.borrow().iter().any(verify), "not its first step");
    // The card is all right: nobody has it reset for that, nor is it verified no more.
    page.login(PIN).unwrap();
    assert_eq!(run(&page, &read_certificate(&page, 1)), refused);
    assert_eq!(page.tries(), json!(null));
    page.ask("release", json!({})).unwrap();
    // What could not be read may have been any program: none begins as long as one lives.
    page.browser.clock.advance(Duration::from_secs(901));
    run(&page, &read_certificate(&page, 2)).unwrap();
}

#[test]
fn the_machine_s_clock_gives_no_program_a_second_turn() {
    let (page, _port) = Page::with_key(LEVELS[0]);
    let program = read_certificate(&page, 0);
    run(&page, &program).unwrap();
    // It is set forward beyond the program's end, another one runs, and it is set back.
    page.browser.clock.set_wall_by(86_400);
    let _fetched_anew = page.identify();
    run(&page, &read_certificate(&page, 1)).unwrap();
    page.browser.clock.set_wall_by(0);
    assert_eq!(run(&page, &program), refused(ProgramRefusal::Expired));
    // Nor one that was never begun, after its time.
    let late = read_certificate(&page, 2);
    page.browser.clock.advance(Duration::from_secs(601));
    page.browser.clock.set_wall_by(-86_500);
    assert_eq!(run(&page, &late), refused(ProgramRefusal::Expired));
}

#[test]
fn nothing_else_runs() {
    let (page, port) = Page::with_key(LEVELS[0]);
    let good = read_certificate(&page, 0);
    let mut forged = page.programs().sign(&good);
    forged.body = forged.body.replace("9000", "6A80");
    let params = json!({ "reader": READER, "program": forged });
    assert_eq!(
        page.ask("run_program", params),
        refused(ProgramRefusal::Signature)
    );
    let change = |change: &dyn Fn(&mut Program)| {
        let mut program = good.clone();
        change(&mut program);
        run(&page, &program)
    };
    let other_origin = change(&|it| "https://other.example".clone_into(&mut it.origin));
    assert_eq!(other_origin, refused(ProgramRefusal::Origin));
    let too_late = change(&|it| it.expires_at -= 601);
    assert_eq!(too_late, refused(ProgramRefusal::Expired));
    assert!(port.sent.borrow().is_empty());
    let other_chip = change(&|it| it.chip = Some(card_protocol::ChipId([0x22; 16])));
    assert_eq!(other_chip, refused(ProgramRefusal::Chip));
    run(&page, &good).unwrap();
}
