//! The witness file and the moment of a backup. It is copied before the database, so
//! that nothing in the copy is missing that was witnessed by then: a database that was
//! rolled back is found in its backup as well. What was witnessed of the very moment
//! comes a little later and is added to it; what is beyond the moment is not.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use event_log::{
    keys::PublicKeys,
    witness::{self, Witnessed},
};
use jiff::Timestamp;

use super::{BackupError, at};
use crate::private_file;

/// How often a checkpoint is looked for, and how many times. A server that runs has it
/// witnessed within a second; without one there is nothing to wait for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const MAX_LOOKS: u32 = 50;

/// More than the last lines of a file have, in bytes.
const TAIL_BYTES: u64 = 64 * 1024;

/// Copies the whole lines of a witness file to where none is. Gives how many bytes they
/// are; none when there is no witness file.
pub(super) fn copy(path: &Path, to: &Path) -> Result<Option<u64>, BackupError> {
    let mut source = match private_file::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        source => source.map_err(at(path))?,
    };
    let mut copy = || {
        let mut copy = private_file::create(to)?;
        io::copy(&mut source, &mut copy)?;
        let tail = tail(to)?;
        let length = copy.metadata()?.len();
        // What is being appended at this moment comes with the rest.
        let whole = tail.iter().rposition(|byte| *byte == b'\n');
        let cut = tail.len() - whole.map_or(0, |end| end + 1);
        let length = length - cut as u64;
        copy.set_len(length)?;
        copy.sync_all()?;
        Ok(length)
    };
    copy().map(Some).map_err(at(to))
}

/// Adds to the copy what was witnessed since, up to the log of `size` events. Waits for
/// a little until that one is there.
pub(super) async fn copy_on(
    path: &Path,
    (to, copied): (&Path, u64),
    size: u64,
    keys: &PublicKeys,
) -> Result<(), BackupError> {
    if largest(&tail(to).map_err(at(to))?, keys) >= size {
        return Ok(());
    }
    let mut added = Vec::new();
    for _ in 0..MAX_LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        let since = lines_after(path, copied).map_err(at(path))?;
        added = up_to(&since, size, keys);
        if largest(&since, keys) >= size {
            break;
        }
    }
    let append = || {
        let mut copy = OpenOptions::new().append(true).open(to)?;
        copy.write_all(&added)?;
        copy.sync_all()
    };
    append().map_err(at(to))
}

/// The end of a file.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end)
}

/// The whole lines of a file from a byte on.
fn lines_after(path: &Path, begin: u64) -> io::Result<Vec<u8>> {
    let mut file = private_file::open(path)?;
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    bytes.truncate(whole.map_or(0, |end| end + 1));
    Ok(bytes)
}

/// The lines before the first one of a larger log.
fn up_to(lines: &[u8], size: u64, keys: &PublicKeys) -> Vec<u8> {
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    let until = lines.take_while(|line| size_of(line, keys).is_none_or(|other| other <= size));
    until.collect::<Vec<_>>().concat()
}

/// The size of the largest log that was witnessed.
fn largest(lines: &[u8], keys: &PublicKeys) -> u64 {
    let lines = lines.split(|byte| *byte == b'\n');
    let sizes = lines.filter_map(|line| size_of(line, keys));
    sizes.max().unwrap_or_default()
}

fn size_of(line: &[u8], keys: &PublicKeys) -> Option<u64> {
    match witness::open(line.trim_ascii(), keys) {
        Witnessed::Good(checkpoint, _) => Some(checkpoint.size),
        Witnessed::Broken | Witnessed::Bad(_) => None,
    }
}

/// What a witness file knows beyond a log.
pub(super) struct Beyond {
    /// Of how many events.
    pub(super) size: u64,
    /// When the first line beyond it was signed.
    pub(super) from: Timestamp,
    /// When the last was.
    pub(super) until: Timestamp,
}

/// What the file knows that a log of `size` events does not.
pub(super) fn beyond(
    path: &Path,
    size: u64,
    keys: &PublicKeys,
) -> Result<Option<Beyond>, BackupError> {
    let mut beyond: Option<Beyond> = None;
    witness::visit(path, keys, |_number, line| {
        let Witnessed::Good(checkpoint, _) = line else {
            return;
        };
        if checkpoint.size > size {
            let before = beyond.get_or_insert(Beyond {
                size: checkpoint.size,
                from: checkpoint.at,
                until: checkpoint.at,
            });
            before.size = before.size.max(checkpoint.size);
            before.from = before.from.min(checkpoint.at);
            before.until = before.until.max(checkpoint.at);
        }
    })?;
    Ok(beyond)
}

/// Where a witness file is kept that knows more than the log which is put back.
pub(super) fn aside(path: &Path, now: Timestamp) -> PathBuf {
    path.with_file_name(format!("{}{}", aside_name(path), now.as_second()))
}

fn aside_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}.lost-")
}

/// The one that a restore which was cut off had moved aside: the newest that knows more
/// than a log of `size` events.
pub(super) fn moved_aside(
    path: &Path,
    size: u64,
    keys: &PublicKeys,
) -> Result<Option<(PathBuf, Beyond)>, BackupError> {
    let (folder, begin) = (path.with_file_name(""), aside_name(path));
    let folder = if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        let name = entry.map_err(at(&folder))?.file_name();
        if name.to_string_lossy().starts_with(&begin) {
            names.push(name);
        }
    }
    names.sort();
    for name in names.into_iter().rev() {
        let aside = folder.join(name);
        if let Some(beyond) = beyond(&aside, size, keys)? {
            return Ok(Some((aside, beyond)));
        }
    }
    Ok(None)
}

/// Whether a file is the beginning of another one, or all of it.
pub(super) fn is_beginning(short: &Path, long: &Path) -> Result<bool, BackupError> {
    let mut short_file = BufReader::new(File::open(short).map_err(at(short))?);
    let mut long_file = BufReader::new(File::open(long).map_err(at(long))?);
    let (mut one, mut other) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = short_file.read(&mut one).map_err(at(short))?;
        let (Some(one), Some(other)) = (one.get(..read), other.get_mut(..read)) else {
            return Ok(false);
        };
        if read == 0 {
            return Ok(true);
        }
        match long_file.read_exact(other) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            read => read.map_err(at(long))?,
        }
        if one != other {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests;
