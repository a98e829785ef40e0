//! Retention: a month that ended long enough ago is written to a file that
//! verifies by itself, then its events are taken out of the table. Their
//! leaves stay, so the log still verifies as a whole; that the events may be
//! missing is a note that the log's key signs.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use card_domain::beijing::BEIJING;
use card_domain::{ClientInfo, EventAct, EventOutcome};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use event_log::{ArchiveNote, certificate::TrustAnchors, keys::AuditKeys, proof_file::ProofWriter};

use super::check::Checker;
use crate::clock::watch::Doubt;
use crate::private_file;
use crate::storage::{ArchiveRecord, EventRecord, NewEvent, SqlStore, StoreError};

/// Events that are read at once.
const EVENTS_BATCH: u32 = 500;

/// Cards that are carried over in one transaction.
const CARDS_BATCH: u32 = 500;

/// Why a month could not be archived. Nothing was taken out of the table.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The store can't be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An archive file can't be written or read back.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file that failed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An event is not verified: it has to stay where it can be looked at.
    #[error("event {0} is not in the log as it stands: run `server audit verify`")]
    NotVerified(i64),
    /// There is no checkpoint.
    #[error("there is no good checkpoint: run `server audit verify`")]
    NoCheckpoint,
    /// What is old enough is not certain.
    #[error("{0}")]
    Clock(Doubt),
    /// Something can't be written as JSON.
    #[error("a line of the archive: {0}")]
    Json(#[from] serde_json::Error),
}

/// The beginning of the month that is so many whole months before the one of
/// `now`: what happened before it is old enough.
#[must_use]
pub fn sealed_before(now: Timestamp, months: u32) -> Option<Timestamp> {
    let today = BEIJING.to_datetime(now).date();
    let first = today.first_of_month();
    let first = first.checked_sub(i64::from(months).months()).ok()?;
    begin_of(first)
}

fn begin_of(day: Date) -> Option<Timestamp> {
    BEIJING.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

/// Everything that archiving needs.
#[derive(Debug)]
pub struct Archiver<'a> {
    /// Signs the note.
    pub keys: &'a AuditKeys,
    /// Who issued the certificates.
    pub anchors: &'a TrustAnchors,
    /// Where the files go.
    pub folder: &'a Path,
    /// The time of the archiving, which its event has.
    pub now: Timestamp,
}

impl Archiver<'_> {
    /// Archives the oldest month that ended before `before`. `None` when there
    /// is none.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]; nothing was taken out of the table then.
    pub async fn next_month(
        &self,
        store: &SqlStore,
        before: Timestamp,
    ) -> Result<Option<ArchiveNote>, ArchiveError> {
        let Some(oldest) = oldest(store).await? else {
            return Ok(None);
        };
        let month = BEIJING.to_datetime(oldest.at).date().first_of_month();
        let end = month.checked_add(1.month()).ok().and_then(begin_of);
        let Some(end) = end.filter(|end| *end <= before) else {
            return Ok(None);
        };
        // What comes after the first event of the next month stays, whatever
        // its time says: an archive is one run of numbers.
        let Some(next) = store.first_event_since(end).await? else {
            return Ok(None);
        };
        let (first, last) = (oldest.seq, next - 1);
        let name = format!(
            "{:04}-{:02}-{first}-{last}.jsonl",
            month.year(),
            month.month()
        );
        // What explains a card stays in the table: it is said once more.
        while store
            .carry_register(first, last, self.now, CARDS_BATCH)
            .await?
            == u64::from(CARDS_BATCH)
        {}
        let path = self.folder.join(&name);
        let (events, sha256) = self.write(store, first, last, &path).await?;
        let note = ArchiveNote {
            first,
            last,
            events,
            sha256,
            file: name,
        };
        let archive = ArchiveRecord {
            first,
            last,
            note: note.sign(self.keys, self.now),
            removed_at: None,
        };
        let event = NewEvent {
            at: self.now,
            enterprise: None,
            actor: None,
            act: EventAct::Archive,
            target: None,
            outcome: EventOutcome::Done,
            statement: None,
            client: ClientInfo::default(),
            detail: Some(format!(
                "events {first} to {last} ({events}) to {}, sha256 {}",
                note.file, note.sha256
            )),
            facts: None,
        };
        store
            .remove_archived(archive, events, self.now, event)
            .await?;
        Ok(Some(note))
    }

    /// Writes the events to a file, each with its proof, and syncs it.
    async fn write(
        &self,
        store: &SqlStore,
        first: i64,
        last: i64,
        path: &Path,
    ) -> Result<(u64, String), ArchiveError> {
        let failed = |source| ArchiveError::Io {
            path: path.to_owned(),
            source,
        };
        let public = self.keys.public();
        let mut checker = Checker::new(store, &public.log, self.anchors, self.now).await?;
        let note = checker.note().map(str::to_owned);
        let note = note.ok_or(ArchiveError::NoCheckpoint)?;
        fs::create_dir_all(self.folder).map_err(failed)?;
        let unfinished = path.with_extension("unfinished");
        private_file::remove_if_there(&unfinished).map_err(failed)?;
        let mut file = File::create_new(&unfinished).map_err(failed)?;
        let mut hash = Sha256::new();
        let mut put = |text: &str| {
            hash.update(text.as_bytes());
            file.write_all(text.as_bytes())
        };
        let mut writer = ProofWriter::default();
        put(&ProofWriter::begin(note)?).map_err(failed)?;
        let (mut next, mut count) = (first, 0);
        loop {
            let events = store.events_between(next, last, EVENTS_BATCH).await?;
            for event in &events {
                let position = checker.position(event).await?;
                let position = position.map_err(|_why| ArchiveError::NotVerified(event.seq))?;
                let signer = checker.signer(event).await?;
                put(&writer.event(&position, signer.map(|signer| signer.der.as_slice()))?)
                    .map_err(failed)?;
                count += 1;
            }
            match events.last() {
                Some(event) if event.seq < last => next = event.seq + 1,
                _ => break,
            }
        }
        put(&writer.end()?).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&unfinished, path).map_err(failed)?;
        File::open(self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        let digest: [u8; 32] = hash.finalize().into();
        Ok((count, card_protocol::hex::encode(&digest)))
    }
}

async fn oldest(store: &SqlStore) -> Result<Option<EventRecord>, ArchiveError> {
    let first = store.events_between(i64::MIN, i64::MAX, 1).await?;
    Ok(first.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_beijing() {
        // 2026-07-01 00:30 in Beijing is still June in Greenwich.
        let now: Timestamp = "2026-06-30T16:30:00Z".parse().unwrap();
        let before = sealed_before(now, 6).unwrap();
        assert_eq!(before, "2025-12-31T16:00:00Z".parse().unwrap());
    }
}
