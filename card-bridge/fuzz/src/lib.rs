//! What both targets share: a server that signs anything, and a card that says
//! anything and watches what it is told.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_bridge::{
    key::ProgramKey,
    operation::{Piv, cancel::CancelToken, held::CardState},
    program::{CheckedProgram, Purpose, ReplayGuard, check, run},
    reader::CardAccess,
};
use card_protocol::{
    CardError, Command, Ins, Pin,
    program::{ProgramKind, SignedProgram, signed_message},
    sealing::ExchangeKey,
};
use jiff::Timestamp;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use zeroize::Zeroizing;

/// The origin that every program has to name.
pub const ORIGIN: &str = "https://cards.example";
/// The second at which all of it happens.
pub const NOW: i64 = 1_800_000_000;

/// Signs the body and has the bridge check it.
pub fn checked(body: &str, purpose: Purpose) -> Result<CheckedProgram, CardError> {
    let key = SigningKey::from_slice(&[7; 32]).expect("a key");
    let signature: Signature = key.sign(&signed_message(body));
    let signed = SignedProgram {
        body: body.to_owned(),
        signature: BASE64_STANDARD.encode(signature.to_bytes()),
    };
    let key = ProgramKey::new(*key.verifying_key());
    check(&signed, ORIGIN, &key, now(), purpose)
}

/// The bridge's key of the exchange.
pub fn exchange_key() -> ExchangeKey {
    ExchangeKey::from_random(&Zeroizing::new([9; 32]))
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

/// Runs a program of a page on a card with these answers. Says how many
/// commands of the program the card got.
pub fn run_on_card(program: &CheckedProgram, exchange: Option<ExchangeKey>) -> usize {
    let mut card = Watching(0);
    let token = CancelToken::default();
    token.begin().expect("nobody stops it");
    let mut state = CardState {
        exchange,
        ..CardState::default()
    };
    let pin = Pin::new("864209").expect("a PIN");
    let outcome = run(
        program,
        &mut Piv::new(&mut card, &token),
        &mut state,
        &ReplayGuard::in_memory(),
        Some(&pin),
        now(),
    );
    match outcome {
        Ok(outcome) => outcome.steps.len(),
        Err(_) => 0,
    }
}

/// A card without a CHUID that carries out everything, and bears no command that
/// no page's program may hold.
struct Watching(usize);

impl CardAccess for Watching {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.0 += 1;
        let command = Command::parse(apdu).expect("the bridge sends commands");
        let ins = command.ins().expect("of its own list");
        let (p2, data) = (command.p2(), command.data());
        let is_safe = match ins {
            Ins::SetManagementKey | Ins::SetPinRetries | Ins::GetResponse => false,
            Ins::Verify => data.is_empty(),
            Ins::GeneralAuthenticate => [0x9B, 0x9E].contains(&p2),
            Ins::Generate => [0x9A, 0x9E].contains(&p2),
            Ins::ChangeReferenceData => p2 == 0x81,
            // What is chained has its object in the first link.
            Ins::PutData if command.is_chained() || data.first() != Some(&0x5C) => true,
            Ins::PutData => [[0xC1, 0x05], [0xC1, 0x06]].iter().any(|end| data[3..5] == *end),
            Ins::GetData | Ins::GetMetadata | Ins::ResetRetryCounter | Ins::Select => true,
        };
        assert!(is_safe, "{command:?}");
        Ok(match ins {
            // No CHUID, no certificate.
            Ins::GetData => vec![0x6A, 0x82],
            _ => vec![0x90, 0x00],
        })
    }

    fn was_reset(&self) -> bool {
        false
    }
}

/// Whether a kind is one that a page may run.
pub fn is_of_pages(kind: ProgramKind) -> bool {
    kind != ProgramKind::Enrol
}
