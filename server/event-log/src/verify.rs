//! Everything that the log can prove, checked from the beginning. Three passes: the log itself (events against leaves, leaves
//! against every signed root), the table against the log (nothing beside it),
//! and the legal person's signatures.

mod archived;
mod batch;
mod file;
mod finding;
mod known_roots;
mod log_pass;
mod mismatches;
mod numbers;
mod register;
mod seq_bitmap;
mod signatures;
pub mod text;
mod times;
mod turn;

use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;

use crate::{
    SignatureFault,
    certificate::TrustAnchors,
    keys::PublicKeys,
    register::{RegisterSource, fold::RegisterFold},
};

pub use file::{Proven, verify_file, verify_lines};
pub use finding::Finding;
pub use times::{TimeBack, TimeOf};

/// Findings that are kept; further ones are counted.
const MAX_FINDINGS: usize = 1000;

/// A file can't be read. It says nothing about the log.
#[derive(Debug, Error)]
#[error("{}: {source}", path.display())]
pub struct FileError {
    /// The file that can't be read.
    pub path: PathBuf,
    /// What the system says.
    pub source: std::io::Error,
}

/// Why a verification could not be finished. It says nothing about the log.
#[derive(Debug, Error)]
pub enum VerifyError<E: std::error::Error> {
    /// The log could not be read.
    #[error(transparent)]
    Source(E),
    /// A witness file or an archive could not be read.
    #[error(transparent)]
    File(#[from] FileError),
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
    /// The time of the verification, of a log that a server may be writing: its witness
    /// file may be behind by what was signed in the last minutes. Absent, it may not.
    pub now: Option<Timestamp>,
}

impl Options {
    /// What these keys signed, and the legal person's signatures, against nothing else.
    #[must_use]
    pub const fn of(keys: PublicKeys) -> Self {
        Self {
            keys,
            anchors: None,
            witnesses: Vec::new(),
            archives: Vec::new(),
            signatures: true,
            now: None,
        }
    }
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
    /// Up to this number every event has its place that there will ever be.
    pub settled: i64,
    /// Events that wait for their place.
    pub waiting: u64,
    /// Checkpoints with a good signature, of the database.
    pub checkpoints: u64,
    /// Lines of witness files with good signatures.
    pub witnessed: u64,
    /// By how many events the witness file is behind what was signed in the last minutes:
    /// a server writes it a moment later.
    pub witness_behind: Option<u64>,
    /// Events of the last minutes before the verification.
    pub recent_events: u64,
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
    /// Cards of the register that were compared with the log.
    pub cards: u64,
    /// Cards of which the log says nothing: it is from before it explained the register.
    pub not_explained: u64,
    /// Cards for which the log vouches from a baseline on only.
    pub baselines: u64,
    /// Where times go back, the first few: no finding, but worth a question.
    pub times_back: Vec<TimeBack>,
    /// In how many places more they do.
    pub more_times_back: u64,
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

    /// What the witness has not is of the last minutes: no more than there are events of
    /// those.
    fn judge_witness(&mut self) {
        let Some(behind) = self.witness_behind else {
            return;
        };
        if behind > self.recent_events {
            self.witness_behind = None;
            let signed = self.size;
            let witnessed = signed.saturating_sub(behind);
            self.find(Finding::WitnessBehind { witnessed, signed });
        }
    }

    pub(crate) fn find(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
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
pub async fn verify<S: RegisterSource + ?Sized>(
    source: &S,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, VerifyError<S::Error>> {
    let mut report = Report::default();
    // What lies outside of the database is read before it: whatever is in
    // there has to be in the database, which may have gone on meanwhile.
    let mut known = known_roots::KnownRoots::default();
    for path in &options.witnesses {
        known.read_witness(path, options, &mut report)?;
    }
    let archived = archived::Archived::read(source, options, &mut report, progress).await?;
    let pass = log_pass::LogPass::new(source, options, known, &archived);
    let mismatches = pass.run(&mut report, progress).await;
    let mismatches = mismatches.map_err(VerifyError::Source)?;
    let named = mismatches.name(source, &mut report).await;
    named.map_err(VerifyError::Source)?;
    if options.signatures {
        let mut fold = RegisterFold::new(report.archived > 0, report.settled);
        archived.fold(&mut fold, &mut report);
        let signatures = archived.signatures;
        let verified = signatures::verify(
            source,
            signatures,
            options,
            &mut fold,
            &mut report,
            progress,
        );
        verified.await.map_err(VerifyError::Source)?;
        let compared = register::compare(source, options, fold, &mut report).await;
        compared.map_err(VerifyError::Source)?;
        report.judge_witness();
    }
    Ok(report)
}
