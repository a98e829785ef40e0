//! Stopping an operation from outside: at once while it waits for the card,
//! between two APDUs while it runs, not at all once it has committed itself.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use card_operations::access::Progress;
use card_protocol::CardError;
use tokio::sync::Notify;

const WAITING: u8 = 0;
const RUNNING: u8 = 1;
const COMMITTED: u8 = 2;
/// Stopped while it ran: it ends at its next APDU.
const STOPPING: u8 = 3;
/// Stopped while it waited: it never runs.
const ABANDONED: u8 = 4;
/// Its card owed an answer for too long: nobody waits for it any more.
const GIVEN_UP: u8 = 5;

/// How far one operation is.
#[derive(Debug, Default)]
pub struct CancelToken {
    state: AtomicU8,
    abandoned: Notify,
    /// The commands that were sent and the answers that came, together: odd while the
    /// card owes one.
    exchanged: AtomicU64,
    /// Whether a PIN is on its way.
    has_pin: AtomicBool,
}

impl CancelToken {
    /// The operation has the card.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] if nobody waits for it any more.
    pub fn begin(&self) -> Result<(), CardError> {
        self.go(WAITING, RUNNING)
    }

    /// The operation waits for a person, and is going to have the card again.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] if it was stopped.
    pub fn rest(&self) -> Result<(), CardError> {
        self.go(RUNNING, WAITING)
    }

    /// Whether it waits for its card, and somebody for it.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state.load(Ordering::SeqCst) == WAITING
    }

    /// Whether it was stopped while it ran, and did not hear of it yet.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.state.load(Ordering::SeqCst) == STOPPING
    }

    /// Nobody waits for it any more: whatever its card answers, it ends there.
    pub fn give_up(&self) {
        self.state.store(GIVEN_UP, Ordering::SeqCst);
    }

    /// Whether nobody waits for it any more.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.state.load(Ordering::SeqCst) == GIVEN_UP
    }

    /// The number of the command that the card owes an answer to, if it does.
    #[must_use]
    pub fn owed(&self) -> Option<u64> {
        let exchanged = self.exchanged.load(Ordering::SeqCst);
        (exchanged % 2 == 1).then_some(exchanged)
    }

    /// Whether the card owes the answer to a command with a PIN.
    #[must_use]
    pub fn owes_for_pin(&self) -> bool {
        self.has_pin.load(Ordering::SeqCst) && self.owed().is_some()
    }

    /// Stops the operation, if it can be.
    pub fn stop(&self) {
        if self.abandon() {
            self.abandoned.notify_one();
        } else {
            // If it is committed or over, it is left alone.
            let _ = self.go(RUNNING, STOPPING);
        }
    }

    /// Stops the operation if it still waits for the card; says whether it did.
    pub fn abandon(&self) -> bool {
        self.go(WAITING, ABANDONED).is_ok()
    }

    /// Waits until [`stop`](Self::stop) has stopped a waiting operation.
    pub async fn abandoned(&self) {
        self.abandoned.notified().await;
    }

    fn go(&self, from: u8, to: u8) -> Result<(), CardError> {
        self.state
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .map(drop)
            .map_err(|_other| CardError::Cancelled)
    }
}

impl Progress for CancelToken {
    fn check(&self) -> Result<(), CardError> {
        match self.state.load(Ordering::SeqCst) {
            RUNNING | COMMITTED => Ok(()),
            _ => Err(CardError::Cancelled),
        }
    }

    fn commit(&self) -> Result<(), CardError> {
        if self.state.load(Ordering::SeqCst) == COMMITTED {
            return Ok(());
        }
        self.go(RUNNING, COMMITTED)
    }

    fn exchanged(&self) {
        self.exchanged.fetch_add(1, Ordering::SeqCst);
    }

    fn carries_pin(&self, now: bool) {
        self.has_pin.store(now, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use card_operations::access::Progress as _;
    use card_protocol::CardError;

    use super::CancelToken;

    #[test]
    fn waiting_is_stopped_at_once_and_never_begins() {
        let stop = CancelToken::default();
        stop.stop();
        assert_eq!(stop.begin(), Err(CardError::Cancelled));
    }

    #[test]
    fn running_is_stopped_at_its_next_apdu() {
        let stop = CancelToken::default();
        assert_eq!(stop.begin(), Ok(()));
        assert_eq!(stop.check(), Ok(()));
        assert!(!stop.abandon());
        stop.stop();
        assert_eq!(stop.check(), Err(CardError::Cancelled));
        assert_eq!(stop.commit(), Err(CardError::Cancelled));
    }

    #[test]
    fn resting_is_waiting_again_unless_it_was_stopped() {
        let stop = CancelToken::default();
        assert_eq!(stop.begin(), Ok(()));
        assert_eq!(stop.rest(), Ok(()));
        assert_eq!(stop.check(), Err(CardError::Cancelled));
        assert_eq!(stop.begin(), Ok(()));
        stop.stop();
        assert_eq!(stop.rest(), Err(CardError::Cancelled));
    }

    #[test]
    fn committed_runs_to_its_end() {
        let stop = CancelToken::default();
        assert_eq!(stop.begin(), Ok(()));
        assert_eq!(stop.commit(), Ok(()));
        stop.stop();
        assert_eq!(stop.check(), Ok(()));
    }
}
