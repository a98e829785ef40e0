//! Signed notes (c2sp.org/signed-note): a text, and below it signatures by
//! named Ed25519 keys. Two kinds: the plain one of the log's key, and the
//! cosignature with its time of the witness's key (c2sp.org/tlog-cosignature).

use std::fmt::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The kinds of signatures that we make, by their bytes in a key.
const PLAIN: u8 = 1;
const COSIGNATURE: u8 = 4;

/// The longest note that is read, in bytes.
const MAX_NOTE: usize = 16 * 1024;

/// The most signatures of a note that is read: as `golang.org/x/mod/sumdb/note`.
const MAX_SIGNATURES: usize = 100;

/// Why a note or a key is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// It is no note.
    #[error("it is no signed note")]
    Form,
    /// There is no signature by this key.
    #[error("it has no signature by {0}")]
    NotSigned(String),
    /// The signature by this key is wrong.
    #[error("its signature by {0} does not verify")]
    BadSignature(String),
    /// A key can't be read.
    #[error("it is no key of the form name+hash+base64")]
    Key,
}

/// A public key with its name: what is pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyKey {
    name: String,
    kind: u8,
    public: [u8; 32],
}

impl VerifyKey {
    /// Its name, as it stands at its signatures.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a witness's.
    #[must_use]
    pub const fn is_witness(&self) -> bool {
        self.kind == COSIGNATURE
    }

    fn encoded(&self) -> [u8; 33] {
        let mut bytes = [self.kind; 33];
        let (_, public) = bytes.split_at_mut(1);
        public.copy_from_slice(&self.public);
        bytes
    }

    /// The first bytes of its signatures.
    fn hash(&self) -> [u8; 4] {
        let digest: [u8; 32] = Sha256::new_with_prefix(&self.name)
            .chain_update(b"\n")
            .chain_update(self.encoded())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }

    /// Reads `name+hash+base64`.
    ///
    /// # Errors
    ///
    /// [`NoteError::Key`]
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let bytes = STANDARD.decode(key).map_err(|_form| NoteError::Key)?;
        let (Some((kind, public)), true) = (bytes.split_first(), is_name(name)) else {
            return Err(NoteError::Key);
        };
        let key = Self {
            name: name.to_owned(),
            kind: *kind,
            public: public.try_into().map_err(|_length| NoteError::Key)?,
        };
        let is_ours = matches!(key.kind, PLAIN | COSIGNATURE);
        if is_ours && card_protocol::hex::encode(&key.hash()) == hash {
            Ok(key)
        } else {
            Err(NoteError::Key)
        }
    }

    /// Whether it signed the note; of a cosignature the time.
    ///
    /// # Errors
    ///
    /// [`NoteError`]
    pub fn check(&self, note: &Note<'_>) -> Result<Option<Timestamp>, NoteError> {
        let mut found = false;
        for (name, bytes) in &note.signatures {
            let Some((hash, signature)) = bytes.split_first_chunk::<4>() else {
                continue;
            };
            if *name != self.name || *hash != self.hash() {
                continue;
            }
            found = true;
            let (time, message, signature) = if self.kind == PLAIN {
                (None, note.text.to_owned(), signature)
            } else {
                let Some((time, signature)) = signature.split_first_chunk::<8>() else {
                    continue;
                };
                let seconds = u64::from_be_bytes(*time);
                let at = i64::try_from(seconds)
                    .ok()
                    .and_then(|seconds| Timestamp::from_second(seconds).ok());
                let Some(at) = at else { continue };
                (Some(at), cosigned(seconds, note.text), signature)
            };
            let key = UnparsedPublicKey::new(&ED25519, &self.public);
            if key.verify(message.as_bytes(), signature).is_ok() {
                return Ok(time);
            }
        }
        Err(if found {
            NoteError::BadSignature(self.name.clone())
        } else {
            NoteError::NotSigned(self.name.clone())
        })
    }
}

impl fmt::Display for VerifyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = card_protocol::hex::encode(&self.hash());
        write!(
            formatter,
            "{}+{hash}+{}",
            self.name,
            STANDARD.encode(self.encoded())
        )
    }
}

/// A name has no space and no plus, and says something.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| !letter.is_whitespace() && letter != '+')
}

/// The message of a cosignature.
fn cosigned(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// A private key with its name.
pub struct Signer {
    pair: Ed25519KeyPair,
    key: VerifyKey,
}

impl Signer {
    /// The log's key from its seed. Its name comes from the key itself, so
    /// that it stays the same whatever the server is called.
    #[must_use]
    pub fn log(seed: &[u8]) -> Option<Self> {
        Self::new(seed, "ic-card-log", PLAIN)
    }

    /// The witness's key from its seed.
    #[must_use]
    pub fn witness(seed: &[u8]) -> Option<Self> {
        Self::new(seed, "ic-card-witness", COSIGNATURE)
    }

    fn new(seed: &[u8], name: &str, kind: u8) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public: [u8; 32] = pair.public_key().as_ref().try_into().ok()?;
        let digest: [u8; 32] = Sha256::digest(public).into();
        let [a, b, c, d, ..] = digest;
        let name = format!("{name}/{}", card_protocol::hex::encode(&[a, b, c, d]));
        Some(Self {
            pair,
            key: VerifyKey { name, kind, public },
        })
    }

    /// The public half.
    #[must_use]
    pub const fn key(&self) -> &VerifyKey {
        &self.key
    }

    /// A signature line under `text`, at a time in whole seconds.
    #[must_use]
    pub fn sign(&self, text: &str, at: Timestamp) -> String {
        let mut bytes = self.key.hash().to_vec();
        let signature = if self.key.kind == PLAIN {
            self.pair.sign(text.as_bytes())
        } else {
            let seconds = u64::try_from(at.as_second()).unwrap_or_default();
            bytes.extend_from_slice(&seconds.to_be_bytes());
            self.pair.sign(cosigned(seconds, text).as_bytes())
        };
        bytes.extend_from_slice(signature.as_ref());
        let mut line = String::new();
        let _infallible = writeln!(line, "— {} {}", self.key.name, STANDARD.encode(bytes));
        line
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signer({})", self.key.name)
    }
}

/// A note that was read; no signature is checked yet.
#[derive(Debug)]
pub struct Note<'a> {
    /// The text with its last newline: what is signed.
    pub text: &'a str,
    signatures: Vec<(&'a str, Vec<u8>)>,
}

impl<'a> Note<'a> {
    /// Reads the text and its signature lines.
    ///
    /// # Errors
    ///
    /// [`NoteError::Form`]
    pub fn parse(note: &'a str) -> Result<Self, NoteError> {
        // A note has no control characters but newlines.
        let is_control = |letter: char| letter < ' ' && letter != '\n';
        if note.len() > MAX_NOTE || note.contains(is_control) || !note.ends_with('\n') {
            return Err(NoteError::Form);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, lines) = note.split_at(end + 1);
        let lines = lines.strip_prefix('\n').ok_or(NoteError::Form)?;
        let mut signatures = Vec::new();
        for line in lines.lines() {
            let (name, signature) = line
                .strip_prefix("— ")
                .and_then(|line| line.split_once(' '))
                .ok_or(NoteError::Form)?;
            if !is_name(name) || signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::Form);
            }
            let bytes = STANDARD
                .decode(signature)
                .map_err(|_base64| NoteError::Form)?;
            signatures.push((name, bytes));
        }
        if signatures.is_empty() {
            return Err(NoteError::Form);
        }
        Ok(Self { text, signatures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_keys_sign_one_note_and_neither_passes_for_the_other() {
        let log = Signer::log(&[1; 32]).unwrap();
        let witness = Signer::witness(&[2; 32]).unwrap();
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let text = "origin\n5\nroot\n";
        let note = format!("{text}\n{}{}", log.sign(text, at), witness.sign(text, at));
        let note = Note::parse(&note).unwrap();
        assert_eq!(log.key().check(&note), Ok(None));
        assert_eq!(witness.key().check(&note), Ok(Some(at)));
        let stranger = Signer::log(&[3; 32]).unwrap();
        assert!(stranger.key().check(&note).is_err());
        // The same seed as the other kind is another key.
        let other = Signer::witness(&[1; 32]).unwrap();
        assert!(other.key().check(&note).is_err());
        for key in [log.key(), witness.key()] {
            assert_eq!(VerifyKey::parse(&key.to_string()).as_ref(), Ok(key));
        }
        assert!(!format!("{log:?}").contains("1, 1"));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for text in [
            "",
            "a",
            "a\n",
            "a\n\nb\n",
            "a\n\n— x\n",
            "a\n\n— x %%\n",
            "a\n\n— x AA==",
        ] {
            assert_eq!(Note::parse(text).unwrap_err(), NoteError::Form, "{text}");
        }
        for text in ["", "a", "a+b", "a+00000000+AAAA", "a b+c+d"] {
            assert_eq!(VerifyKey::parse(text), Err(NoteError::Key), "{text}");
        }
    }
}
