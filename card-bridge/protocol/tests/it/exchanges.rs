//! Properties of the exchange: a card that reassembles chains and answers in
//! pieces gets the command and gives the response whole, and a card that says
//! anything at all comes to an end within the limits.

use std::convert::Infallible;

use card_protocol::{
    Command, Exchange, ExchangeError, Limits, Response, StatusWord, Step, Transport, run,
};
use proptest::{collection::vec, prelude::*};

/// A card that knows chaining and GET RESPONSE; it answers every whole command
/// with `answer` and remembers what it was asked.
struct PatientCard {
    answer: Vec<u8>,
    /// At most so many bytes of data in one answer.
    piece: usize,
    collected: Vec<u8>,
    commands: Vec<Command>,
    waiting: Vec<u8>,
}

impl PatientCard {
    fn new(answer: Vec<u8>, piece: usize) -> Self {
        Self {
            answer,
            piece,
            collected: Vec::new(),
            commands: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn reply(&mut self, most: usize) -> Vec<u8> {
        let length = self.waiting.len().min(most).min(self.piece);
        let rest = self.waiting.split_off(length);
        let piece = core::mem::replace(&mut self.waiting, rest);
        let status = match self.waiting.len() {
            0 => StatusWord::SUCCESS,
            more => StatusWord::more_data(more),
        };
        Response::new(piece, status).encode()
    }
}

impl Transport for PatientCard {
    type Error = Infallible;

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Infallible> {
        assert!(apdu.len() <= 4 + 1 + 255 + 1, "short APDUs only");
        let command = Command::parse(apdu).unwrap();
        let most = command
            .expected()
            .map_or(0, |length| usize::try_from(length).unwrap());
        if command.instruction() == 0xC0 {
            assert_eq!(command.data(), b"");
            return Ok(self.reply(most));
        }
        self.collected.extend_from_slice(command.data());
        if command.is_chained() {
            assert_eq!(command.data().len(), 255, "only the last link is shorter");
            return Ok(Response::new([], StatusWord::SUCCESS).encode());
        }
        let whole = core::mem::take(&mut self.collected);
        self.commands.push(command.with_data(whole));
        self.waiting = self.answer.clone();
        Ok(self.reply(most))
    }
}

/// A card that takes extended lengths, or says at once that it does not.
struct ExtendedCard {
    patient: PatientCard,
    refuses: bool,
    apdus: usize,
}

impl Transport for ExtendedCard {
    type Error = Infallible;

    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Infallible> {
        self.apdus += 1;
        let is_extended = apdu.len() > 7 && apdu[4] == 0;
        if !is_extended {
            return self.patient.transmit(apdu);
        }
        if self.refuses {
            return Ok(Response::new([], StatusWord::WRONG_LENGTH).encode());
        }
        self.patient.commands.push(Command::parse(apdu).unwrap());
        Ok(Response::new(self.patient.answer.clone(), StatusWord::SUCCESS).encode())
    }
}

/// Says that every length is wrong.
struct Counting(u32);

impl Transport for Counting {
    type Error = Infallible;

    fn transmit(&mut self, _apdu: &[u8]) -> Result<Vec<u8>, Infallible> {
        self.0 += 1;
        Ok(vec![0x6C, 0x05])
    }
}

/// Whatever the card says: each time might be a try.
#[test]
fn what_expects_no_answer_is_sent_once() {
    let verify = Command::new(0x00, 0x20, 0x00, 0x80).with_data(*b"123456\xFF\xFF");
    for exchange in [
        Exchange::new(verify.clone(), Limits::default()),
        Exchange::new(verify.clone(), Limits::default()).over_t0(),
    ] {
        let mut card = Counting(0);
        let response = run(exchange, &mut card).unwrap();
        assert_eq!(response.status(), StatusWord::from_bytes([0x6C, 0x05]));
        assert_eq!(card.0, 1);
    }
}

#[test]
fn extended_lengths_save_the_chain_and_are_given_up_when_refused() {
    let write = Command::new(0x00, 0xDB, 0x3F, 0xFF).with_data(vec![7; 600]);
    let read = Command::new(0x00, 0xCB, 0x3F, 0xFF)
        .with_data([0x5C, 3, 0x5F, 0xC1, 5])
        .expecting_everything();
    let short = Command::new(0x00, 0xCB, 0x3F, 0xFF)
        .with_data([0x5C, 1, 0x7E])
        .expecting_all();
    let huge = Command::new(0x00, 0xDB, 0x3F, 0xFF).with_data(vec![7; 2001]);
    for (command, answer, extended, refused) in [
        (&write, 0, 1, 1 + 3),
        (&read, 600, 1, 1 + 3),
        // Nothing to save, and more than anybody promised to take.
        (&short, 20, 1, 1),
        (&huge, 0, 8, 8),
    ] {
        for (refuses, expected) in [(false, extended), (true, refused)] {
            let answer = vec![9; answer];
            let mut card = ExtendedCard {
                patient: PatientCard::new(answer.clone(), 256),
                refuses,
                apdus: 0,
            };
            let exchange = Exchange::new(command.clone(), Limits::default()).over_extended();
            let response = run(exchange, &mut card).unwrap();
            assert_eq!(response.success(), Ok(answer.as_slice()), "{command:?}");
            assert_eq!(card.apdus, expected, "{command:?} {refuses}");
            assert_eq!(card.patient.commands.len(), 1, "{command:?}");
            assert_eq!(card.patient.commands[0].data(), command.data());
        }
    }
}

/// A card that says what it likes.
struct AnyCard {
    answers: std::vec::IntoIter<Vec<u8>>,
    transmissions: usize,
}

impl Transport for AnyCard {
    type Error = Infallible;

    fn transmit(&mut self, _apdu: &[u8]) -> Result<Vec<u8>, Infallible> {
        self.transmissions += 1;
        // When it has said everything, it has "one more byte" for ever.
        Ok(self.answers.next().unwrap_or(vec![0xAA, 0x61, 0x01]))
    }
}

fn hostile_answer() -> impl Strategy<Value = Vec<u8>> {
    let sw1 = prop_oneof![4 => Just(0x61_u8), 2 => Just(0x6C), 2 => Just(0x90), 1 => any::<u8>()];
    (
        vec(any::<u8>(), 0..64),
        sw1,
        prop_oneof![Just(0_u8), any::<u8>()],
    )
        .prop_map(|(data, sw1, sw2)| [data, vec![sw1, sw2]].concat())
}

proptest! {
    #[test]
    fn command_and_response_arrive_whole(
        data in vec(any::<u8>(), 0..2000),
        answer in vec(any::<u8>(), 0..2000),
        piece in 16..=256_usize,
        t0: bool,
    ) {
        let command = Command::new(0x00, 0x87, 0x11, 0x9A).with_data(data).expecting_all();
        let mut card = PatientCard::new(answer.clone(), piece);
        let mut exchange = Exchange::new(command.clone(), Limits::default());
        if t0 {
            exchange = exchange.over_t0();
        }
        let response = run(exchange, &mut card).unwrap();
        prop_assert_eq!(response.success(), Ok(answer.as_slice()));
        prop_assert_eq!(card.commands.len(), 1);
        prop_assert_eq!(card.commands[0].header(), command.header());
        prop_assert_eq!(card.commands[0].data(), command.data());
        let has_le = card.commands[0].expected().is_some();
        prop_assert_eq!(has_le, !t0 || command.data().is_empty());
    }

    #[test]
    fn whatever_a_card_says_comes_to_an_end(
        answers in vec(hostile_answer(), 0..40),
        data_length in 0..600_usize,
        response_bytes in 0..256_usize,
        rounds in 0..12_u32,
    ) {
        let links = data_length.div_ceil(255).max(1);
        let command = Command::new(0x00, 0xCB, 0x3F, 0xFF)
            .with_data(vec![0; data_length])
            .expecting_all();
        let limits = Limits { response_bytes, rounds };
        let mut card = AnyCard { answers: answers.into_iter(), transmissions: 0 };
        let outcome = run(Exchange::new(command, limits), &mut card);
        prop_assert!(card.transmissions <= links + usize::try_from(rounds).unwrap());
        if let Ok(response) = outcome {
            // (A refusal in the middle of a chain is handed on as it came.)
            prop_assert!(response.data().len() <= response_bytes.max(64));
        }
    }

    #[test]
    fn asking_for_the_step_twice_changes_nothing(data in vec(any::<u8>(), 0..600)) {
        let command = Command::new(0x00, 0xDB, 0x3F, 0xFF).with_data(data);
        let mut exchange = Exchange::new(command, Limits::default());
        while let step @ Step::Send(_) = exchange.step() {
            prop_assert_eq!(&exchange.step(), &step);
            exchange.receive(&[0x90, 0x00]).unwrap();
        }
        prop_assert_eq!(exchange.receive(&[0x90, 0x00]), Err(ExchangeError::AlreadyDone));
    }
}

#[test]
fn get_response_keeps_the_logical_channel() {
    let command = Command::new(0x02, 0xCB, 0x3F, 0xFF).with_data([0x5C, 0x01, 0x7E]);
    let mut exchange = Exchange::new(command, Limits::default());
    exchange.receive(&[0x61, 0x05]).unwrap();
    let Step::Send(apdu) = exchange.step() else {
        panic!("{exchange:?}")
    };
    assert_eq!(apdu.as_slice(), [0x02, 0xC0, 0x00, 0x00, 0x05]);
}
