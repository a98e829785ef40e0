//! The bridge's log: what it says on standard error, in a file of the user's. It
//! holds no PIN and nothing that passes between server and card.

use std::{
    fs::{self, OpenOptions},
    path::Path,
    process::Stdio,
};

/// With more bytes than this, a log is put aside at the next start.
const MAX: u64 = 1 << 20;

/// The file's name.
const FILE: &str = "card-bridge.log";

/// Opens the log below `%LOCALAPPDATA%`. A bridge that can have none runs all the same.
#[cfg(windows)]
pub(crate) fn open() -> Stdio {
    std::env::var_os("LOCALAPPDATA")
        .map(|folder| std::path::PathBuf::from(folder).join("card-bridge"))
        .and_then(|folder| open_in(&folder))
        .unwrap_or_else(Stdio::null)
}

fn open_in(folder: &Path) -> Option<Stdio> {
    fs::create_dir_all(folder).ok()?;
    let path = folder.join(FILE);
    if fs::metadata(&path).is_ok_and(|log| log.len() > MAX) {
        // One that can't be put aside goes on growing.
        let _ = fs::rename(&path, path.with_extension("old.log"));
    }
    let log = OpenOptions::new().create(true).append(true).open(&path);
    log.ok().map(Stdio::from)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FILE, MAX, open_in};

    #[test]
    fn a_log_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("card-bridge");
        assert!(open_in(&folder).is_some());
        let path = folder.join(FILE);
        fs::write(&path, "a line\n").unwrap();
        assert!(open_in(&folder).is_some());
        assert_eq!(fs::read_to_string(&path).unwrap(), "a line\n");
        fs::write(&path, vec![b'x'; usize::try_from(MAX).unwrap() + 1]).unwrap();
        assert!(open_in(&folder).is_some());
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert!(folder.join("card-bridge.old.log").exists());
    }
}
