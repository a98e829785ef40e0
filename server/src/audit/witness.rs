//! The witness file as the server writes it: lines are appended and synced,
//! never changed; a line that a crash cut off is left as it is. What a line is,
//! and reading all of them, is `event-log`'s.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use event_log::{
    Checkpoint, NoteError,
    keys::{AuditKeys, PublicKeys},
    witness::{self, Line, MAX_LINE, Witnessed},
};
use jiff::Timestamp;
use thiserror::Error;

/// Why the witness does not follow.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// The witness file can't be read or written.
    #[error("the witness file {}: {source}", path.display())]
    Io {
        /// The file that failed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A note can't be cosigned.
    #[error("a checkpoint can't be cosigned: {0}")]
    Note(#[from] NoteError),
    /// The log does not go on from what was witnessed.
    #[error(
        "the log of {size} events does not go on from the one of {witnessed} events that was \
         witnessed at {at}: run `server audit verify`"
    )]
    Contradiction {
        /// How many events the log has now.
        size: u64,
        /// How many it had when it was witnessed.
        witnessed: u64,
        /// When that was witnessed.
        at: Timestamp,
    },
    /// A line can't be written as JSON.
    #[error("a line of the witness file: {0}")]
    Json(#[from] serde_json::Error),
}

/// The file of cosigned checkpoints, which the database's administrator can't write.
#[derive(Clone, Debug)]
pub struct WitnessFile {
    path: PathBuf,
}

impl WitnessFile {
    /// The file at this path; it need not be there yet.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn at(&self, source: io::Error) -> WitnessError {
        WitnessError::Io {
            path: self.path.clone(),
            source,
        }
    }

    /// The newest good line; none when the file is not there or has none.
    pub(super) fn last(&self, keys: &PublicKeys) -> Result<Option<Checkpoint>, WitnessError> {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.path)?;
            let length = file.seek(SeekFrom::End(0))?;
            file.seek(SeekFrom::Start(length.saturating_sub(4 * MAX_LINE)))?;
            let mut end = Vec::new();
            file.read_to_end(&mut end)?;
            Ok(end)
        };
        let end = match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| self.at(error))?,
        };
        let good = |line: &[u8]| match witness::open(line, keys) {
            Witnessed::Good(checkpoint, _) => Some(checkpoint),
            Witnessed::Broken | Witnessed::Bad(_) => None,
        };
        Ok(end.split(|byte| *byte == b'\n').rev().find_map(good))
    }

    /// Appends a checkpoint's note, cosigned, and syncs it.
    pub(super) fn append(
        &self,
        note: &str,
        keys: &AuditKeys,
        now: Timestamp,
    ) -> Result<(), WitnessError> {
        let note = Checkpoint::cosign(note, keys.witness(), now)?;
        let mut line = serde_json::to_string(&Line { note })?;
        line.push('\n');
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o640)
                .open(&self.path)?;
            if !ends_whole(&self.path)? {
                line.insert(0, '\n');
            }
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        let mut write = write;
        write().map_err(|error| self.at(error))
    }
}

fn ends_whole(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}
