//! What becomes of a card when a page's hold of it ends, whichever way.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

use card_bridge::{
    clock::{self, Moment},
    operation::{
        cancel::CancelToken,
        held::{CardState, HeldCards, Limits, Need, Turn},
    },
    reader::{CardAccess, CardConnection, Disposition},
};
use card_protocol::CardError;

/// A card that answers 9000, and notes what its connection's end did to it.
struct Noting {
    at_end: Disposition,
    noted: Arc<Mutex<Vec<Disposition>>>,
}

struct Silent;

impl CardAccess for Silent {
    fn transmit(&mut self, _apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        Ok(vec![0x90, 0x00])
    }

    fn was_reset(&self) -> bool {
        false
    }
}

impl CardConnection for Noting {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError> {
        work(&mut Silent);
        Ok(())
    }

    fn take_alone(&mut self) -> Result<(), CardError> {
        Ok(())
    }

    fn reset_at_end(&mut self) {
        self.at_end = Disposition::Reset;
    }

    fn reset(&mut self) -> Result<(), CardError> {
        Ok(())
    }

    fn disconnect(mut self: Box<Self>, disposition: Disposition) {
        if disposition == Disposition::Reset {
            self.at_end = disposition;
        }
    }
}

impl Drop for Noting {
    fn drop(&mut self) {
        self.noted.lock().unwrap().push(self.at_end);
    }
}

/// What the card's end was after `work`, once nobody holds it any more.
fn end_of(work: impl FnOnce(&mut CardState) -> Result<(), CardError>) -> Vec<Disposition> {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let cards = HeldCards::default();
    let stop = CancelToken::default();
    let turn = Turn {
        stop: &stop,
        need: Need::Pin,
        now: Moment::now(&clock::system()),
        limits: Limits {
            idle: Duration::from_mins(1),
            absolute: Duration::from_mins(1),
        },
        again: &|_missed| false,
    };
    let connect = || {
        Ok(Box::new(Noting {
            at_end: Disposition::Leave,
            noted: Arc::clone(&noted),
        }) as Box<dyn CardConnection>)
    };
    // A panic is one of the ways.
    let _outcome = catch_unwind(AssertUnwindSafe(|| {
        cards.run("R", &turn, connect, |_card, state| work(state))
    }));
    drop(cards);
    noted.lock().unwrap().clone()
}

#[test]
fn a_card_that_got_a_pin_or_a_program_is_reset_on_every_way_out() {
    let pin = |state: &mut CardState| state.had_pin = true;
    let verified = |state: &mut CardState| {
        state.had_pin = true;
        state.is_verified = true;
    };
    let program = |state: &mut CardState| state.operation = Some("operation".to_owned());
    for note in [pin, verified, program] {
        for outcome in [
            Ok(()),
            Err(CardError::PinBlocked),
            Err(CardError::CardRemoved),
            Err(CardError::Cancelled),
        ] {
            let end = end_of(|state| {
                note(state);
                outcome
            });
            assert_eq!(end, [Disposition::Reset], "{outcome:?}");
        }
        let end = end_of(|state| {
            note(state);
            panic!("in the middle");
        });
        assert_eq!(end, [Disposition::Reset]);
    }
}

#[test]
fn a_card_that_got_neither_is_left_as_it_is() {
    for outcome in [Ok(()), Err(CardError::OtherCard), Err(CardError::LastTry)] {
        assert_eq!(end_of(|_state| outcome), [Disposition::Leave]);
    }
}
