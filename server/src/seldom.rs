//! A line of the log that a stranger could cause at each request: said once in a
//! while, with how often it was true meanwhile.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What is said at most once in a while.
#[derive(Debug)]
pub(crate) struct Seldom {
    every: Duration,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    at: Option<Instant>,
    silent: u64,
}

impl Seldom {
    pub(crate) const fn every(every: Duration) -> Self {
        let said = Said {
            at: None,
            silent: 0,
        };
        Self {
            every,
            said: Mutex::new(said),
        }
    }

    /// Whether it is to be said now, and how often it was kept silent since the last
    /// time.
    pub(crate) fn now(&self, now: Instant) -> Option<u64> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = said
            .at
            .is_none_or(|at| now.saturating_duration_since(at) >= self.every);
        if is_due {
            said.at = Some(now);
            Some(std::mem::take(&mut said.silent))
        } else {
            said.silent = said.silent.saturating_add(1);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_in_a_while_with_how_often_it_was_not() {
        let minute = Duration::from_mins(1);
        let seldom = Seldom::every(minute);
        let begin = Instant::now();
        assert_eq!(seldom.now(begin), Some(0));
        assert_eq!(seldom.now(begin), None);
        assert_eq!(seldom.now(begin + minute / 2), None);
        assert_eq!(seldom.now(begin + minute), Some(2));
        assert_eq!(seldom.now(begin + minute), None);
        assert_eq!(seldom.now(begin + minute * 3), Some(1));
    }
}
