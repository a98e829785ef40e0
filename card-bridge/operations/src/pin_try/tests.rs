//! A try that is stopped, or refused, in the midst of it.

use std::{cell::Cell, time::Duration};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_protocol::{CardError, Pin};

use super::{Budget, LastTries, LastTry, PinTry};
use crate::{
    access::{CardAccess, Progress},
    card_state::CardState,
    issuers::Issuers,
    moment::Moment,
    piv_card::{PinSource, Piv},
    ready::ready,
};

const ORIGIN: &str = "https://a.example";
const NOW: Moment = Moment {
    steady: Duration::ZERO,
    wall: jiff::Timestamp::UNIX_EPOCH,
};
/// Stands in the card's object, and is taken as it is where no issuers are named.
const CERTIFICATE: [u8; 2] = [0x30, 0x00];
const OBJECT: [u8; 11] = [
    0x53, 0x09, 0x70, 0x02, 0x30, 0x00, 0x71, 0x01, 0x00, 0xFE, 0x00,
];

/// A card, its answers to VERIFY with and without a PIN, and who stops the operation.
struct Card {
    tries: u8,
    answer: [u8; 2],
    stops_at: Option<At>,
    is_stopped: Cell<bool>,
    pins: Cell<u32>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    Status,
    Pin,
}

struct Line<'a>(&'a Card);

#[async_trait(?Send)]
impl CardAccess for Line<'_> {
    async fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        let card = self.0;
        let (at, answer) = match (apdu[1], apdu.len() > 5) {
            (0xCB, _) => (None, [&OBJECT[..], &[0x90, 0x00]].concat()),
            (0x20, false) => (Some(At::Status), vec![0x63, 0xC0 | card.tries]),
            (0x20, true) => {
                card.pins.set(card.pins.get() + 1);
                (Some(At::Pin), card.answer.to_vec())
            }
            _ => (None, vec![0x90, 0x00]),
        };
        if at.is_some() && at == card.stops_at {
            card.is_stopped.set(true);
        }
        Ok(answer)
    }
}

impl Progress for Card {
    fn check(&self) -> Result<(), CardError> {
        if self.is_stopped.get() {
            return Err(CardError::Cancelled);
        }
        Ok(())
    }

    fn commit(&self) -> Result<(), CardError> {
        self.check()
    }

    fn exchanged(&self) {}

    fn carries_pin(&self, _now: bool) {}
}

impl Card {
    fn new(tries: u8, stops_at: Option<At>) -> Self {
        Self {
            tries,
            answer: [0x61, 0x10],
            stops_at,
            is_stopped: Cell::new(false),
            pins: Cell::new(0),
        }
    }

    /// A try of its PIN, of `most` an hour, after so many insertions.
    fn verify(
        &self,
        budget: &Budget,
        refused: &LastTries,
        (most, insertion): (usize, u64),
    ) -> Result<(), CardError> {
        let card = BASE64_STANDARD.encode(CERTIFICATE);
        let attempt = PinTry {
            origin: ORIGIN,
            card: &card,
            proposed: None,
            reader: "R",
            insertion: Some(insertion),
            issuers: &Issuers::default(),
            budget,
            wrong_per_hour: most,
            refused,
            last_try: LastTry::AfterInsertion,
            now: NOW,
        };
        let pin = PinSource::Typed(Pin::new("123456").unwrap());
        let mut line = Line(self);
        let mut piv = Piv::new(&mut line, self);
        let mut state = CardState::default();
        ready(attempt.verify(&mut piv, &mut state, &pin)).map(drop)
    }
}

#[test]
fn who_stops_before_the_pin_left_has_spent_nothing() {
    let (budget, refused) = (Budget::default(), LastTries::default());
    let card = Card::new(3, Some(At::Status));
    for _ in 0..3 {
        card.is_stopped.set(false);
        let outcome = card.verify(&budget, &refused, (1, 1));
        assert_eq!(outcome, Err(CardError::Cancelled));
    }
    assert_eq!(card.pins.get(), 0);
}

#[test]
fn who_stops_after_it_left_has_and_is_not_told_that_nothing_was_done() {
    let (budget, refused) = (Budget::default(), LastTries::default());
    let card = Card::new(3, Some(At::Pin));
    let outcome = card.verify(&budget, &refused, (1, 1));
    assert_eq!(outcome, Err(CardError::CardMute));
    assert_eq!(card.pins.get(), 1);
    card.is_stopped.set(false);
    let outcome = card.verify(&budget, &refused, (1, 1));
    assert_eq!(outcome, Err(CardError::TooManyTries));
}

#[test]
fn a_confirmation_is_not_used_up_where_the_budget_refuses() {
    let (budget, refused) = (Budget::default(), LastTries::default());
    let mut card = Card::new(1, None);
    card.answer = [0x90, 0x00];
    let refused_now = card.verify(&budget, &refused, (1, 1));
    assert_eq!(refused_now, Err(CardError::LastTry));
    // The card was pulled and put in again: of no tries an hour there is none, ...
    let outcome = card.verify(&budget, &refused, (0, 2));
    assert_eq!(outcome, Err(CardError::TooManyTries));
    // ... and the hand still counts once there is.
    assert_eq!(card.verify(&budget, &refused, (1, 2)), Ok(()));
    assert_eq!(card.pins.get(), 1);
}
