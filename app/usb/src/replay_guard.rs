//! Sees to it that no program runs twice, also after the page was loaded anew: what was
//! begun stands in the browser's storage before the card gets a command of it.
//!
//! Who can clear that storage (a person, a policy, the page) can have a program begun again
//! within its life. Then it is read-only, or sealed to an exchange whose key was in the
//! memory of the page before, and is not opened. While the page lives, its own memory knows
//! better than the storage.

use std::cell::RefCell;

use card_operations::program::{
    ReplayGuard,
    claims::{Claim, Claims, line, parse},
};
use card_protocol::{CardError, ProgramRefusal};
use jiff::Timestamp;

use crate::platform::Notebook;

/// Which programs were begun, in memory and in the browser's storage.
pub(crate) struct NotedPrograms {
    notebook: Box<dyn Notebook>,
    claims: RefCell<Claims>,
}

impl NotedPrograms {
    pub(crate) fn new(notebook: Box<dyn Notebook>) -> Self {
        Self {
            notebook,
            claims: RefCell::default(),
        }
    }

    /// Takes what the storage knows, too: another page wrote it.
    fn learn(&self, claims: &mut Claims) -> Result<(), CardError> {
        let text = self.notebook.read().map_err(|error| unnoted(&error))?;
        let lines = parse(text.as_bytes()).map_err(|line| {
            tracing::error!(line, "the note of programs makes no sense");
            CardError::ReaderError
        })?;
        for claim in lines.claims.iter() {
            // What is known already is more than it says.
            let _is_news = claims.take(claim);
        }
        Ok(())
    }

    /// Writes all that is known, and reads it again.
    fn note(&self, claims: &Claims) -> Result<(), CardError> {
        let lines: serde_json::Result<String> = claims.iter().map(|claim| line(&claim)).collect();
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
    fn claim(&self, claim: Claim, now: Timestamp) -> Result<(), CardError> {
        let mut claims = self.claims.borrow_mut();
        self.learn(&mut claims)?;
        claims.forget_expired(now);
        if !claims.take(claim) {
            return Err(CardError::ProgramRefused {
                reason: ProgramRefusal::Expired,
            });
        }
        self.note(&claims)
    }
}

fn unnoted(reason: &dyn std::fmt::Display) -> CardError {
    tracing::error!(%reason, "programs can't be noted, so none is run");
    CardError::ReaderError
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;
    use crate::platform::NotebookError;

    /// A storage, and what is wrong with it.
    #[derive(Clone, Default)]
    struct Storage {
        text: Rc<RefCell<String>>,
        is_full: bool,
        forgets: bool,
    }

    impl Notebook for Storage {
        fn read(&self) -> Result<String, NotebookError> {
            Ok(self.text.borrow().clone())
        }

        fn write(&self, text: &str) -> Result<(), NotebookError> {
            if self.is_full {
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
        let claim = Claim {
            origin: "https://cards.example".to_owned(),
            operation: "one".to_owned(),
            sequence,
            expires_at: 1060,
        };
        guard.claim(claim, Timestamp::from_second(1000).unwrap())
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

    #[test]
    fn what_is_not_noted_does_not_run() {
        for storage in [
            Storage {
                is_full: true,
                ..Storage::default()
            },
            Storage {
                forgets: true,
                ..Storage::default()
            },
            Storage {
                text: Rc::new(RefCell::new("no claim\n".to_owned())),
                ..Storage::default()
            },
        ] {
            assert_eq!(claim(&guard(&storage), 0), Err(CardError::ReaderError));
        }
    }
}
