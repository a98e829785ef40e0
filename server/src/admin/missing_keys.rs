//! The keys that a folder from before has not. A key of the log is made only where
//! there is no log: beside one it is not missing but lost, and with another key it does
//! not go on.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{
    config::Config,
    keys::files::{self, Addition, KeyFileError},
    storage::{self, OpenError, StoreError},
};

/// The tables have a log since this version of them.
const FIRST_WITH_A_LOG: i64 = 3;

/// Why no key was made.
#[derive(Debug, Error)]
pub enum MissingKeyError {
    /// The folder is no good.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// Whether there is a log can't be said.
    #[error("whether there is a log already can't be seen")]
    Open(#[from] OpenError),
    /// The same.
    #[error("whether there is a log already can't be seen")]
    Store(#[from] StoreError),
    /// The same.
    #[error("the witness file can't be read")]
    Witness(#[source] io::Error),
    /// There is a log, which another key can't go on with.
    #[error(
        "log.key is lost, not missing: there is a log that it signed, and no other key goes on \
         with it. Bring it back from the keys' backup; nothing was made"
    )]
    LogKeyLost,
    /// There is a log, whose witness file another key can't go on with.
    #[error(
        "witness.key is lost, not missing: there is a log that it witnessed. Bring it back from \
         the keys' backup. If there is none: keep the witness file and its public key as they \
         are, name a new file in audit.witness, and say --new-witness-key. Nothing was made"
    )]
    WitnessKeyLost,
    /// The new key would sign the old key's file on.
    #[error(
        "{} was signed with the witness key that is lost: keep it as it is, with that key's \
         public key, and name a new file in audit.witness; then --new-witness-key again. Nothing \
         was made", .0.display()
    )]
    OldWitnessFile(PathBuf),
}

/// Makes the keys that are missing, and says which. Nothing is made where one of them
/// is lost; of the witness's its loss can be owned (`new_witness_key`).
///
/// # Errors
///
/// [`MissingKeyError`]
pub async fn complete_keys(
    config: &Config,
    new_witness_key: bool,
) -> Result<Vec<Addition>, MissingKeyError> {
    let missing = files::missing(&config.keys)?;
    let of_the_log = [Addition::Log, Addition::Witness];
    if missing.iter().any(|key| of_the_log.contains(key)) && has_log(config).await? {
        if missing.contains(&Addition::Log) {
            return Err(MissingKeyError::LogKeyLost);
        }
        if !new_witness_key {
            return Err(MissingKeyError::WitnessKeyLost);
        }
        if let Some(witness) = &config.audit.witness
            && has_lines(witness).map_err(MissingKeyError::Witness)?
        {
            return Err(MissingKeyError::OldWitnessFile(witness.clone()));
        }
    }
    files::create_missing(&config.keys, &missing)?;
    Ok(missing)
}

/// Whether anything was signed yet: in the database, or by the witness file.
async fn has_log(config: &Config) -> Result<bool, MissingKeyError> {
    if let Some(witness) = &config.audit.witness
        && has_lines(witness).map_err(MissingKeyError::Witness)?
    {
        return Ok(true);
    }
    let store = match storage::open_to_read(&config.database).await {
        Err(OpenError::OtherVersion { found, .. }) if found < FIRST_WITH_A_LOG => return Ok(false),
        store => store?,
    };
    let checkpoint = store.newest_checkpoint().await;
    store.close().await;
    Ok(checkpoint?.is_some())
}

fn has_lines(path: &Path) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        metadata => metadata.map(|metadata| metadata.len() > 0),
    }
}
