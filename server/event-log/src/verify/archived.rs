//! Events that were moved to archive files. Their leaves stay in the log; that
//! they may be missing from the table is what the log's key signed.

use std::collections::HashMap;

use super::{
    Finding, Options, Progress, Report, VerifyError,
    file::{self, Proven},
    signatures::Signatures,
};
use crate::{
    ArchiveNote, LogSource,
    leaf::{self, LeafHasher},
    note::NoteError,
    register::{fold::RegisterFold, rules},
    tree::Hash,
};

/// The archives of a log.
#[derive(Default)]
pub(super) struct Archived {
    /// Numbers that may be missing, by signed notes.
    ranges: Vec<(i64, i64)>,
    /// What the files have, by position.
    leaves: HashMap<u64, (i64, Hash)>,
    /// Those of their events that may say what decides about a card, by number.
    changes: Vec<(i64, Vec<u8>)>,
    /// What their signatures say, for those in the table.
    pub(super) signatures: Signatures,
}

impl Archived {
    /// Reads the notes of `source`, and the files of `options`.
    pub(super) async fn read<S: LogSource + ?Sized>(
        source: &S,
        options: &Options,
        report: &mut Report,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Self, VerifyError<S::Error>> {
        let mut archived = Self::default();
        for record in source.archives().await.map_err(VerifyError::Source)? {
            match ArchiveNote::open(&record.note, &options.keys.log) {
                Ok(note) if (note.first, note.last) == (record.first, record.last) => {
                    archived.ranges.push((record.first, record.last));
                }
                Ok(_) => report.find(Finding::ArchiveNote {
                    first: record.first,
                    last: record.last,
                    fault: NoteError::Form,
                }),
                Err(fault) => report.find(Finding::ArchiveNote {
                    first: record.first,
                    last: record.last,
                    fault,
                }),
            }
        }
        for path in &options.archives {
            // The files are judged with the log; their own counts are not its.
            let mut of_file = Report::default();
            let (leaves, changes) = (&mut archived.leaves, &mut archived.changes);
            let signatures = &mut archived.signatures;
            let mut proven = |proven: &Proven<'_>| {
                let leaf = &proven.leaf;
                leaves.insert(proven.position, (leaf.seq, proven.hash));
                if rules::may_say(leaf.act) || leaf.act == rules::BASELINE_END {
                    let bytes = LeafHasher::default().encode(leaf).to_vec();
                    changes.push((leaf.seq, bytes));
                }
            };
            file::read(
                path,
                options,
                signatures,
                &mut of_file,
                progress,
                &mut proven,
            )?;
            report.signatures += of_file.signatures;
            report.signatures_before += of_file.signatures_before;
            report.signers_by_certificate += of_file.signers_by_certificate;
            report.signers_unnamed += of_file.signers_unnamed;
            for finding in of_file.findings {
                report.find(finding);
            }
        }
        archived.changes.sort_unstable();
        Ok(archived)
    }

    /// Shows the fold what the files have, in the order of the events' numbers.
    pub(super) fn fold(&self, fold: &mut RegisterFold, report: &mut Report) {
        for (seq, bytes) in &self.changes {
            match leaf::decode(bytes) {
                Ok((leaf, body)) => fold.event(&leaf, &body, report),
                Err(_form) => report.find(Finding::Unreadable { seq: *seq }),
            }
        }
    }

    /// What is known of an event that is not in the table: `None` when it has
    /// to be there, `Some(None)` when its file was not given.
    #[expect(clippy::option_option, reason = "three answers, none an error")]
    pub(super) fn leaf(&self, position: u64, seq: i64) -> Option<Option<Hash>> {
        let may_be_gone = self
            .ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&seq));
        if !may_be_gone {
            return None;
        }
        let given = self.leaves.get(&position);
        Some(
            given
                .filter(|(there, _)| *there == seq)
                .map(|(_, leaf)| *leaf),
        )
    }
}
