//! The witness file: every checkpoint once more, cosigned by a key of its own
//! and appended to a file that is not in the database. Whoever rolls the
//! database back or rewrites it, even with the log's key, contradicts it.
//!
//! A line is a JSON object with the note. Lines are appended and synced, never
//! changed; a line that a crash cut off is left as it is.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    checkpoint::Checkpoint,
    keys::{AuditKeys, PublicKeys},
    note::NoteError,
};

/// Far more than a line has.
const MOST: u64 = 16 * 1024;

/// Why the witness does not follow.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// The file.
    #[error("the witness file {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
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
        /// The log now.
        size: u64,
        /// What was witnessed.
        witnessed: u64,
        /// When.
        at: Timestamp,
    },
    /// A line can't be written as JSON.
    #[error("a line of the witness file: {0}")]
    Json(#[from] serde_json::Error),
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    note: String,
}

/// The file.
#[derive(Clone, Debug)]
pub struct WitnessFile {
    path: PathBuf,
}

/// A line that was read.
#[derive(Debug)]
pub(super) enum Witnessed {
    /// A checkpoint that both keys signed, and when the witness did.
    Good(Checkpoint, Timestamp),
    /// A line that a crash or somebody cut off.
    Broken,
    /// A line whose signatures are not good.
    Bad(NoteError),
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
            file.seek(SeekFrom::Start(length.saturating_sub(4 * MOST)))?;
            let mut end = Vec::new();
            file.read_to_end(&mut end)?;
            Ok(end)
        };
        let end = match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| self.at(error))?,
        };
        let good = |line: &[u8]| match open(line, keys) {
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
        let note = Checkpoint::cosign(note, &keys.witness, now)?;
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

    /// Shows every line, with its number from 1, to `visitor`. False when the
    /// file is not there.
    pub(super) fn visit(
        &self,
        keys: &PublicKeys,
        mut visitor: impl FnMut(u64, Witnessed),
    ) -> Result<bool, WitnessError> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file.map_err(|error| self.at(error))?,
        };
        let mut reader = BufReader::new(file);
        let (mut line, mut number) = (Vec::new(), 0);
        loop {
            line.clear();
            let read = reader
                .by_ref()
                .take(MOST)
                .read_until(b'\n', &mut line)
                .map_err(|error| self.at(error))?;
            if read == 0 {
                return Ok(true);
            }
            number += 1;
            let text = line.trim_ascii();
            if !text.is_empty() {
                visitor(number, open(text, keys));
            }
        }
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

fn open(line: &[u8], keys: &PublicKeys) -> Witnessed {
    let Ok(Line { note }) = serde_json::from_slice(line) else {
        return Witnessed::Broken;
    };
    let checkpoint = match Checkpoint::open(&note, &keys.log) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return Witnessed::Bad(error),
    };
    match &keys.witness {
        None => Witnessed::Good(checkpoint, checkpoint.at),
        Some(witness) => match Checkpoint::witnessed(&note, witness) {
            Ok(at) => Witnessed::Good(checkpoint, at),
            Err(error) => Witnessed::Bad(error),
        },
    }
}
