//! A proof file or an archive, verified with nothing but the public keys: the
//! checkpoint's signature, then for each event its proof and its signature.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read as _},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{FileError, Finding, Options, Progress, Report, signatures::Signatures};
use crate::{
    SignerProof,
    body::Body,
    checkpoint::Checkpoint,
    digest::sha256,
    leaf::{self, Leaf},
    proof, proof_code,
    proof_file::{FORMAT, Line},
    tree::{self, Hash},
};

/// Far more than a line has, in bytes.
const MAX_LINE: u64 = 1024 * 1024;

/// Lines between two words of progress.
const PROGRESS_BATCH: u64 = 1000;

/// An event of a file that is in the log.
pub struct Proven<'a> {
    /// Its place in the log, counted from 0.
    pub position: u64,
    /// The hash of its leaf.
    pub hash: Hash,
    /// The event that is proven.
    pub leaf: Leaf<'a>,
    /// What else it says.
    pub body: Body<'a>,
    /// How far it is proven who signed, where a good signature is under it.
    pub signer: Option<SignerProof>,
}

/// Verifies a file by itself: a proof file, an archive, or what a QR code of a terminal
/// said ([`proof_code`]). Each event that is proven is shown to `proven`;
/// whether its signature is good is in the report.
///
/// # Errors
///
/// [`FileError`] when it can't be read.
pub fn verify_file(
    path: &Path,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
    proven: &mut dyn FnMut(&Proven<'_>),
) -> Result<Report, FileError> {
    verify_lines(path, &mut *open(path)?, options, progress, proven)
}

/// Verifies what is read, a line at a time whatever its size; `path` is what it
/// is called in findings. Otherwise as [`verify_file`].
///
/// # Errors
///
/// [`FileError`] when it can't be read.
pub fn verify_lines(
    path: &Path,
    reader: &mut dyn BufRead,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
    proven: &mut dyn FnMut(&Proven<'_>),
) -> Result<Report, FileError> {
    let (mut report, mut signatures) = (Report::default(), Signatures::default());
    let file = (path, reader);
    read_lines(
        file,
        options,
        &mut signatures,
        &mut report,
        progress,
        proven,
    )?;
    // A file may be of some events only.
    signatures.settle(&[], true, &mut report);
    Ok(report)
}

/// Reads a file; each event that is proven is shown to `proven`.
pub(super) fn read(
    path: &Path,
    options: &Options,
    signatures: &mut Signatures,
    report: &mut Report,
    progress: &mut (dyn FnMut(Progress) + Send),
    proven: &mut dyn FnMut(&Proven<'_>),
) -> Result<(), FileError> {
    let file: (_, &mut dyn BufRead) = (path, &mut *open(path)?);
    read_lines(file, options, signatures, report, progress, proven)
}

/// The lines of a file, or of what a QR code said that is one.
fn open(path: &Path) -> Result<Box<dyn BufRead>, FileError> {
    let named = |source| FileError {
        path: path.to_owned(),
        source,
    };
    let mut file = BufReader::new(File::open(path).map_err(named)?);
    let begins = file.fill_buf().map_err(named)?;
    if !begins.starts_with(proof_code::PREFIX.as_bytes()) {
        return Ok(Box::new(file));
    }
    let mut code = String::new();
    file.take(MAX_LINE)
        .read_to_string(&mut code)
        .map_err(named)?;
    let lines = proof_code::decode(&code).map_err(|error| named(io::Error::other(error)))?;
    Ok(Box::new(Cursor::new(lines)))
}

/// The same of what is read, with what it is called in findings.
fn read_lines(
    (path, reader): (&Path, &mut dyn BufRead),
    options: &Options,
    signatures: &mut Signatures,
    report: &mut Report,
    progress: &mut (dyn FnMut(Progress) + Send),
    proven: &mut dyn FnMut(&Proven<'_>),
) -> Result<(), FileError> {
    let mut state = State::default();
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        let read = (&mut *reader)
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|source| FileError {
                path: path.to_owned(),
                source,
            })?;
        if read == 0 {
            break;
        }
        number += 1;
        if let Err(problem) = state.line(&line, options, signatures, report, proven) {
            report.find(Finding::File {
                file: path.to_owned(),
                line: number,
                problem,
            });
            // Without a checkpoint nothing that follows can be judged.
            if state.checkpoint.is_none() {
                return Ok(());
            }
        }
        if number.is_multiple_of(PROGRESS_BATCH) {
            progress(Progress::File(number));
        }
    }
    if !state.ended {
        report.find(Finding::File {
            file: path.to_owned(),
            line: number,
            problem: "the file ends before its last line",
        });
    }
    Ok(())
}

#[derive(Default)]
struct State {
    checkpoint: Option<Checkpoint>,
    certificates: HashMap<Hash, Vec<u8>>,
    positions: HashSet<u64>,
    events: u64,
    ended: bool,
}

impl State {
    fn line(
        &mut self,
        line: &[u8],
        options: &Options,
        signatures: &mut Signatures,
        report: &mut Report,
        proven: &mut dyn FnMut(&Proven<'_>),
    ) -> Result<(), &'static str> {
        if self.ended {
            return Err("there is something after the last line");
        }
        let line = serde_json::from_slice(line).map_err(|_json| "it is no line of a proof")?;
        let bytes = |text: String| STANDARD.decode(text).map_err(|_base64| "it is not base64");
        match (line, self.checkpoint) {
            (Line::Begin { format, checkpoint }, None) => {
                if format != FORMAT {
                    return Err("it is of a form that this version does not know");
                }
                let opened = Checkpoint::open(&checkpoint, &options.keys.log);
                let opened = opened.map_err(|_note| "the checkpoint has no good signature")?;
                report.checkpoints += 1;
                report.size = opened.size;
                self.checkpoint = Some(opened);
            }
            (_, None) => return Err("it does not begin with a checkpoint"),
            (Line::Begin { .. }, Some(_)) => return Err("there is a second checkpoint"),
            (Line::Certificate { certificate }, _) => {
                let der = bytes(certificate)?;
                self.certificates.insert(sha256(&der), der);
            }
            (
                Line::Event {
                    position,
                    event,
                    proof,
                },
                Some(checkpoint),
            ) => {
                self.events += 1;
                let (event, proof) = (bytes(event)?, bytes(proof)?);
                let (decoded, body) =
                    leaf::decode(&event).map_err(|_leaf| "the event can't be read")?;
                let Checkpoint { size, root, .. } = checkpoint;
                if !proof::verify_inclusion(&event, position, size, root, proof) {
                    return Err("the event is not in the log at its position: it was changed");
                }
                if !self.positions.insert(position) {
                    return Err("the event is there twice");
                }
                report.events += 1;
                let mut signer = None;
                if options.signatures {
                    let digest = body.certificate;
                    let der = digest.and_then(|digest| self.certificates.get(&digest));
                    let der = der.map(Vec::as_slice);
                    signer = signatures.check(&decoded, &body, der, options, report);
                }
                proven(&Proven {
                    position,
                    hash: tree::leaf(&event),
                    leaf: decoded,
                    body,
                    signer,
                });
            }
            (Line::End { events }, _) => {
                self.ended = true;
                if events != self.events {
                    return Err("events were taken out of the file or put into it");
                }
            }
        }
        Ok(())
    }
}
