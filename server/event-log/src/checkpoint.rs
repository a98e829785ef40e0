//! A checkpoint (c2sp.org/tlog-checkpoint): how many events the log has, and
//! the root over them, signed by the log's key. Its one extension line says
//! when.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use crate::{
    note::{Note, NoteError, Signer, VerifyKey},
    tree::Hash,
};

/// What a checkpoint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many events the tree is over.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When it was signed, in whole seconds.
    pub at: Timestamp,
}

impl Checkpoint {
    fn text(&self, origin: &str) -> String {
        format!(
            "{origin}\n{}\n{}\ntime {}\n",
            self.size,
            STANDARD.encode(self.root),
            self.at.as_second()
        )
    }

    /// The checkpoint as a note that `log` signed.
    #[must_use]
    pub fn sign(&self, log: &Signer) -> String {
        let text = self.text(log.key().name());
        format!("{text}\n{}", log.sign(&text, self.at))
    }

    /// The checkpoint of a note that `log` signed.
    ///
    /// # Errors
    ///
    /// [`NoteError`]
    pub fn open(note: &str, log: &VerifyKey) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        log.check(&note)?;
        let mut lines = note.text.lines();
        let mut next = || lines.next().ok_or(NoteError::Form);
        let (origin, size, root, time) = (next()?, next()?, next()?, next()?);
        let root = STANDARD.decode(root).ok();
        let seconds = time
            .strip_prefix("time ")
            .and_then(|time| time.parse().ok());
        let checkpoint = Self {
            size: size.parse().map_err(|_number| NoteError::Form)?,
            root: root
                .and_then(|root| root.try_into().ok())
                .ok_or(NoteError::Form)?,
            at: seconds
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .ok_or(NoteError::Form)?,
        };
        // One checkpoint, one text.
        if origin == log.name() && checkpoint.text(origin) == note.text {
            Ok(checkpoint)
        } else {
            Err(NoteError::Form)
        }
    }

    /// The witness's signature under a note of the log, for the witness file.
    ///
    /// # Errors
    ///
    /// [`NoteError::Form`] when `note` is none.
    pub fn cosign(note: &str, witness: &Signer, at: Timestamp) -> Result<String, NoteError> {
        let text = Note::parse(note)?.text;
        Ok(format!("{note}{}", witness.sign(text, at)))
    }

    /// When `witness` cosigned the note.
    ///
    /// # Errors
    ///
    /// [`NoteError`]
    pub fn witnessed(note: &str, witness: &VerifyKey) -> Result<Timestamp, NoteError> {
        witness
            .check(&Note::parse(note)?)?
            .ok_or_else(|| NoteError::NotSigned(witness.name().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_and_cosigned_is_read() {
        let log = Signer::log(&[1; 32]).unwrap();
        let witness = Signer::witness(&[2; 32]).unwrap();
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let later = Timestamp::from_second(1_800_000_001).unwrap();
        let checkpoint = Checkpoint {
            size: 7,
            root: [3; 32],
            at,
        };
        let note = checkpoint.sign(&log);
        assert_eq!(Checkpoint::open(&note, log.key()), Ok(checkpoint));
        assert!(Checkpoint::witnessed(&note, witness.key()).is_err());
        let cosigned = Checkpoint::cosign(&note, &witness, later).unwrap();
        assert_eq!(Checkpoint::open(&cosigned, log.key()), Ok(checkpoint));
        assert_eq!(Checkpoint::witnessed(&cosigned, witness.key()), Ok(later));
        let bigger = cosigned.replace("\n7\n", "\n8\n");
        assert!(Checkpoint::open(&bigger, log.key()).is_err());
        assert!(Checkpoint::witnessed(&bigger, witness.key()).is_err());
        let stranger = Signer::log(&[9; 32]).unwrap();
        assert!(Checkpoint::open(&note, stranger.key()).is_err());
    }
}
