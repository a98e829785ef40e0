//! The form of a proof file and of an archive: JSON, one object a line, so
//! that it is written and read a line at a time whatever its size.
//!
//! First the signed checkpoint; then for each event its bytes, its place and
//! the proof that leads to the checkpoint's root; before the first event that
//! needs it each certificate; at the end how many events there were.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    audit::{check::Place, tree::Hash},
    digest::sha256,
    storage::Signer,
};

/// What the first line calls itself.
pub(in crate::audit) const FORMAT: &str = "ic-card-proof/1";

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(in crate::audit) enum Line {
    /// The first.
    Begin { format: String, checkpoint: String },
    /// A certificate, DER in base64.
    Certificate { certificate: String },
    /// An event.
    Event {
        position: u64,
        event: String,
        proof: String,
    },
    /// The last.
    End { events: u64 },
}

/// Writes lines.
#[derive(Default)]
pub(crate) struct ProofWriter {
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
    pub(crate) fn begin(checkpoint: String) -> Result<String, serde_json::Error> {
        line(&Line::Begin {
            format: FORMAT.to_owned(),
            checkpoint,
        })
    }

    /// The lines of an event: its bytes as they were proven, before them its
    /// signer's certificate where that was not written yet.
    pub(crate) fn event(
        &mut self,
        place: &Place,
        signer: Option<&Signer>,
    ) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        if let Some(signer) = signer
            && self.certificates.insert(sha256(&signer.der))
        {
            let certificate = STANDARD.encode(&signer.der);
            text.push_str(&line(&Line::Certificate { certificate })?);
        }
        text.push_str(&line(&Line::Event {
            position: place.index,
            event: STANDARD.encode(&place.event),
            proof: STANDARD.encode(&place.proof),
        })?);
        self.events += 1;
        Ok(text)
    }

    /// The last line.
    pub(crate) fn end(&self) -> Result<String, serde_json::Error> {
        line(&Line::End {
            events: self.events,
        })
    }
}
