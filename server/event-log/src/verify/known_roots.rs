//! The roots that were signed before: every checkpoint of the database and
//! every line of the witness files. The log has to pass through all of them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};

use super::{
    FileError, Finding, Options, Report,
    times::{TimeOf, Times},
};
use crate::{
    LogSource,
    checkpoint::Checkpoint,
    note::NoteError,
    tree::Hash,
    witness::{self, Witnessed},
};

/// Checkpoints that are read at once.
const CHECKPOINTS_BATCH: u32 = 1000;

/// What was signed so long before the verification may be missing at the end of the
/// witness file: a server writes it there a moment after the database.
pub(super) const WITNESS_LAG: SignedDuration = SignedDuration::from_mins(10);

/// The roots, by size, and how far the log passed through them.
#[derive(Default)]
pub(super) struct KnownRoots {
    /// By size: the roots that were witnessed, each with its time.
    witnessed: BTreeMap<u64, Vec<(Hash, Timestamp)>>,
    /// Witness files that are not there: nothing is wrong before anything was signed.
    missing: Vec<PathBuf>,
    /// Whether there is a witness file.
    has_witness: bool,
    /// Checkpoints of the database that come next.
    next: std::collections::VecDeque<Checkpoint>,
    read_up_to: u64,
    /// The largest tree whose root was right.
    good: u64,
    differs: bool,
    was_rewritten: bool,
    /// The time of the first checkpoint beyond the witness file.
    unwitnessed: Option<Timestamp>,
    /// The largest size that was witnessed.
    largest: u64,
    times: Times,
}

impl KnownRoots {
    /// Reads a witness file.
    pub(super) fn read_witness(
        &mut self,
        path: &Path,
        options: &Options,
        report: &mut Report,
    ) -> Result<(), FileError> {
        let there = witness::visit(path, &options.keys, |line, witnessed| match witnessed {
            Witnessed::Good(checkpoint, at) => {
                report.witnessed += 1;
                self.largest = self.largest.max(checkpoint.size);
                let roots = self.witnessed.entry(checkpoint.size).or_default();
                if !roots.iter().any(|(root, _)| *root == checkpoint.root) {
                    roots.push((checkpoint.root, at));
                }
            }
            Witnessed::Broken => report.broken_lines += 1,
            Witnessed::Bad(fault) => report.find(Finding::WitnessLine { line, fault }),
        })?;
        if there {
            self.has_witness = true;
        } else {
            self.missing.push(path.to_owned());
        }
        Ok(())
    }

    /// Reads the next checkpoints of the database, if all that were read lie
    /// behind `size`.
    pub(super) async fn read_on<S: LogSource + ?Sized>(
        &mut self,
        source: &S,
        size: u64,
        options: &Options,
        report: &mut Report,
    ) -> Result<(), S::Error> {
        while self.next.is_empty() && self.read_up_to <= size {
            let checkpoints = source
                .checkpoints(self.read_up_to, CHECKPOINTS_BATCH)
                .await?;
            let Some((last, _)) = checkpoints.last() else {
                self.read_up_to = u64::MAX;
                return Ok(());
            };
            self.read_up_to = *last;
            for (size, note) in checkpoints {
                match Checkpoint::open(&note, &options.keys.log) {
                    Ok(checkpoint) if checkpoint.size == size => {
                        report.checkpoints += 1;
                        let of = TimeOf::Checkpoint(size);
                        self.times.next(of, checkpoint.at, report);
                        if size > self.largest {
                            self.unwitnessed.get_or_insert(checkpoint.at);
                        }
                        self.next.push_back(checkpoint);
                    }
                    Ok(_) => report.find(Finding::CheckpointBad {
                        size,
                        fault: NoteError::Form,
                    }),
                    Err(fault) => report.find(Finding::CheckpointBad { size, fault }),
                }
            }
        }
        Ok(())
    }

    /// The size at which the next root has to be looked at.
    pub(super) fn next_size(&self) -> u64 {
        let witnessed = self.witnessed.first_key_value();
        let witnessed = witnessed.map_or(u64::MAX, |(size, _)| *size);
        let signed = self.next.front();
        signed.map_or(witnessed, |checkpoint| witnessed.min(checkpoint.size))
    }

    /// Compares the root of the log at `size` with those that were signed.
    pub(super) fn pass(&mut self, size: u64, root: Hash, report: &mut Report) {
        let mut good = false;
        while let Some(checkpoint) = self.next.pop_front_if(|next| next.size <= size) {
            if checkpoint.size == size && checkpoint.root == root {
                good = true;
            } else if !self.differs {
                // What follows differs as well: one finding says it.
                self.differs = true;
                let after = self.good;
                report.find(Finding::RootDiffers { size, after });
            }
        }
        let (roots, after) = (self.witnessed.remove(&size), self.good);
        for (witnessed, at) in roots.into_iter().flatten() {
            if witnessed == root {
                good = true;
            } else if !self.was_rewritten {
                self.was_rewritten = true;
                report.find(Finding::Rewritten { size, at, after });
            }
        }
        if good {
            self.good = size;
        }
    }

    /// What the witness file knows beyond the end of the log.
    pub(super) fn end(&self, size: u64, signed: u64, options: &Options, report: &mut Report) {
        if signed > 0 {
            for path in &self.missing {
                report.find(Finding::WitnessMissing(path.clone()));
            }
        }
        if let Some((largest, roots)) = self.witnessed.last_key_value() {
            let at = roots.last().map_or(Timestamp::UNIX_EPOCH, |(_, at)| *at);
            report.find(Finding::RolledBack {
                size,
                witnessed: *largest,
                at,
            });
        }
        let witnessed = self.largest;
        if self.has_witness && witnessed < signed {
            let since = options.now.zip(self.unwitnessed);
            let is_recent =
                since.is_some_and(|(now, at)| now.duration_since(at).abs() < WITNESS_LAG);
            if witnessed > 0 && is_recent {
                report.witness_behind = Some(signed - witnessed);
            } else {
                report.find(Finding::WitnessBehind { witnessed, signed });
            }
        }
    }
}
