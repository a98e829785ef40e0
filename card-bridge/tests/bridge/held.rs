//! What becomes of a card when a page's hold of it ends, whichever way.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use card_bridge::{
    clock,
    operation::{
        cancel::CancelToken,
        held::{HeldCards, Need, Turn},
    },
    reader::{CardAccess, CardConnection, Disposition},
};
use card_operations::{card_state::CardState, lifetime::Limits};
use card_protocol::CardError;

/// A card that answers 9000, and notes what its connection's end did to it.
struct Noting {
    at_end: Disposition,
    noted: Arc<Mutex<Vec<Disposition>>>,
    /// Somebody reset it; the next transaction says so, once.
    was_reset: Arc<AtomicBool>,
}

struct Silent {
    was_reset: bool,
}

impl CardAccess for Silent {
    fn transmit(&mut self, _apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        Ok(vec![0x90, 0x00])
    }

    fn was_reset(&self) -> bool {
        self.was_reset
    }
}

impl CardConnection for Noting {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError> {
        let was_reset = self.was_reset.swap(false, Ordering::SeqCst);
        work(&mut Silent { was_reset });
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

const LIMITS: Limits = Limits {
    idle: Duration::from_mins(1),
    absolute: Duration::from_mins(1),
};

fn turn(stop: &CancelToken) -> Turn<'_> {
    Turn {
        stop,
        need: Need::Pin,
        now: clock::moment(&clock::system()),
        limits: LIMITS,
        releases: 0,
        again: &|_missed| false,
    }
}

/// What the card's end was after `work`, once nobody holds it any more.
fn end_of(work: impl FnOnce(&mut CardState) -> Result<(), CardError>) -> Vec<Disposition> {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let cards = HeldCards::default();
    let stop = CancelToken::default();
    let turn = turn(&stop);
    let connect = || {
        Ok(Box::new(Noting {
            at_end: Disposition::Leave,
            noted: Arc::clone(&noted),
            was_reset: Arc::default(),
        }) as Box<dyn CardConnection>)
    };
    // A panic is one of the ways.
    let _outcome = catch_unwind(AssertUnwindSafe(|| {
        cards.run("R", &turn, connect, async |_card, state| work(state))
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

/// A card on which `work` ran, and which others may reset.
fn held(work: impl FnOnce(&mut CardState)) -> (HeldCards, Arc<AtomicBool>) {
    let (cards, was_reset) = (HeldCards::default(), Arc::new(AtomicBool::default()));
    let stop = CancelToken::default();
    let connect = || {
        Ok(Box::new(Noting {
            at_end: Disposition::Leave,
            noted: Arc::default(),
            was_reset: Arc::clone(&was_reset),
        }) as Box<dyn CardConnection>)
    };
    let ran = cards.run("R", &turn(&stop), connect, async |_card, state| {
        work(state);
        Ok(())
    });
    ran.unwrap();
    (cards, was_reset)
}

fn connected_already() -> Result<Box<dyn CardConnection>, CardError> {
    panic!("it is held")
}

/// It is heard of by an operation that was stopped before it began.
#[test]
fn a_reset_is_not_lost_with_an_operation_that_never_began() {
    let (cards, was_reset) = held(|state| {
        state.had_pin = true;
        state.pin_was_right();
    });
    assert!(cards.is_verified("R"));
    was_reset.store(true, Ordering::SeqCst);
    let stopped = CancelToken::default();
    stopped.stop();
    let outcome = cards.run(
        "R",
        &turn(&stopped),
        connected_already,
        async |_card, _state| -> Result<(), CardError> { panic!("it was stopped") },
    );
    assert_eq!(outcome, Err(CardError::Cancelled));
    assert!(!cards.is_verified("R"));
}

/// A program in which a server authenticated itself, and a PIN that was wrong.
#[test]
fn whatever_was_opened_ends_unused() {
    let program = |state: &mut CardState| state.operation = Some("operation".to_owned());
    let wrong_pin = |state: &mut CardState| {
        state.had_pin = true;
        state.chip = Some(card_protocol::ChipId([7; 16]));
    };
    let only_read = |state: &mut CardState| state.chip = Some(card_protocol::ChipId([7; 16]));
    let over = Limits {
        idle: Duration::ZERO,
        ..LIMITS
    };
    let expired = |work: fn(&mut CardState), limits| {
        let (cards, _) = held(work);
        cards.expire(clock::moment(&clock::system()), limits).len()
    };
    for work in [program, wrong_pin] {
        assert_eq!(expired(work, LIMITS), 0);
        assert_eq!(expired(work, over), 1);
    }
    assert_eq!(expired(only_read, over), 0);
}
