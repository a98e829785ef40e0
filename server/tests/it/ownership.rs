//! What an administrator's command makes as root in the folder of a service that runs as
//! somebody else belongs to that one, who could not read it otherwise; and nothing that
//! was there is given away.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, chown, symlink},
    path::Path,
    process::Command,
};

use tempfile::TempDir;

/// Whoever runs the service here.
const SERVICE: u32 = 65_534;

/// A folder of the service; `None`, and said, where nothing can be given away.
fn service_s() -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "origins = [\"http://127.0.0.1:1\"]\n").unwrap();
    for path in [config.as_path(), folder.path()] {
        if let Err(error) = chown(path, Some(SERVICE), Some(SERVICE)) {
            eprintln!("left out, a folder can't be given away (it takes root): {error}");
            return None;
        }
    }
    Some(folder)
}

/// The program over a data folder, as root: whether it was done, and what it said.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("timeout")
        .args(["60", env!("CARGO_BIN_EXE_server"), "--data"])
        .arg(folder)
        .args(["--database-url", "sqlite:register.db"])
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn done(folder: &Path, arguments: &[&str]) {
    let (is_done, said) = run(folder, arguments);
    assert!(is_done, "{arguments:?}: {said}");
}

/// Everything in it is the service's; gives how many files that are.
fn all_is_the_service_s(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        assert_eq!(metadata.uid(), SERVICE, "{}", path.display());
        assert_eq!(metadata.gid(), SERVICE, "{}", path.display());
        count += if metadata.is_dir() {
            all_is_the_service_s(&path)
        } else {
            1
        };
    }
    count
}

#[test]
fn what_root_makes_belongs_to_who_serves() {
    let Some(here) = service_s() else { return };
    let folder = here.path();
    done(folder, &["init-keys"]);
    done(folder, &["database", "migrate"]);
    let enterprise = ["admin", "enterprise", "add", "--code", "91000000TEST000001"];
    done(
        folder,
        &[&enterprise[..], &["--name", "测试企业有限公司"]].concat(),
    );
    assert!(all_is_the_service_s(folder) > 8);
    fs::remove_file(folder.join("keys/enrol.key.pem")).unwrap();
    done(folder, &["init-keys", "--missing"]);
    all_is_the_service_s(folder);
    // A backup is whoever took it's, and what is put back is the service's.
    let backups = TempDir::new().unwrap();
    let backup = backups.path().join("backup");
    let backup = backup.to_str().unwrap();
    done(folder, &["backup", backup, "--with-keys"]);
    assert_eq!(fs::metadata(backup).unwrap().uid(), 0);
    let there = service_s().unwrap();
    done(there.path(), &["restore", backup]);
    assert!(all_is_the_service_s(there.path()) > 8);
    for path in ["register.db", "keys/master.key"] {
        let mode = fs::metadata(there.path().join(path)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
}

/// The service, or who broke into it, puts links there for root to follow.
#[test]
fn nothing_that_was_there_is_given_away() {
    let Some(here) = service_s() else { return };
    let precious = TempDir::new().unwrap();
    let file = precious.path().join("file");
    fs::write(&file, "").unwrap();
    symlink(&file, here.path().join("register.db")).unwrap();
    let keys = precious.path().join("keys");
    fs::create_dir(&keys).unwrap();
    symlink(&keys, here.path().join("keys")).unwrap();
    run(here.path(), &["database", "migrate"]);
    run(here.path(), &["init-keys"]);
    for path in [&file, &keys, &precious.path().to_owned()] {
        assert_eq!(fs::metadata(path).unwrap().uid(), 0, "{}", path.display());
    }
}
