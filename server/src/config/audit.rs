//! The configuration of the log.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The fewest months that events stay in the database.
const FEWEST_MONTHS: u32 = 6;

/// The most: a century.
const MOST_MONTHS: u32 = 1200;

/// About the log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// The witness file, to which every checkpoint is appended. It belongs
    /// where whoever administers the database can't write. The default is
    /// `witness.jsonl` in the data folder.
    pub witness: Option<PathBuf>,
    /// Events of months that ended so long ago are moved to a file, at least
    /// 6. Absent: they stay for ever.
    pub retention_months: Option<u32>,
    /// The folder of those files; the default is `archive` in the data folder.
    pub archive: Option<PathBuf>,
}

impl Audit {
    pub(super) fn resolve(&mut self, data: &Path) {
        let place = |path: &Option<PathBuf>, default: &str| {
            let path = path.as_deref().unwrap_or(Path::new(default));
            Some(data.join(path))
        };
        self.witness = place(&self.witness, "witness.jsonl");
        self.archive = place(&self.archive, "archive");
    }

    pub(super) fn problem(&self) -> Option<String> {
        let months = self.retention_months?;
        let range = FEWEST_MONTHS..=MOST_MONTHS;
        (!range.contains(&months)).then(|| {
            format!(
                "{months} is not in {FEWEST_MONTHS} to {MOST_MONTHS}; absent keeps them for ever"
            )
        })
    }
}
