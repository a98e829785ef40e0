//! A command that root types in the folder of a service that runs as somebody else goes on
//! as that one: what it makes is the service's, and what the service may not touch stays
//! as it is, whichever links the service, or who broke into it, put there.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink},
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
    // A backup is whoever took it's.
    let backups = TempDir::new().unwrap();
    let backup = backups.path().join("backup");
    let backup = backup.to_str().unwrap();
    done(folder, &["backup", backup, "--with-keys"]);
    assert_eq!(fs::metadata(backup).unwrap().uid(), 0);
    // It is put back by the service's user, who has to be given it for that.
    let there = service_s().unwrap();
    let (is_done, said) = run(there.path(), &["restore", backup]);
    assert!(!is_done, "{said}");
    assert!(said.contains("as user 65534"), "{said}");
    assert!(said.contains("Permission denied"), "{said}");
    give_all(backups.path());
    done(there.path(), &["restore", backup]);
    assert!(all_is_the_service_s(there.path()) > 8);
    for path in ["register.db", "keys/master.key"] {
        let mode = fs::metadata(there.path().join(path)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
}

/// Gives a folder and all in it to the service.
fn give_all(folder: &Path) {
    chown(folder, Some(SERVICE), Some(SERVICE)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            give_all(&path);
        } else {
            chown(path, Some(SERVICE), Some(SERVICE)).unwrap();
        }
    }
}

/// The service, or who broke into it, has root's commands led elsewhere: by links, and by
/// what it writes into its configuration.
#[test]
fn nothing_that_is_not_the_service_s_is_touched() {
    let Some(here) = service_s() else { return };
    let precious = TempDir::new().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    fs::set_permissions(precious.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let file = precious.path().join("file");
    fs::write(&file, "").unwrap();
    symlink(&file, here.path().join("register.db")).unwrap();
    let keys = precious.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    symlink(&keys, here.path().join("keys")).unwrap();
    let refused = |arguments: &[&str]| {
        let (is_done, said) = run(here.path(), arguments);
        assert!(!is_done, "{arguments:?}: {said}");
    };
    refused(&["database", "migrate"]);
    refused(&["init-keys"]);
    fs::remove_file(here.path().join("keys")).unwrap();
    let config = format!("origins = [\"http://127.0.0.1:1\"]\nkeys = {keys:?}\n");
    fs::write(here.path().join("config.toml"), config).unwrap();
    refused(&["init-keys"]);
    for path in [&file, &keys, &precious.path().to_owned()] {
        assert_eq!(fs::metadata(path).unwrap().uid(), 0, "{}", path.display());
    }
    assert_eq!(mode(&keys), 0o755);
    assert_eq!(fs::read_dir(&keys).unwrap().count(), 0);
    assert_eq!(fs::metadata(&file).unwrap().len(), 0);
}
