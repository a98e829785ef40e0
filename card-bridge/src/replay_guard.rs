//! Sees to it that no program runs twice and that the programs of a
//! conversation run in their order: also after a restart of the bridge, or
//! beside another one of the same user.

mod journal;

use std::{
    io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use card_operations::{
    moment::Moment,
    program::{
        self,
        claims::{Claim, Claims, Seen},
    },
};
use card_protocol::{CardError, ProgramRefusal};

use self::journal::Journal;

/// Which programs were begun. Each is remembered until its time is over anyway, and as long
/// as any program lives after this process saw it: the clock of the machine can be set.
#[derive(Debug)]
pub struct ReplayGuard {
    store: Store,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
enum Store {
    Memory(Mutex<Claims>),
    /// The folder of the [`Journal`].
    Folder(PathBuf),
}

/// Why it can't be known, or not be noted, which programs were begun.
#[derive(Debug, thiserror::Error)]
pub enum ReplayGuardError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not one that a bridge wrote.
    #[error("{}: line {line} makes no sense; delete the file if no program was run within the last 15 minutes", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Its first wrong line, from 1.
        line: usize,
    },
    /// Should never be: all claims have a JSON form.
    #[error("a program has no JSON form: {0}")]
    Unwritable(#[from] serde_json::Error),
}

impl ReplayGuard {
    /// One that forgets everything when it is dropped: for a process whose
    /// programs are not handed in from outside, such as a test.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            store: Store::Memory(Mutex::default()),
            seen: Mutex::default(),
        }
    }

    /// One that keeps what it knows in files of this folder, which is made if
    /// there is none. It is shared with other bridges of the same user.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self {
            store: Store::Folder(folder),
            seen: Mutex::default(),
        }
    }

    /// Drops what is over from the folder, and so finds out whether programs
    /// can be noted there at all.
    ///
    /// # Errors
    /// [`ReplayGuardError`]
    pub fn compact(&self, now: Moment) -> Result<(), ReplayGuardError> {
        match &self.store {
            Store::Memory(_) => Ok(()),
            Store::Folder(folder) => Journal::open(folder)?.compact(&mut self.seen(), now),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl program::ReplayGuard for ReplayGuard {
    fn claim(&self, claim: Claim, now: Moment) -> Result<(), CardError> {
        let is_its_turn = match &self.store {
            Store::Memory(claims) => {
                let mut claims = claims.lock().unwrap_or_else(PoisonError::into_inner);
                claims.forget_expired(&mut self.seen(), now);
                claims.take(claim)
            }
            Store::Folder(folder) => Journal::open(folder)
                .and_then(|journal| journal.claim(claim, &mut self.seen(), now))
                .map_err(|error| {
                    tracing::error!(%error, "programs can't be noted, so none is run");
                    CardError::ReaderError
                })?,
        };
        if is_its_turn {
            Ok(())
        } else {
            Err(CardError::ProgramRefused {
                reason: ProgramRefusal::Expired,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use jiff::Timestamp;

    use super::*;

    /// So many seconds on the wall, and since the process began.
    fn at(wall: i64, steady: u64) -> Moment {
        Moment {
            steady: Duration::from_secs(steady),
            wall: Timestamp::from_second(wall).unwrap(),
        }
    }

    fn claim(guard: &ReplayGuard, operation: &str, sequence: u32) -> Result<(), CardError> {
        let claim = Claim {
            origin: "https://cards.example".to_owned(),
            operation: operation.to_owned(),
            sequence,
            expires_at: 1060,
        };
        program::ReplayGuard::claim(guard, claim, at(1000, 0))
    }

    const AGAIN: Result<(), CardError> = Err(CardError::ProgramRefused {
        reason: ProgramRefusal::Expired,
    });

    #[test]
    fn a_program_runs_once_and_in_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        for guard in [
            ReplayGuard::in_memory(),
            ReplayGuard::in_folder(folder.path().join("made/here")),
        ] {
            assert_eq!(claim(&guard, "a", 0), Ok(()));
            assert_eq!(claim(&guard, "a", 0), AGAIN);
            assert_eq!(claim(&guard, "a", 1), Ok(()));
            assert_eq!(claim(&guard, "a", 0), AGAIN);
            assert_eq!(claim(&guard, "b", 3), Ok(()));
            assert_eq!(claim(&guard, "a", 7), Ok(()));
            assert_eq!(claim(&guard, "a", 6), AGAIN);
        }
    }

    #[test]
    fn what_another_one_took_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let guards: Vec<_> = (0..2)
            .map(|_| ReplayGuard::in_folder(folder.path().to_owned()))
            .collect();
        assert_eq!(claim(&guards[0], "a", 0), Ok(()));
        assert_eq!(claim(&guards[1], "a", 0), AGAIN);
        assert_eq!(claim(&guards[1], "a", 1), Ok(()));
        assert_eq!(claim(&guards[0], "a", 1), AGAIN);
        drop(guards);
        let after = ReplayGuard::in_folder(folder.path().to_owned());
        after.compact(at(1060, 60)).unwrap();
        assert_eq!(claim(&after, "a", 1), AGAIN);
    }

    #[test]
    fn of_many_at_once_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let guard = ReplayGuard::in_folder(folder.path().to_owned());
        let won: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| claim(&guard, "a", 0).is_ok()))
                .collect();
            let won = threads.into_iter().map(|thread| thread.join().unwrap());
            won.map(usize::from).sum()
        });
        assert_eq!(won, 1);
    }

    #[test]
    fn what_is_over_is_forgotten_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let guard = ReplayGuard::in_folder(folder.path().to_owned());
        assert_eq!(claim(&guard, "a", 0), Ok(()));
        let file = folder.path().join(journal::FILE);
        let lines = || fs::read_to_string(&file).unwrap().lines().count();
        guard.compact(at(1060, 0)).unwrap();
        assert_eq!(lines(), 1);
        // Somebody sets the clock forward, and back again.
        guard.compact(at(99_999, 899)).unwrap();
        assert_eq!(lines(), 1);
        assert_eq!(claim(&guard, "a", 0), AGAIN);
        // What another bridge wrote may have been written just now.
        let other = ReplayGuard::in_folder(folder.path().to_owned());
        other.compact(at(99_999, 9_999)).unwrap();
        assert_eq!(lines(), 1);
        guard.compact(at(1060, 900)).unwrap();
        assert_eq!(lines(), 1);
        guard.compact(at(1061, 900)).unwrap();
        assert_eq!(lines(), 0);
    }

    #[test]
    fn many_programs_do_not_make_a_long_file() {
        let folder = tempfile::tempdir().unwrap();
        let guard = ReplayGuard::in_folder(folder.path().to_owned());
        for sequence in 0..600 {
            assert_eq!(claim(&guard, "a", sequence), Ok(()));
        }
        assert_eq!(claim(&guard, "a", 599), AGAIN);
        let text = fs::read_to_string(folder.path().join(journal::FILE)).unwrap();
        assert!(text.lines().count() <= journal::MAX_LINES + 1);
    }

    /// The bridge died while it wrote: the program had not begun.
    #[test]
    fn a_line_that_was_cut_short_was_never_there() {
        let folder = tempfile::tempdir().unwrap();
        let guard = ReplayGuard::in_folder(folder.path().to_owned());
        assert_eq!(claim(&guard, "a", 0), Ok(()));
        let file = folder.path().join(journal::FILE);
        let whole = fs::read(&file).unwrap();
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            assert_eq!(claim(&guard, "a", 0), Ok(()), "{length}");
            assert_eq!(claim(&guard, "a", 0), AGAIN);
        }
    }

    #[test]
    fn what_can_not_be_read_or_written_refuses() {
        let folder = tempfile::tempdir().unwrap();
        let guard = ReplayGuard::in_folder(folder.path().to_owned());
        let file = folder.path().join(journal::FILE);
        for text in ["what?\n", "{}\n", "\0\0\0\n", "\n"] {
            fs::write(&file, text).unwrap();
            assert_eq!(claim(&guard, "a", 0), Err(CardError::ReaderError));
            let error = guard.compact(at(1000, 0)).unwrap_err();
            assert!(matches!(error, ReplayGuardError::Malformed { line: 1, .. }));
        }
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(claim(&guard, "a", 0), Err(CardError::ReaderError));
        fs::remove_dir(&file).unwrap();
        assert_eq!(claim(&guard, "a", 0), Ok(()));

        let no_folder = ReplayGuard::in_folder(file.join("below/a/file"));
        assert_eq!(claim(&no_folder, "a", 1), Err(CardError::ReaderError));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("state/card-bridge");
        assert_eq!(claim(&ReplayGuard::in_folder(made.clone()), "a", 0), Ok(()));
        for (path, mode) in [
            (made.join(journal::FILE), 0o600),
            (made.clone(), 0o700),
            (folder.path().join("state"), 0o700),
        ] {
            let found = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{}", path.display());
        }
    }
}
