//! Sees to it that no program runs twice, also after the page was loaded anew: what was
//! begun stands in the browser's storage before the card gets a command of it.
//!
//! Who can clear that storage (a person, a policy, the page) can have a program begun again
//! within its life. Then it is read-only, or sealed to an exchange whose key was in the
//! memory of the page before, and is not opened. While the page lives, its own memory knows
//! better than the storage.
//!
//! What can't be read of the storage may have been any program: it is replaced by a line
//! that lets none run for as long as the longest of them lives.

use std::cell::RefCell;

use card_operations::{
    moment::Moment,
    program::{
        ReplayGuard,
        claims::{Claim, Claims, Seen, line, parse},
    },
};
use card_protocol::{CardError, ProgramRefusal, program::MAX_LIFE_SECONDS};

use crate::platform::Notebook;

/// Which programs were begun, in memory and in the browser's storage.
pub(crate) struct NotedPrograms {
    notebook: Box<dyn Notebook>,
    known: RefCell<Known>,
}

#[derive(Default)]
struct Known {
    claims: Claims,
    seen: Seen,
}

impl NotedPrograms {
    pub(crate) fn new(notebook: Box<dyn Notebook>) -> Self {
        Self {
            notebook,
            known: RefCell::default(),
        }
    }

    /// Takes what the storage knows, too: another page wrote it. Whether there was anything
    /// else in it.
    fn learn(&self, claims: &mut Claims) -> Result<bool, CardError> {
        let text = self.notebook.read().map_err(|error| unnoted(&error))?;
        let mut is_damaged = false;
        for text in text.split_inclusive('\n') {
            let Ok(lines) = parse(text.as_bytes()) else {
                is_damaged = true;
                continue;
            };
            for claim in lines.claims.iter() {
                // What is known already is more than it says.
                let _is_news = claims.take(claim);
            }
        }
        Ok(is_damaged)
    }

    /// Writes all that is known, and `claim`, and reads it again.
    fn note(&self, claims: &Claims, claim: &Claim) -> Result<(), CardError> {
        let all = claims.iter().chain([claim.clone()]);
        let lines: serde_json::Result<String> = all.map(|claim| line(&claim)).collect();
        let text = lines.map_err(|error| unnoted(&error))?;
        self.notebook
            .write(&text)
            .map_err(|error| unnoted(&error))?;
        match self.notebook.read() {
            Ok(noted) if noted == text => Ok(()),
            Ok(_) => Err(unnoted(&"it reads otherwise")),
            Err(error) => Err(unnoted(&error)),
        }
    }
}

impl ReplayGuard for NotedPrograms {
    fn claim(&self, claim: Claim, now: Moment) -> Result<(), CardError> {
        let Known { claims, seen } = &mut *self.known.borrow_mut();
        let is_damaged = self.learn(claims)?;
        claims.forget_expired(seen, now);
        if is_damaged {
            let pause = pause_from(now);
            self.note(claims, &pause)?;
            let _is_the_latest = claims.take(pause);
        }
        if claims.iter().any(|claim| is_pause_at(&claim, now)) {
            return Err(unnoted(&"what was noted is damaged"));
        }
        if claims.has_begun(&claim) {
            return Err(CardError::ProgramRefused {
                reason: ProgramRefusal::Expired,
            });
        }
        // One that is not noted has not begun.
        self.note(claims, &claim)?;
        let _is_its_turn = claims.take(claim);
        Ok(())
    }
}

/// What stands in the storage instead of what could not be read: a program of no origin,
/// until whose end no other one begins.
fn pause_from(now: Moment) -> Claim {
    let now = now.wall.as_second();
    Claim {
        origin: String::new(),
        operation: String::new(),
        sequence: u32::try_from(now).unwrap_or(u32::MAX),
        expires_at: now.saturating_add(MAX_LIFE_SECONDS),
    }
}

fn is_pause_at(claim: &Claim, now: Moment) -> bool {
    claim.origin.is_empty() && claim.expires_at >= now.wall.as_second()
}

fn unnoted(reason: &dyn std::fmt::Display) -> CardError {
    tracing::error!(%reason, "programs can't be noted, so none is run");
    CardError::ProgramRefused {
        reason: ProgramRefusal::NotNoted,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        rc::Rc,
        time::Duration,
    };

    use jiff::Timestamp;

    use super::*;
    use crate::platform::NotebookError;

    /// A storage, and what is wrong with it.
    #[derive(Clone, Default)]
    struct Storage {
        text: Rc<RefCell<String>>,
        is_full: Rc<Cell<bool>>,
        forgets: bool,
    }

    impl Notebook for Storage {
        fn read(&self) -> Result<String, NotebookError> {
            Ok(self.text.borrow().clone())
        }

        fn write(&self, text: &str) -> Result<(), NotebookError> {
            if self.is_full.get() {
                return Err(NotebookError);
            }
            if !self.forgets {
                text.clone_into(&mut self.text.borrow_mut());
            }
            Ok(())
        }
    }

    fn guard(storage: &Storage) -> NotedPrograms {
        NotedPrograms::new(Box::new(storage.clone()))
    }

    fn claim(guard: &NotedPrograms, sequence: u32) -> Result<(), CardError> {
        claim_at(guard, sequence, (1000, 0))
    }

    /// At so many seconds on the wall, and since the page began.
    fn claim_at(
        guard: &NotedPrograms,
        sequence: u32,
        (wall, steady): (i64, u64),
    ) -> Result<(), CardError> {
        let claim = Claim {
            origin: "https://cards.example".to_owned(),
            operation: "one".to_owned(),
            sequence,
            expires_at: 1060,
        };
        let now = Moment {
            steady: Duration::from_secs(steady),
            wall: Timestamp::from_second(wall).unwrap(),
        };
        guard.claim(claim, now)
    }

    const AGAIN: Result<(), CardError> = Err(CardError::ProgramRefused {
        reason: ProgramRefusal::Expired,
    });

    #[test]
    fn a_program_runs_once_also_in_the_next_page() {
        let storage = Storage::default();
        let page = guard(&storage);
        assert_eq!(claim(&page, 0), Ok(()));
        assert_eq!(claim(&page, 0), AGAIN);
        let next = guard(&storage);
        assert_eq!(claim(&next, 0), AGAIN);
        assert_eq!(claim(&next, 1), Ok(()));
        assert_eq!(claim(&page, 1), AGAIN, "what another page began");
        storage.text.borrow_mut().clear();
        assert_eq!(claim(&page, 1), AGAIN, "what this page remembers");
    }

    const NOT_NOTED: Result<(), CardError> = Err(CardError::ProgramRefused {
        reason: ProgramRefusal::NotNoted,
    });

    #[test]
    fn what_is_not_noted_does_not_run_and_may_later() {
        let forgets = Storage {
            forgets: true,
            ..Storage::default()
        };
        assert_eq!(claim(&guard(&forgets), 0), NOT_NOTED);
        let storage = Storage::default();
        let page = guard(&storage);
        storage.is_full.set(true);
        assert_eq!(claim(&page, 0), NOT_NOTED);
        storage.is_full.set(false);
        assert_eq!(claim(&page, 0), Ok(()));
        assert_eq!(claim(&page, 0), AGAIN);
    }

    #[test]
    fn a_damaged_storage_stops_all_programs_for_as_long_as_one_lives() {
        let storage = Storage::default();
        assert_eq!(claim(&guard(&storage), 3), Ok(()));
        storage.text.borrow_mut().push_str("no claim\n{\"");
        let page = guard(&storage);
        assert_eq!(claim(&page, 4), NOT_NOTED);
        // The page is loaded anew: the time goes on.
        let page = guard(&storage);
        assert_eq!(claim_at(&page, 4, (1900, 1)), NOT_NOTED);
        assert_eq!(claim_at(&page, 3, (1901, 2)), AGAIN, "what could be read");
        assert_eq!(claim_at(&page, 4, (1901, 2)), Ok(()));
        // Damaged once more.
        storage.text.borrow_mut().push('?');
        assert_eq!(claim_at(&page, 5, (1902, 3)), NOT_NOTED);
        assert_eq!(claim_at(&page, 5, (2802, 903)), NOT_NOTED);
        assert_eq!(claim_at(&page, 5, (2803, 904)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_forward_and_back_gives_no_second_turn() {
        let storage = Storage::default();
        let page = guard(&storage);
        assert_eq!(claim(&page, 1), Ok(()));
        assert_eq!(claim_at(&page, 0, (1000, 1)), AGAIN);
        assert_eq!(claim_at(&page, 0, (99_999, 900)), AGAIN);
        assert_eq!(claim_at(&page, 1, (1000, 900)), AGAIN);
        // It is over by both. (That it began long ago is the program's own to say.)
        assert_eq!(claim_at(&page, 1, (1061, 901)), Ok(()));
    }
}
