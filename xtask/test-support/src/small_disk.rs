//! A disk of a few megabytes, which a test fills to its last byte and makes room on: a
//! `tmpfs`, gone with the test whatever becomes of it.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    daemon::{is_root, run},
    database::{TestDatabase, migrated},
};

/// The disk. It is unmounted when this is dropped.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// One of so many megabytes. `None`, and said on standard error, without root, which
    /// it takes; root by whom nothing can be mounted fails.
    pub fn mount(megabytes: u32) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { folder }),
            refused => {
                assert!(!is_root(), "root can't mount a disk: {refused:?}");
                eprintln!("no disk is mounted, that takes root: what needs it is left out");
                None
            }
        }
    }

    /// A new database in a file on it.
    pub async fn database(&self) -> TestDatabase {
        let url = format!("sqlite:{}", self.path().join("register.db").display());
        TestDatabase {
            store: migrated(&url).await,
            admin_url: url.clone(),
            pooler: None,
            url,
        }
    }

    /// From now on it can be read alone.
    pub fn make_read_only(&self) {
        self.remount("ro");
    }

    /// It can be written again.
    pub fn make_writable(&self) {
        self.remount("rw");
    }

    fn remount(&self, mode: &str) {
        run(Command::new("mount")
            .args(["-o", &format!("remount,{mode}")])
            .arg(self.path()));
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Writes until nothing more can be written.
    pub fn fill(&self) {
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(self.ballast())
            .unwrap();
        for size in [64 * 1024, 4096, 1] {
            let block = vec![0; size];
            while file.write_all(&block).and_then(|()| file.flush()).is_ok() {}
        }
    }

    /// Takes away what it was filled with.
    pub fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also where a process still has a file open on it.
        let _gone = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
