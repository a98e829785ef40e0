//! How many wrong PINs the pages of one origin may have tried within an hour. A
//! card counts for itself; this is for all cards of a machine, so that a page
//! can't block one after the other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use card_protocol::CardError;

use crate::moment::Moment;

/// The span that is looked at.
const HOUR: Duration = Duration::from_hours(1);

/// The tries of all origins. They end with the bridge.
#[derive(Clone, Debug, Default)]
pub struct Budget(Arc<Mutex<HashMap<String, Vec<Moment>>>>);

/// A try that is under way. It counts unless it is [given back](Self::give_back).
#[derive(Debug)]
pub struct Spent<'a> {
    budget: &'a Budget,
    origin: &'a str,
    at: Moment,
}

impl Budget {
    /// Takes one of the `most` tries of this origin.
    ///
    /// # Errors
    /// [`CardError::TooManyTries`] if there is none left.
    pub fn spend<'a>(
        &'a self,
        origin: &'a str,
        most: usize,
        now: Moment,
    ) -> Result<Spent<'a>, CardError> {
        let mut all = self.lock();
        let tries = all.entry(origin.to_owned()).or_default();
        tries.retain(|at| at.time_until(now) < HOUR);
        if tries.len() >= most {
            tracing::warn!(origin, most, "too many wrong PINs within the hour");
            return Err(CardError::TooManyTries);
        }
        tries.push(now);
        Ok(Spent {
            budget: self,
            origin,
            at: now,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Moment>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spent<'_> {
    /// The PIN was right, or the card was not asked.
    pub fn give_back(self) {
        if let Some(tries) = self.budget.lock().get_mut(self.origin)
            && let Some(position) = tries.iter().position(|at| *at == self.at)
        {
            tries.swap_remove(position);
        }
    }
}

#[cfg(test)]
mod tests {
    use card_protocol::CardError;

    use super::Budget;
    use crate::moment::Moment;

    #[test]
    fn an_origin_has_so_many_tries_an_hour() {
        let budget = Budget::default();
        let [one, other] = ["https://one.example", "https://other.example"];
        let begin = Moment {
            steady: std::time::Duration::ZERO,
            wall: jiff::Timestamp::UNIX_EPOCH,
        };
        let at = |seconds| begin.after(0, seconds);
        for seconds in [0, 10] {
            let _counts = budget.spend(one, 2, at(seconds)).unwrap();
        }
        let refused = |seconds| budget.spend(one, 2, at(seconds)).map(drop).unwrap_err();
        assert_eq!(refused(10), CardError::TooManyTries);
        assert_eq!(refused(3599), CardError::TooManyTries);
        // A clock that was set back frees nothing.
        assert_eq!(refused(-9999), CardError::TooManyTries);
        budget.spend(other, 2, at(10)).unwrap().give_back();
        // The first one is an hour old now; a right PIN does not count.
        for _ in 0..9 {
            budget.spend(one, 2, at(3600)).unwrap().give_back();
        }
        let _counts = budget.spend(one, 2, at(3600)).unwrap();
        assert_eq!(refused(3601), CardError::TooManyTries);
    }
}
