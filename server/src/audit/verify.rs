//! `server audit verify`: everything that the log can prove, checked from the
//! beginning. Three passes: the log itself (events against leaves, leaves
//! against every signed root), the table against the log (nothing beside it),
//! and the legal person's signatures.

mod archived;
mod batch;
mod export;
mod finding;
mod log;
mod numbers;
mod past;
mod seen;
mod signatures;
mod suspects;

use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;

use super::{
    keys::PublicKeys,
    signer::SignatureFault,
    witness::{WitnessError, WitnessFile},
};
use crate::{
    pki::TrustAnchors,
    storage::{Store, StoreError},
};

pub use export::{Proven, verify_file};
pub use finding::Finding;

/// Findings that are kept; further ones are counted.
const MOST: usize = 1000;

/// Why a verification could not be finished. It says nothing about the log.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A witness file.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// A file can't be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What is verified, and against what.
#[derive(Debug)]
pub struct Options {
    /// The public keys.
    pub keys: PublicKeys,
    /// Who may have issued the certificates; absent, that is not checked.
    pub anchors: Option<TrustAnchors>,
    /// The witness files. Without one, one stolen key suffices.
    pub witnesses: Vec<PathBuf>,
    /// Archive files.
    pub archives: Vec<PathBuf>,
    /// Whether the legal person's signatures are verified too.
    pub signatures: bool,
    /// The time.
    pub now: Timestamp,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// So many of so many events of the log.
    Log(u64, u64),
    /// So many events were looked at for signatures.
    Signatures(u64),
    /// So many lines of a file.
    File(u64),
}

/// What was verified, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Events of the log.
    pub size: u64,
    /// Events whose bytes were compared with their leaf.
    pub events: u64,
    /// Events that are in an archive that was not given: their leaves count.
    pub archived: u64,
    /// Events that wait for their place.
    pub waiting: u64,
    /// Checkpoints with a good signature, of the database.
    pub checkpoints: u64,
    /// Lines of witness files with good signatures.
    pub witnessed: u64,
    /// Lines of witness files that a crash cut off.
    pub broken_lines: u64,
    /// The legal person's signatures that were verified.
    pub signatures: u64,
    /// Signatures that can't be verified: made before nonces were kept.
    pub signatures_before: u64,
    /// Of the verified ones, those whose signer stands in the certificate alone:
    /// neither role nor enterprise is under a signature.
    pub signers_by_certificate: u64,
    /// Of the verified ones, those with no signer under a signature.
    pub signers_unnamed: u64,
    /// What is wrong, the first thousand.
    pub findings: Vec<Finding>,
    /// How much more is wrong.
    pub more: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    /// A signature that was counted as good is not, for who gave it.
    fn disown(&mut self, seq: i64, fault: SignatureFault) {
        self.signatures = self.signatures.saturating_sub(1);
        self.signers_by_certificate = self.signers_by_certificate.saturating_sub(1);
        self.find(Finding::Signature { seq, fault });
    }

    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < MOST {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}

/// Verifies the log of a database.
///
/// # Errors
///
/// [`VerifyError`] when it could not be checked to the end.
pub async fn verify(
    store: &dyn Store,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, VerifyError> {
    let mut report = Report::default();
    // What lies outside of the database is read before it: whatever is in
    // there has to be in the database, which may have gone on meanwhile.
    let mut past = past::Past::default();
    for path in &options.witnesses {
        past.read_witness(&WitnessFile::new(path.clone()), path, options, &mut report)?;
    }
    let archived = archived::Archived::read(store, options, &mut report, progress).await?;
    let walk = log::Walk::new(store, options, past, &archived);
    let suspects = walk.run(&mut report, progress).await?;
    suspects.name(store, &mut report).await?;
    if options.signatures {
        let signatures = archived.signatures;
        signatures::verify(store, signatures, options, &mut report, progress).await?;
    }
    Ok(report)
}
