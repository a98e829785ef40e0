//! What the page does again by itself once the cause is gone: its sentence says so
//! (稍候会自动继续), and that has to be true.

use std::time::Duration;

use card_protocol::CardError;

/// So long after a card could not be had it is asked for again.
pub const AGAIN: Duration = Duration::from_secs(1);

/// Whether a card's state, and nothing that a person does at this page, is what is waited
/// for. Nothing was done on the card then, so the same may be asked once more; a PIN is
/// not kept for it.
#[must_use]
pub const fn is_tried_again(error: CardError) -> bool {
    matches!(error, CardError::CardInUse)
}

/// Whether what was said of a card stays true once another one, or none, is in: only that
/// it was pulled in the middle does, of a reader that is empty.
#[must_use]
pub fn outlives_its_card(error: CardError, is_empty: bool) -> bool {
    is_empty && error == CardError::CardRemoved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::errors::card_sentences;

    #[test]
    fn what_was_said_of_a_card_goes_with_it() {
        assert!(outlives_its_card(CardError::CardRemoved, true));
        assert!(!outlives_its_card(CardError::CardRemoved, false));
        for error in [
            CardError::ReaderError,
            CardError::PinBlocked,
            CardError::CardInUse,
        ] {
            assert!(!outlives_its_card(error, true), "{error:?}");
        }
    }

    #[test]
    fn what_is_said_to_go_on_by_itself_does() {
        let (_, in_use) = card_sentences(CardError::CardInUse);
        assert!(in_use.contains("自动继续"));
        for error in [
            CardError::CardInUse,
            CardError::NoReader,
            CardError::NoCard,
            CardError::CardRemoved,
            CardError::UnsupportedCard,
            CardError::UnfitCard {
                reason: card_protocol::CardFault::NoProtocol,
            },
            CardError::PinBlocked,
            CardError::OtherCard,
            CardError::LastTry,
            CardError::TooManyTries,
            CardError::PinNotTaken,
            CardError::ReaderError,
            CardError::PinRequired,
            CardError::Cancelled,
            CardError::Busy,
            CardError::BadRequest,
        ] {
            let (_, next_step) = card_sentences(error);
            let says_so = next_step.contains("自动继续");
            assert_eq!(says_so, is_tried_again(error), "{error:?}: {next_step}");
        }
    }
}
