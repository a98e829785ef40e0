//! The form of a proof file and of an archive: JSON, one object a line, so
//! that it is written and read a line at a time whatever its size.
//!
//! First the signed checkpoint; then for each event its bytes, its place and
//! the proof that leads to the checkpoint's root; before the first event that
//! needs it each certificate; at the end how many events there were.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{LogPosition, digest::sha256, tree::Hash};

/// What the first line calls itself.
pub const FORMAT: &str = "ic-card-proof/1";

/// A line of a proof file: JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Line {
    /// The first line: the form, and the checkpoint that all proofs lead to.
    Begin {
        /// [`FORMAT`].
        format: String,
        /// The checkpoint's note, to whose root all proofs lead.
        checkpoint: String,
    },
    /// A certificate under events that follow.
    Certificate {
        /// DER in base64.
        certificate: String,
    },
    /// An event, with its place and the hashes up to the root.
    Event {
        /// Its index in the log, from 0.
        position: u64,
        /// The leaf's bytes in base64.
        event: String,
        /// The hashes of the proof of inclusion in base64.
        proof: String,
    },
    /// The last line, by which a file that was cut off is known.
    End {
        /// How many events the file has.
        events: u64,
    },
}

/// Writes lines.
#[derive(Debug, Default)]
pub struct ProofWriter {
    certificates: HashSet<Hash>,
    events: u64,
}

fn line(line: &Line) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    Ok(text)
}

impl ProofWriter {
    /// The first line.
    ///
    /// # Errors
    ///
    /// Never in practice: every field has a form in JSON.
    pub fn begin(checkpoint: String) -> Result<String, serde_json::Error> {
        line(&Line::Begin {
            format: FORMAT.to_owned(),
            checkpoint,
        })
    }

    /// The lines of an event: its bytes as they were proven, before them its
    /// signer's certificate (DER) where that was not written yet.
    ///
    /// # Errors
    ///
    /// Never in practice: every field has a form in JSON.
    pub fn event(
        &mut self,
        position: &LogPosition,
        certificate: Option<&[u8]>,
    ) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        if let Some(der) = certificate
            && self.certificates.insert(sha256(der))
        {
            let certificate = STANDARD.encode(der);
            text.push_str(&line(&Line::Certificate { certificate })?);
        }
        text.push_str(&line(&Line::Event {
            position: position.index,
            event: STANDARD.encode(&position.event),
            proof: STANDARD.encode(&position.proof),
        })?);
        self.events += 1;
        Ok(text)
    }

    /// The last line.
    ///
    /// # Errors
    ///
    /// Never in practice: every field has a form in JSON.
    pub fn end(&self) -> Result<String, serde_json::Error> {
        line(&Line::End {
            events: self.events,
        })
    }
}
