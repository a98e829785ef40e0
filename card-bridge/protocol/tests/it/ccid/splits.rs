//! However the reader cuts its answers, they are the same.

use card_protocol::ccid::{Outcome, ReaderLimits};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::device::{self, Reader, answer, sequence};

/// A message in pieces, and empty transfers among them.
fn cut(message: &[u8], cuts: &[Index], empty: bool) -> Vec<Vec<u8>> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|cut| cut.index(message.len() + 1))
        .collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut from = 0;
    for place in places.into_iter().chain([message.len()]) {
        if place > from || empty {
            pieces.push(message[from..place].to_vec());
        }
        from = place;
    }
    pieces
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_answer(
        data in vec(any::<u8>(), 2..255),
        cuts in vec(any::<Index>(), 0..9),
        empty: bool,
        short: bool,
    ) {
        let features = if short { 0x0002_00FE } else { 0x0004_00FE };
        let mut session = Reader { features, ..Reader::default() }.session(ReaderLimits::default());
        session.power_on().unwrap();
        let reader = |message: &[u8]| {
            let data = if message[0] == 0x62 { &[0x3B, 0][..] } else { &data };
            cut(&answer(0x80, sequence(message), [0, 0, 0], data), &cuts, empty)
        };
        prop_assert_eq!(
            device::drive(&mut session, reader),
            Ok(Outcome::Activated(vec![0x3B, 0]))
        );
        session.transmit(&[0, 0xCB, 0x3F, 0xFF, 0]).unwrap();
        prop_assert_eq!(device::drive(&mut session, reader), Ok(Outcome::Response(data.clone())));
    }

    #[test]
    fn an_apdu_of_any_length_arrives_whole(
        apdu in vec(any::<u8>(), 4..2000),
        response in vec(any::<u8>(), 2..2000),
        message in 43..600_u32,
    ) {
        let mut session = Reader { message, ..Reader::default() }.session(ReaderLimits::default());
        let most = usize::try_from(message).unwrap() - 10;
        session.power_on().unwrap();
        device::drive(&mut session, |message| {
            vec![answer(0x80, sequence(message), [0, 0, 0], &[0x3B, 0])]
        }).unwrap();
        session.transmit(&apdu).unwrap();
        let mut arrived = Vec::new();
        let mut pieces = response.chunks(most).peekable();
        let mut is_first = true;
        let outcome = device::drive(&mut session, |message| {
            let data = &message[10..];
            assert!(data.len() <= most);
            arrived.extend_from_slice(data);
            if matches!(message[8], 1 | 3) {
                return vec![answer(0x80, sequence(message), [0, 0, 0x10], &[])];
            }
            let piece = pieces.next().unwrap();
            let chain = match (is_first, pieces.peek().is_some()) {
                (true, false) => 0,
                (true, true) => 1,
                (false, false) => 2,
                (false, true) => 3,
            };
            is_first = false;
            vec![answer(0x80, sequence(message), [0, 0, chain], piece)]
        });
        prop_assert_eq!(outcome, Ok(Outcome::Response(response.clone())));
        prop_assert_eq!(arrived, apdu);
    }
}
