//! The verification of a copy: that of `server audit verify`, over the files of the
//! copy.

use std::path::{Path, PathBuf};

use event_log::{
    Checkpoint,
    certificate::TrustAnchors,
    keys::PublicKeys,
    verify::{Options, Progress, Report, verify},
};

use super::{BackupError, manifest::LogState};
use crate::{
    audit::StoreLog,
    config,
    keys::files::{self, KeyFileError, KeyRing},
    storage::{SqlStore, open_to_read},
};

/// A report and what it was made against, for its text.
pub struct Verified {
    /// What was found.
    pub report: Report,
    /// Against what.
    pub options: Options,
}

/// How a copy is verified: against these files.
pub(super) fn options(
    keys: &KeyRing,
    key_folder: &Path,
    witness: Option<PathBuf>,
    archives: Vec<PathBuf>,
) -> Result<Options, BackupError> {
    let pem = files::certificates(key_folder)?;
    let pem = pem.ok_or_else(|| KeyFileError::NoKeys(key_folder.to_owned()))?;
    let anchors = TrustAnchors::from_pem(&pem).map_err(KeyFileError::from)?;
    Ok(Options {
        anchors: Some(anchors),
        witnesses: witness.into_iter().collect(),
        archives,
        ..Options::of(keys.audit.public())
    })
}

/// Verifies what a store has.
pub(super) async fn check(
    store: &SqlStore,
    options: Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verified, BackupError> {
    let report = verify(&StoreLog(store), &options, &mut |done| progress(done)).await?;
    Ok(Verified { report, options })
}

/// The same of the database at an address.
pub(super) async fn verify_at(
    database: &config::Database,
    options: Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verified, BackupError> {
    let store = open_to_read(database).await?;
    let verified = check(&store, options, progress).await;
    store.close().await;
    verified
}

/// Where the log of a store is.
pub(super) async fn log_state(
    store: &SqlStore,
    keys: &PublicKeys,
) -> Result<Option<LogState>, BackupError> {
    let note = store.newest_checkpoint().await?;
    // One that is not good is the verification's to say.
    Ok(note.and_then(|note| {
        let checkpoint = Checkpoint::open(&note, &keys.log).ok()?;
        Some(LogState {
            size: checkpoint.size,
            root: card_protocol::hex::encode(&checkpoint.root),
            at: checkpoint.at,
            note,
        })
    }))
}
