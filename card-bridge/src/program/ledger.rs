//! Which programs ran: none runs twice, and an operation's programs run in
//! their order. A program is remembered until its time is over anyway.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use card_protocol::{CardError, ProgramRefusal};
use jiff::Timestamp;

/// The last program of every operation, by origin and operation.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<HashMap<(String, String), Last>>);

#[derive(Debug)]
struct Last {
    sequence: u32,
    /// The latest expiry of the operation's programs so far.
    expires_at: i64,
}

impl Ledger {
    /// Takes the program's turn.
    ///
    /// # Errors
    /// [`CardError::ProgramRefused`] as expired if it ran before, or a later
    /// one of its operation did.
    pub fn claim(
        &self,
        origin: &str,
        operation: &str,
        sequence: u32,
        expires_at: i64,
        now: Timestamp,
    ) -> Result<(), CardError> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.retain(|_operation, last| last.expires_at >= now.as_second());
        let key = (origin.to_owned(), operation.to_owned());
        let earlier = last.get(&key);
        if earlier.is_some_and(|earlier| sequence <= earlier.sequence) {
            return Err(CardError::ProgramRefused {
                reason: ProgramRefusal::Expired,
            });
        }
        let expires_at = earlier.map_or(expires_at, |earlier| expires_at.max(earlier.expires_at));
        last.insert(
            key,
            Last {
                sequence,
                expires_at,
            },
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::Ledger;

    #[test]
    fn a_program_runs_once_and_in_its_turn() {
        let ledger = Ledger::default();
        let now = Timestamp::from_second(1000).unwrap();
        let claim = |operation, sequence| ledger.claim("o", operation, sequence, 1060, now);
        assert!(claim("a", 0).is_ok());
        assert!(claim("a", 0).is_err());
        assert!(claim("a", 1).is_ok());
        assert!(claim("a", 0).is_err());
        assert!(claim("b", 3).is_ok());
        assert!(claim("a", 7).is_ok());
        assert!(claim("a", 6).is_err());
    }

    #[test]
    fn what_expired_is_forgotten_and_not_before() {
        let ledger = Ledger::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(ledger.claim("o", "a", 0, 1060, at(1000)).is_ok());
        assert!(ledger.claim("o", "a", 0, 1060, at(1060)).is_err());
        assert!(ledger.claim("o", "b", 0, 2000, at(1061)).is_ok());
        assert_eq!(ledger.0.lock().unwrap().len(), 1);
    }
}
