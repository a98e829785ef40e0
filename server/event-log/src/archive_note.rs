//! What was moved to an archive file: a note that the log's key signs. It is
//! what allows those events to be missing from the table.

use jiff::Timestamp;

use crate::{
    keys::AuditKeys,
    note::{Note, NoteError, VerifyKey},
};

/// What the first line of a note is.
const TITLE: &str = "ic-card-archive/1";

/// What was archived: the text of a signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveNote {
    /// The number of the first event.
    pub first: i64,
    /// The number of the last event.
    pub last: i64,
    /// How many events there were.
    pub events: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// The file's name.
    pub file: String,
}

impl ArchiveNote {
    fn text(&self) -> String {
        format!(
            "{TITLE}\n{} {} {}\n{}\n{}\n",
            self.first, self.last, self.events, self.sha256, self.file
        )
    }

    /// The note, signed by the log's key.
    #[must_use]
    pub fn sign(&self, keys: &AuditKeys, now: Timestamp) -> String {
        let text = self.text();
        format!("{text}\n{}", keys.log().sign(&text, now))
    }

    /// Reads a note that `log` signed.
    ///
    /// # Errors
    ///
    /// [`NoteError`]
    pub fn open(note: &str, log: &VerifyKey) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        log.check(&note)?;
        let mut lines = note.text.lines().skip(1);
        let mut next = || lines.next().ok_or(NoteError::Form);
        let (numbers, sha256, file) = (next()?, next()?, next()?);
        let mut numbers = numbers.split(' ').map(str::parse::<i64>);
        let mut next = || numbers.next().and_then(Result::ok).ok_or(NoteError::Form);
        let read = Self {
            first: next()?,
            last: next()?,
            events: u64::try_from(next()?).map_err(|_range| NoteError::Form)?,
            sha256: sha256.to_owned(),
            file: file.to_owned(),
        };
        // One archive, one text.
        if read.text() == note.text {
            Ok(read)
        } else {
            Err(NoteError::Form)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Signer;

    #[test]
    fn a_note_is_read_as_it_was_signed_and_by_its_key_only() {
        let keys = AuditKeys::new(
            Signer::log(&[1; 32]).unwrap(),
            Signer::witness(&[2; 32]).unwrap(),
        );
        let note = ArchiveNote {
            first: 1,
            last: 9,
            events: 9,
            sha256: String::from("00"),
            file: String::from("2026-01-1-9.jsonl"),
        };
        let signed = note.sign(&keys, Timestamp::UNIX_EPOCH);
        assert_eq!(ArchiveNote::open(&signed, keys.log().key()), Ok(note));
        let changed = signed.replace("1 9 9", "1 99 9");
        assert!(ArchiveNote::open(&changed, keys.log().key()).is_err());
        assert!(ArchiveNote::open(&signed, keys.witness().key()).is_err());
    }
}
