//! The witness file as it is read: every checkpoint once more, cosigned by a
//! key of its own, in a file that is not in the database. Whoever rolls the
//! database back or rewrites it, even with the log's key, contradicts it.
//!
//! A line is a JSON object with the note. Lines are appended, never changed; a
//! line that a crash cut off is left as it is.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _},
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{checkpoint::Checkpoint, keys::PublicKeys, note::NoteError, verify::FileError};

/// Far more than a line has, in bytes.
pub const MAX_LINE: u64 = 16 * 1024;

/// A line.
#[derive(Debug, Serialize, Deserialize)]

pub struct Line {
    /// The checkpoint's note with both signatures.
    pub note: String,
}

/// A line that was read.
#[derive(Debug)]
pub enum Witnessed {
    /// A checkpoint that both keys signed, and when the witness did.
    Good(Checkpoint, Timestamp),
    /// A line that a crash or somebody cut off.
    Broken,
    /// A line whose signatures are not good.
    Bad(NoteError),
}

/// Reads a line without its end.
#[must_use]
pub fn open(line: &[u8], keys: &PublicKeys) -> Witnessed {
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

/// Shows every line of the file, with its number from 1, to `visitor`. False
/// when the file is not there.
///
/// # Errors
///
/// [`FileError`] when it can't be read.
pub fn visit(
    path: &Path,
    keys: &PublicKeys,
    mut visitor: impl FnMut(u64, Witnessed),
) -> Result<bool, FileError> {
    let failed = |source| FileError {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file.map_err(failed)?,
    };
    let mut reader = BufReader::new(file);
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        let read = reader
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .map_err(failed)?;
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
