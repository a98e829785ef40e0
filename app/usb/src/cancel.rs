//! Stopping an operation from outside: between two APDUs while it runs, not at all once it
//! has committed itself. The bridge's token does the same among threads.

use std::cell::Cell;

use card_operations::access::Progress;
use card_protocol::CardError;

/// How far an operation is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Stage {
    #[default]
    Running,
    Committed,
    /// It ends at its next APDU.
    Stopping,
}

/// How far one operation is.
#[derive(Debug, Default)]
pub(crate) struct CancelToken {
    stage: Cell<Stage>,
    has_pin: Cell<bool>,
}

impl CancelToken {
    /// Stops the operation, if it can be.
    pub(crate) fn stop(&self) {
        if self.stage.get() == Stage::Running {
            self.stage.set(Stage::Stopping);
        }
    }

    /// Whether somebody wants an end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stage.get() == Stage::Stopping
    }

    /// What is said of an operation whose card owes an answer still, when somebody wants an
    /// end: whether a PIN was compared, and how, nobody knows.
    pub(crate) fn given_up(&self) -> CardError {
        if self.has_pin.get() {
            CardError::CardMute
        } else {
            CardError::Cancelled
        }
    }
}

impl Progress for CancelToken {
    fn check(&self) -> Result<(), CardError> {
        if self.is_stopping() {
            return Err(CardError::Cancelled);
        }
        Ok(())
    }

    fn commit(&self) -> Result<(), CardError> {
        self.check()?;
        self.stage.set(Stage::Committed);
        Ok(())
    }

    fn exchanged(&self) {}

    fn carries_pin(&self, now: bool) {
        self.has_pin.set(now);
    }
}

#[cfg(test)]
mod tests {
    use card_operations::access::Progress as _;
    use card_protocol::CardError;

    use super::CancelToken;

    #[test]
    fn running_is_stopped_at_its_next_apdu_and_committed_is_not() {
        let stop = CancelToken::default();
        assert_eq!(stop.check(), Ok(()));
        stop.stop();
        assert_eq!(stop.check(), Err(CardError::Cancelled));
        assert_eq!(stop.commit(), Err(CardError::Cancelled));
        let stop = CancelToken::default();
        assert_eq!(stop.commit(), Ok(()));
        stop.stop();
        assert_eq!(stop.check(), Ok(()));
        assert_eq!(stop.commit(), Ok(()));
    }

    #[test]
    fn nobody_says_that_nothing_was_done_while_a_pin_is_on_its_way() {
        let stop = CancelToken::default();
        assert_eq!(stop.given_up(), CardError::Cancelled);
        stop.carries_pin(true);
        assert_eq!(stop.given_up(), CardError::CardMute);
    }
}
