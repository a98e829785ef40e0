//! The file of the programs that were begun: a line is appended, and on the
//! disk, before the program's first command. It is read anew each time, under
//! a lock, because another bridge of the same user may have written it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use card_operations::{
    moment::Moment,
    program::claims::{self, Claim, Claims, Lines, Seen},
};

use super::ReplayGuardError;
use crate::private_file;

/// The file within the folder.
pub(super) const FILE: &str = "programs.jsonl";
/// The file that is locked: [`FILE`] itself is replaced now and then.
const LOCK: &str = "programs.lock";
/// The file that is to replace [`FILE`].
const FRESH: &str = ".programs.jsonl.new";
/// With more lines than this, what is over is dropped.
pub(super) const MAX_LINES: usize = 256;

/// The folder's file, locked as long as this lives.
pub(super) struct Journal<'a> {
    folder: &'a Path,
    _lock: File,
}

/// What the file says.
struct Contents {
    lines: Lines,
    /// Its last line was cut short: whoever wrote it did not come to its program.
    is_torn: bool,
}

impl<'a> Journal<'a> {
    /// Makes the folder if there is none, and waits for the lock.
    ///
    /// # Errors
    /// [`ReplayGuardError::Io`]
    pub(super) fn open(folder: &'a Path) -> Result<Self, ReplayGuardError> {
        private_file::make_folder(folder).map_err(at(folder))?;
        let path = folder.join(LOCK);
        let lock = private_file::for_writing()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(at(&path))?;
        lock.lock().map_err(at(&path))?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// Takes a program's turn and writes it down; false if it is not its turn.
    ///
    /// # Errors
    /// [`ReplayGuardError`]
    pub(super) fn claim(
        &self,
        claim: Claim,
        seen: &mut Seen,
        now: Moment,
    ) -> Result<bool, ReplayGuardError> {
        let mut contents = self.read()?;
        let line = claims::line(&claim)?;
        contents.lines.claims.forget_expired(seen, now);
        if !contents.lines.claims.take(claim) {
            return Ok(false);
        }
        if contents.is_torn || contents.lines.count >= MAX_LINES {
            self.replace(&contents.lines.claims)?;
        } else {
            self.append(&line)?;
        }
        Ok(true)
    }

    /// Drops what is over.
    ///
    /// # Errors
    /// [`ReplayGuardError`]
    pub(super) fn compact(&self, seen: &mut Seen, now: Moment) -> Result<(), ReplayGuardError> {
        let mut claims = self.read()?.lines.claims;
        claims.forget_expired(seen, now);
        self.replace(&claims)
    }

    fn read(&self) -> Result<Contents, ReplayGuardError> {
        let path = self.path();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(at(&path)(error)),
        };
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let (whole, torn) = bytes
            .split_at_checked(end.map_or(0, |end| end + 1))
            .unwrap_or_default();
        let lines =
            claims::parse(whole).map_err(|line| ReplayGuardError::Malformed { path, line })?;
        Ok(Contents {
            lines,
            is_torn: !torn.is_empty(),
        })
    }

    fn append(&self, line: &str) -> Result<(), ReplayGuardError> {
        let path = self.path();
        let is_new = !path.exists();
        let mut file = private_file::for_writing()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(at(&path))?;
        file.write_all(line.as_bytes()).map_err(at(&path))?;
        file.sync_data().map_err(at(&path))?;
        if is_new { self.sync_folder() } else { Ok(()) }
    }

    /// Writes the file anew, all or nothing.
    fn replace(&self, claims: &Claims) -> Result<(), ReplayGuardError> {
        let lines: Result<Vec<_>, _> = claims.iter().map(|claim| claims::line(&claim)).collect();
        let fresh = self.folder.join(FRESH);
        let mut file = private_file::for_writing()
            .create(true)
            .truncate(true)
            .open(&fresh)
            .map_err(at(&fresh))?;
        file.write_all(lines?.concat().as_bytes())
            .map_err(at(&fresh))?;
        file.sync_all().map_err(at(&fresh))?;
        let path = self.path();
        fs::rename(&fresh, &path).map_err(at(&path))?;
        self.sync_folder()
    }

    /// Sees to it that a file's name is as lasting as its contents.
    fn sync_folder(&self) -> Result<(), ReplayGuardError> {
        #[cfg(unix)]
        File::open(self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(at(self.folder))?;
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ReplayGuardError {
    let path = path.to_owned();
    |source| ReplayGuardError::Io { path, source }
}
