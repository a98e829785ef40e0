//! Making a card in process, with a server that is a few lines long and does
//! all rounds of a card.

use std::sync::{Arc, Mutex};

use card_bridge::{
    clock::Clock,
    enroll::{EnrollError, Issuer, NewPin, run},
    http::HttpError,
    reader::demo::SoftwareCard,
    replay_guard::ReplayGuard,
};
use card_operations::key::ProgramKey;
use card_protocol::{
    CardError, ChipId, Pin, PinTries, ProgramRefusal, Puk, StatusWord,
    enroll::{EnrollContinue, EnrollReply, EnrollStart, Holder},
    hex,
    piv::{self, Algorithm, Chuid, DataObject, ManagementKey, PublicKey, Slot, Touch},
    program::{ProgramKind, ProgramOutcome, Step, proof_message},
};
use jiff::{Timestamp, civil::date};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use test_support::bridge::{
    CERTIFICATE, ProgramSigner, blank_card, command_step, expecting_step, proof_step, with_piv,
};

use crate::gated_bridge::{NOW, ORIGIN, signing_key};

const NEW_CHIP: ChipId = ChipId([9; 16]);
const OWN_KEY: ManagementKey = ManagementKey::Aes256([7; 32]);
const NONCE: [u8; 32] = [4; 32];
/// So many rounds on, the card has its new chip id.
const CHIP_WRITTEN: usize = 4;

/// Writes a program from what came back so far.
type Round = Box<dyn Fn(&[ProgramOutcome]) -> Vec<Step> + Send + Sync>;

/// Hands out one program after the other.
struct Script {
    key: ProgramKey,
    origin: &'static str,
    kind: ProgramKind,
    chip: Mutex<Option<ChipId>>,
    rounds: Vec<Round>,
    outcomes: Mutex<Vec<ProgramOutcome>>,
    /// Answers to the last report that are lost.
    lost: Mutex<u32>,
    /// What that report is answered afterwards, instead of what it was answered first.
    then: Option<u16>,
    /// Whether something on the way says that, and not the server.
    by_the_way: bool,
    pauses: Mutex<Vec<u32>>,
}

impl Script {
    fn new(origin: &'static str, rounds: Vec<Round>) -> Self {
        Self {
            key: ProgramKey::new(*signing_key().verifying_key()),
            origin,
            kind: ProgramKind::Enrol,
            chip: Mutex::default(),
            rounds,
            outcomes: Mutex::default(),
            lost: Mutex::default(),
            then: None,
            by_the_way: false,
            pauses: Mutex::default(),
        }
    }

    /// The whole making, with so many answers to its last report lost.
    fn losing(answers: u32) -> Self {
        let script = Self::new(ORIGIN, whole());
        *script.lost.lock().unwrap() = answers;
        script
    }

    fn next(&self) -> EnrollReply {
        let outcomes = self.outcomes.lock().unwrap();
        let Some(round) = self.rounds.get(outcomes.len()) else {
            return EnrollReply::Done {
                card_no: "2100000000001".to_owned(),
                holder_name: "王明（演示）".to_owned(),
                chip: NEW_CHIP,
            };
        };
        let mut chip = self.chip.lock().unwrap();
        if self.rounds.len() == whole().len() && outcomes.len() == CHIP_WRITTEN {
            *chip = Some(NEW_CHIP);
        }
        let server = ProgramSigner {
            origin: self.origin.to_owned(),
            key: signing_key(),
            operation: "enrolment".to_owned(),
            chip: *chip,
            expires_at: NOW + 60,
        };
        let sequence = u32::try_from(outcomes.len()).unwrap();
        let program = server.clear(self.kind, sequence, round(&outcomes));
        EnrollReply::Run {
            program: server.sign(&program),
        }
    }
}

impl Issuer for Script {
    fn origin(&self) -> &str {
        ORIGIN
    }

    fn enrol_key(&self) -> &ProgramKey {
        &self.key
    }

    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError> {
        *self.chip.lock().unwrap() = start.chip;
        Ok(self.next())
    }

    fn proceed(&self, outcome: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        let mut outcomes = self.outcomes.lock().unwrap();
        if outcomes.last() != Some(&outcome.outcome) {
            outcomes.push(outcome.outcome.clone());
        }
        let mut lost = self.lost.lock().unwrap();
        if outcomes.len() == self.rounds.len() && *lost > 0 {
            *lost -= 1;
            return Err(refused(502, false));
        }
        if let Some(status) = self.then.filter(|_| outcomes.len() == self.rounds.len()) {
            return Err(refused(status, !self.by_the_way));
        }
        drop(outcomes);
        Ok(self.next())
    }

    fn pause(&self, attempts: u32) {
        self.pauses.lock().unwrap().push(attempts);
    }
}

fn refused(status: u16, is_the_servers: bool) -> HttpError {
    HttpError::Refused {
        address: String::from("here"),
        status,
        is_the_servers,
        message: String::from("no"),
    }
}

fn make(script: &Script, pin: NewPin) -> (Result<Pin, EnrollError>, SoftwareCard) {
    let folder = tempfile::tempdir().unwrap();
    let mut card = blank_card(&folder.path().join("card"));
    let now = Timestamp::from_second(NOW).unwrap();
    let clock: Clock = Arc::new(move || now);
    let holder = Holder::LegalPerson {
        enterprise: "91350200000000000X".to_owned(),
    };
    let guard = ReplayGuard::in_memory();
    let made = run(&mut card, script, holder, pin, &guard, &clock);
    (made.map(|made| made.pin), card)
}

fn verify(card: &mut SoftwareCard, pin: &Pin) -> StatusWord {
    let status = with_piv(card, async |card| {
        card.select().await?;
        Ok(card.send(piv::verify_pin(pin)).await?.status())
    });
    status.unwrap()
}

fn always(steps: Vec<Step>) -> Round {
    Box::new(move |_| steps.clone())
}

fn metadata() -> Round {
    let command = piv::get_metadata(piv::MANAGEMENT_KEY);
    always(vec![command_step(&command, &["9000", "6D00"])])
}

fn witness(algorithm: Algorithm) -> Step {
    command_step(&piv::request_witness(algorithm).unwrap(), &["9000"])
}

/// The server proves itself, and has the card prove itself, by the management
/// key; the witness came last in the round before.
fn answer(key: ManagementKey) -> Round {
    Box::new(move |outcomes| {
        let witness = outcomes.last().unwrap().steps.last().unwrap();
        assert_eq!(witness.status, "9000", "{outcomes:?}");
        let data = hex::decode(&witness.data).unwrap();
        let witness = piv::parse_witness(key.algorithm(), &data).unwrap();
        let challenge = &[5; 16][..key.block_length()];
        let answer = piv::answer_witness(&key, witness, challenge).unwrap();
        let expected = piv::expected_answer(&key, challenge).unwrap();
        vec![expecting_step(&answer, &expected)]
    })
}

fn generate() -> Round {
    let chuid = Chuid {
        chip_id: NEW_CHIP,
        expires: date(2099, 12, 31),
    };
    let put = piv::put_data(DataObject::Chuid, &chuid.to_bytes());
    let [own, card] = [Slot::Authentication, Slot::CardAuthentication]
        .map(|slot| piv::generate_key(slot, Algorithm::P256).unwrap());
    always(
        [put, own, card]
            .map(|it| command_step(&it, &["9000"]))
            .into(),
    )
}

fn write() -> Round {
    let factory = Pin::new("123456").unwrap();
    let (old, new) = (Puk::new(*b"12345678"), Puk::new(*b"87654321"));
    let contents = piv::build_certificate_object(CERTIFICATE);
    let put = piv::put_data(DataObject::AuthenticationCertificate, &contents);
    let sign = piv::sign(Slot::Authentication, Algorithm::P256, &[1; 32]).unwrap();
    let retries = piv::set_pin_retries(PinTries(5), PinTries(3));
    let set_key = piv::set_management_key(&OWN_KEY, Touch::Never);
    always(vec![
        command_step(&put, &["9000"]),
        command_step(&piv::verify_pin(&factory), &["9000"]),
        command_step(&sign, &["9000"]),
        // Not every card knows it.
        command_step(&retries, &["9000", "6A81", "6D00"]),
        command_step(&set_key, &["9000"]),
        command_step(&piv::change_puk(&old, &new), &["9000"]),
        Step::NewPin {
            command: format!("00240080{}", hex::encode(factory.padded())),
            accept: vec!["9000".to_owned()],
            policy: None,
        },
    ])
}

fn read_back() -> Round {
    let chuid = piv::get_data(DataObject::Chuid);
    let certificate = piv::get_data(DataObject::AuthenticationCertificate);
    always(vec![
        proof_step(&NONCE),
        command_step(&chuid, &["9000"]),
        command_step(&certificate, &["9000"]),
        witness(Algorithm::Aes256),
    ])
}

/// All rounds of a card.
fn whole() -> Vec<Round> {
    let factory = ManagementKey::TripleDes(ManagementKey::FACTORY);
    vec![
        metadata(),
        always(vec![witness(Algorithm::TripleDes)]),
        answer(factory),
        generate(),
        write(),
        read_back(),
        answer(OWN_KEY),
    ]
}

#[test]
fn a_card_is_made_and_proves_itself() {
    let script = Script::new(ORIGIN, whole());
    let (pin, mut card) = make(&script, NewPin::Random);
    let pin = pin.unwrap();
    let outcomes = script.outcomes.lock().unwrap();
    assert_eq!(outcomes.len(), 7);
    for outcome in outcomes.iter() {
        let last = outcome.steps.last().unwrap();
        assert!(["9000", "6D00"].contains(&&*last.status), "{outcome:?}");
    }
    // One key of the exchange for all of it, and the new card vouches for it.
    let keys: Vec<_> = outcomes.iter().map(|it| it.exchange_key.clone()).collect();
    assert_eq!(keys, vec![keys[0].clone(); 7]);
    let key = hex::decode_array(keys[0].as_deref().unwrap()).unwrap();
    let generated = hex::decode(&outcomes[3].steps[2].data).unwrap();
    let Ok(PublicKey::P256(point)) = piv::parse_public_key(Algorithm::P256, &generated) else {
        panic!("no P-256 key");
    };
    let proof = hex::decode(&outcomes[5].steps[0].data).unwrap();
    let proof = piv::parse_ecdsa_signature(Algorithm::P256, &proof).unwrap();
    VerifyingKey::from_sec1_bytes(&point)
        .unwrap()
        .verify(
            &proof_message(&NONCE, &key),
            &Signature::from_slice(proof.as_fixed()).unwrap(),
        )
        .unwrap();

    let factory = Pin::new("123456").unwrap();
    assert_eq!(pin.digits().len(), 6);
    assert_ne!(verify(&mut card, &factory), StatusWord::SUCCESS);
    assert_eq!(verify(&mut card, &pin), StatusWord::SUCCESS);
}

/// The server may have made the card: the same report goes again, and when nothing
/// helps the PIN is not lost.
#[test]
fn a_report_goes_until_it_is_answered() {
    let script = Script::losing(3);
    let (made, _card) = make(&script, NewPin::Random);
    made.unwrap();
    assert_eq!(*script.pauses.lock().unwrap(), [1, 2, 3]);

    let script = Script::losing(4);
    let (made, mut card) = make(&script, NewPin::Random);
    let Err(EnrollError::Unanswered { pin, .. }) = &made else {
        panic!("{made:?}");
    };
    assert_eq!(verify(&mut card, pin), StatusWord::SUCCESS);
    let shown = format!("{made:?} {}", made.as_ref().unwrap_err());
    assert!(!shown.contains(pin.digits()), "{shown}");
}

/// The machine slept: what the server did with the first report nobody heard, and by now
/// it knows nothing of it. Where it refused at once, it is known, unless a proxy said it
/// in its stead or it only had no time.
#[test]
fn a_refusal_that_may_not_be_the_first_answer_leaves_it_unknown() {
    for (lost, status, by_the_way, is_unknown) in [
        (1, 404, false, true),
        (2, 401, false, true),
        (0, 404, false, false),
        (0, 404, true, true),
        (0, 403, true, true),
        (0, 408, false, true),
        (0, 429, false, true),
        (0, 429, true, true),
    ] {
        let mut script = Script::losing(lost);
        (script.then, script.by_the_way) = (Some(status), by_the_way);
        let (made, mut card) = make(&script, NewPin::Random);
        match made {
            Err(EnrollError::Unanswered { pin, .. }) if is_unknown => {
                assert_eq!(verify(&mut card, &pin), StatusWord::SUCCESS);
            }
            Err(EnrollError::Server(_)) if !is_unknown => {}
            other => panic!("{lost} {status}: {other:?}"),
        }
    }
}

/// Before the card has its PIN nothing was made, and it is said what to do.
#[test]
fn what_was_cut_off_early_can_be_done_again() {
    let mut script = Script::losing(9);
    script.rounds.truncate(4);
    let (made, mut card) = make(&script, NewPin::Random);
    let Err(error @ EnrollError::Interrupted(_)) = made else {
        panic!("{made:?}");
    };
    let said = error.to_string();
    assert!(said.contains("again with the same card"), "{said}");
    let factory = Pin::new("123456").unwrap();
    assert_eq!(verify(&mut card, &factory), StatusWord::SUCCESS);
}

#[test]
fn another_servers_program_does_not_run() {
    let script = Script::new("https://other.example", vec![metadata()]);
    let given = NewPin::Given(Pin::new("864209").unwrap());
    let (made, _card) = make(&script, given);
    let Err(EnrollError::Card(error)) = made else {
        panic!("{made:?}");
    };
    let reason = ProgramRefusal::Origin;
    assert_eq!(error, CardError::ProgramRefused { reason });
}

#[test]
fn a_server_without_an_end_is_left() {
    let script = Script::new(ORIGIN, (0..40).map(|_| metadata()).collect());
    let (made, _card) = make(&script, NewPin::Random);
    assert!(
        matches!(made, Err(EnrollError::TooManyPrograms)),
        "{made:?}"
    );
}

/// The key of 制卡 signs nothing but 制卡, and only its own rounds.
#[test]
fn nothing_but_enrolment_runs_here() {
    let tries = || always(vec![command_step(&piv::verify_status(), &["63C3"])]);
    for kind in ProgramKind::ALL {
        let mut script = Script::new(ORIGIN, vec![tries()]);
        script.kind = kind;
        let (made, _card) = make(&script, NewPin::Random);
        assert!(
            matches!(made, Err(EnrollError::Card(CardError::BadRequest))),
            "{kind:?}: {made:?}"
        );
    }
}
