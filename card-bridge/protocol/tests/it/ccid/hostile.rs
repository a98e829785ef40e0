//! Readers and cards that lie: whatever they say, a command comes to an end within its
//! limits, nothing panics, and no answer is another command's.

use card_protocol::{
    Limits, Pin,
    ccid::{Outcome, ReaderLimits, Session, Step},
    piv,
};
use proptest::{collection::vec, prelude::*};

use super::device::{Reader, answer};

const LIMITS: ReaderLimits = ReaderLimits {
    exchange: Limits {
        response_bytes: 300,
        rounds: 4,
    },
    time_extensions: 3,
    late_answers: 3,
    answer: core::time::Duration::from_secs(1),
    longest_wait: core::time::Duration::from_secs(2),
};

/// What only answers to other commands hold.
const OTHER: u8 = 0xBD;

/// One thing that a reader may say.
#[derive(Clone, Debug)]
enum Lie {
    /// An answer with the right number, or nearly.
    Answer {
        kind: u8,
        ahead: u8,
        tail: [u8; 3],
        data: Vec<u8>,
    },
    /// Anything.
    Bytes(Vec<u8>),
}

fn block() -> impl Strategy<Value = Vec<u8>> {
    let pcb = prop_oneof![
        4 => prop::sample::select(vec![0x00, 0x20, 0x40, 0x60]),
        3 => prop::sample::select(vec![0x80, 0x90, 0x81, 0x91, 0x82, 0x92]),
        3 => prop::sample::select(vec![0xC0, 0xC1, 0xC2, 0xC3, 0xE0, 0xE1, 0xE2, 0xE3]),
        1 => any::<u8>(),
    ];
    (pcb, vec(0..0x80_u8, 0..4)).prop_map(|(pcb, data)| {
        let mut block = [
            &[0, pcb, u8::try_from(data.len()).unwrap()],
            data.as_slice(),
        ]
        .concat();
        let check = block.iter().fold(0, |sum, byte| sum ^ byte);
        block.push(check);
        block
    })
}

fn lie() -> impl Strategy<Value = Lie> {
    let kind = prop_oneof![8 => Just(0x80_u8), 2 => Just(0x81), 2 => Just(0x82), 1 => any::<u8>()];
    let ahead = prop_oneof![8 => Just(0_u8), 1 => any::<u8>()];
    let status = prop_oneof![6 => Just(0_u8), 1 => prop::sample::select(vec![0x40, 0x80, 0x41, 0x42, 2]), 1 => any::<u8>()];
    let error = prop_oneof![
        prop::sample::select(vec![0xFE, 0xFD, 0xFC, 0xE0, 0, 1]),
        any::<u8>()
    ];
    let chain = prop_oneof![4 => Just(0_u8), 4 => prop::sample::select(vec![1, 2, 3, 0x10]), 1 => any::<u8>()];
    let data = prop_oneof![
        Just(vec![0x3B, 0x00]),
        Just(vec![0x3B, 0x80, 0x01, 0x81]),
        Just(vec![0x11, 0x10, 0, 0x4D, 0, 0x20, 0]),
        Just(vec![]),
        vec(0..0x80_u8, 0..60),
        block(),
    ];
    prop_oneof![
        12 => (kind, ahead, status, error, chain, data).prop_map(
            |(kind, ahead, status, error, chain, data)| Lie::Answer {
                kind,
                ahead,
                tail: [status, error, chain],
                data,
            }
        ),
        1 => vec(any::<u8>(), 0..70).prop_map(Lie::Bytes),
    ]
}

/// Plays one command against the lies; how many messages and reads it took.
fn play(
    session: &mut Session,
    lies: &mut impl Iterator<Item = Lie>,
) -> (usize, usize, Option<Outcome>) {
    let (mut messages, mut reads) = (0, 0);
    let mut last = 0;
    loop {
        match session.step() {
            Step::Send(message) => {
                messages += 1;
                last = message[6];
                session.sent();
            }
            Step::Control(_) => session.sent(),
            Step::Receive { .. } => {
                reads += 1;
                // When it has said everything, it wants more time for ever.
                let lie = lies.next().unwrap_or(Lie::Answer {
                    kind: 0x80,
                    ahead: 0,
                    tail: [0x80, 1, 0],
                    data: Vec::new(),
                });
                let bytes = match lie {
                    Lie::Bytes(bytes) => bytes,
                    Lie::Answer {
                        kind,
                        ahead: 0,
                        tail,
                        data,
                    } => answer(kind, last, tail, &data),
                    Lie::Answer {
                        kind,
                        ahead,
                        tail,
                        data,
                    } => answer(
                        kind,
                        last.wrapping_add(ahead),
                        tail,
                        &vec![OTHER; data.len()],
                    ),
                };
                if session.receive(&bytes).is_err() {
                    assert!(matches!(session.step(), Step::Idle), "an error ends it");
                    return (messages, reads, None);
                }
            }
            Step::Done(outcome) => return (messages, reads, Some(outcome)),
            Step::Idle => panic!("nothing runs, and nobody says why"),
        }
        assert!(messages < 4000 && reads < 8000, "{messages} {reads}");
    }
}

proptest! {
    #[test]
    fn whatever_a_reader_says_comes_to_an_end(
        lies in vec(lie(), 0..60),
        features in prop::sample::select(vec![
            0x0004_00FE_u32, 0x0004_0032, 0x0002_04BA, 0x0001_0230, 0x0001_0478, 0x0001_0030,
        ]),
        apdu in vec(any::<u8>(), 4..120),
        abort: bool,
    ) {
        let reader = Reader { features, message: 54, ..Reader::default() };
        let mut session = reader.session(LIMITS);
        let mut lies = lies.into_iter();
        session.power_on().unwrap();
        let (messages, _, _) = play(&mut session, &mut lies);
        // Three voltages, PPS, parameters, and what a new IFSD takes at most.
        prop_assert!(messages <= 3 + 1 + 1 + 3 , "{}", messages);
        if session.transmit(&apdu).is_ok() {
            if abort {
                session.sent();
                session.abort();
            }
            let (_, _, outcome) = play(&mut session, &mut lies);
            match outcome {
                Some(Outcome::Response(response)) => {
                    prop_assert!(!abort);
                    prop_assert!(response.len() <= 300);
                    prop_assert!(!response.contains(&OTHER), "another command's answer");
                }
                Some(other) => prop_assert_eq!(other, Outcome::Aborted),
                None => {}
            }
        }
    }

    #[test]
    fn bytes_from_nowhere_come_to_an_end(transfers in vec(vec(any::<u8>(), 0..80), 0..40)) {
        let mut session = Reader::default().session(LIMITS);
        session.power_on().unwrap();
        let mut lies = transfers.into_iter().map(Lie::Bytes).chain(std::iter::repeat(Lie::Bytes(Vec::new())));
        let (messages, _, outcome) = play(&mut session, &mut lies);
        prop_assert!(messages <= 1 || outcome.is_some());
    }
}

#[test]
fn a_pin_is_sent_once_whatever_the_card_does() {
    // A card that, after having taken a PIN, is dumb until it is resynchronised.
    let reader = Reader {
        features: 0x0001_0478,
        ..Reader::default()
    };
    let mut session = reader.session(ReaderLimits::default());
    let mut lies = [
        answer(0x80, 0, [0, 0, 0], &[0x3B, 0x80, 0x01, 0x81]),
        answer(0x82, 1, [0, 0, 1], &[0x11, 0x10, 0, 0x4D, 0, 0x20, 0]),
    ]
    .into_iter()
    .map(Lie::Bytes);
    session.power_on().unwrap();
    play(&mut session, &mut lies);
    let pin = piv::verify_pin(&Pin::new("482913").unwrap())
        .encode()
        .unwrap();
    session.transmit(&pin).unwrap();
    let mut sent = 0;
    while let Step::Send(message) = session.step() {
        sent += usize::from(message.windows(6).any(|window| window == b"482913"));
        session.sent();
        let dumb = answer(0x80, message[6], [0x40, 0xFE, 0], &[]);
        let resynchronised = answer(0x80, message[6], [0, 0, 0], &[0, 0xE0, 0, 0xE0]);
        let is_request = message[10..] == [0, 0xC0, 0, 0xC0];
        let _ended = session.receive(if is_request { &resynchronised } else { &dumb });
    }
    assert_eq!(sent, 1);
}

#[test]
fn nothing_prints_what_is_sent() {
    for features in [0x0004_00FE, 0x0002_00FE, 0x0001_0478] {
        let reader = Reader {
            features,
            ..Reader::default()
        };
        let mut session = reader.session(ReaderLimits::default());
        session.power_on().unwrap();
        let mut lies = [
            answer(0x80, 0, [0, 0, 0], &[0x3B, 0x80, 0x01, 0x81]),
            answer(0x82, 1, [0, 0, 1], &[0x11, 0x10, 0, 0x4D, 0, 0x20, 0]),
        ]
        .into_iter()
        .map(Lie::Bytes);
        play(&mut session, &mut lies);
        let pin = piv::verify_pin(&Pin::new("482913").unwrap())
            .encode()
            .unwrap();
        session.transmit(&pin).unwrap();
        for text in [
            format!("{session:?}"),
            format!("{session:#?}"),
            format!("{:?}", session.step()),
            format!("{:#?}", session.step()),
        ] {
            assert!(!crate::secrets::shows(&text, b"482913"), "{text}");
        }
    }
}
