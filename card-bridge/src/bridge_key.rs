//! The bridge's own key: 32 random bytes, made at its first start and kept in its
//! state folder, for its user alone. What pages know it by follows from it
//! ([`card_protocol::acquaintance`]); it never leaves the machine, and without it no
//! program that holds a port of the bridge's passes for it (ADR 38).

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use card_protocol::acquaintance::{Acquaintance, KEY_LENGTH};
use zeroize::Zeroizing;

use crate::{origin::Origin, private_file};

/// The file within the folder.
pub const FILE: &str = "bridge.key";

/// It is wiped when dropped and never printed.
pub struct BridgeKey(Zeroizing<[u8; KEY_LENGTH]>);

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum BridgeKeyError {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

impl BridgeKey {
    /// The key of this folder, which is made if there is none. Other bridges of the
    /// same user that share the folder have the same one. What is no key, because
    /// whoever wrote it was cut off or somebody changed it, is replaced; browsers
    /// that knew the bridge by it have to forget it.
    ///
    /// # Errors
    /// [`BridgeKeyError`]
    pub fn in_folder(folder: &Path) -> Result<Self, BridgeKeyError> {
        private_file::make_folder(folder).map_err(at(folder))?;
        let path = folder.join(FILE);
        let mut file = private_file::for_writing()
            .read(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(at(&path))?;
        // Else two that start at once would make one each.
        file.lock().map_err(at(&path))?;
        keep_private(&file, &path);
        if let Some(key) = read(&mut file).map_err(at(&path))? {
            return Ok(Self(key));
        }
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        getrandom::fill(&mut *key)?;
        write(&mut file, &key).map_err(at(&path))?;
        Ok(Self(key))
    }

    /// By which the pages of this origin know the bridge again.
    #[must_use]
    pub fn acquaintance(&self, origin: &Origin) -> Acquaintance {
        Acquaintance::of(&self.0, origin.as_str())
    }
}

fn read(file: &mut File) -> io::Result<Option<Zeroizing<[u8; KEY_LENGTH]>>> {
    // One more than a key has: a longer file is none.
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_LENGTH + 1));
    file.take(KEY_LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let key = <[u8; KEY_LENGTH]>::try_from(bytes.as_slice()).ok();
    // A file system may have kept the length of what was written, and nothing else.
    let key = key.filter(|key| key.iter().any(|byte| *byte != 0));
    if key.is_none() {
        tracing::warn!("the bridge's key is none: another one is made");
    }
    Ok(key.map(Zeroizing::new))
}

fn write(file: &mut File, key: &[u8; KEY_LENGTH]) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(key)?;
    file.sync_all()
}

/// Somebody may have copied it, or opened it for others.
#[cfg(unix)]
fn keep_private(file: &File, path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let is_open = |file: &File| Ok(file.metadata()?.permissions().mode() & 0o077 != 0);
    let close = || std::fs::Permissions::from_mode(0o600);
    let outcome: io::Result<()> = is_open(file).and_then(|is_open| {
        if is_open {
            tracing::warn!(path = %path.display(), "others could read the bridge's key");
            file.set_permissions(close())?;
        }
        Ok(())
    });
    if let Err(error) = outcome {
        tracing::warn!(%error, "the bridge's key");
    }
}

/// The folder's access list is the file's.
#[cfg(not(unix))]
fn keep_private(_file: &File, _path: &Path) {}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BridgeKeyError {
    let path = path.to_owned();
    |source| BridgeKeyError::Io { path, source }
}

impl std::fmt::Debug for BridgeKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("BridgeKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    fn known(folder: &Path) -> Acquaintance {
        let key = BridgeKey::in_folder(folder).unwrap();
        key.acquaintance(&origin("https://cards.example"))
    }

    #[test]
    fn it_is_made_once_and_stays() {
        let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let folder = one.path().join("state");
        let first = known(&folder);
        assert!(known(&folder) == first);
        assert!(known(other.path()) != first);
        let key = BridgeKey::in_folder(&folder).unwrap();
        assert!(key.acquaintance(&origin("https://other.example")) != first);
        assert_eq!(format!("{key:?}"), "BridgeKey(…)");
    }

    /// Many bridges that start at the same moment have one key.
    #[test]
    fn whoever_starts_together_has_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<_> = std::thread::scope(|scope| {
            let begun: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| known(folder.path())))
                .collect();
            begun.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|two| two[0] == two[1]));
    }

    #[test]
    fn what_is_no_key_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let before = known(folder.path());
        let file = folder.path().join(FILE);
        for length in [0, 1, 31, KEY_LENGTH, 33, 5_000] {
            fs::write(&file, vec![0; length]).unwrap();
            let now = known(folder.path());
            assert!(now != before, "{length}");
            assert!(known(folder.path()) == now, "{length}");
            assert_eq!(fs::read(&file).unwrap().len(), KEY_LENGTH);
        }
    }

    #[test]
    #[cfg(unix)]
    fn it_is_for_its_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("state");
        let before = known(&folder);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = folder.join(FILE);
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(known(&folder) == before);
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn where_nothing_can_be_kept_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FILE)).unwrap();
        let error = BridgeKey::in_folder(folder.path()).unwrap_err();
        assert!(error.to_string().contains(FILE), "{error}");
    }
}
