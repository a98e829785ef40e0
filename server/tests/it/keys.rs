//! Keys that are not where they should be, as people meet them at the command line: what
//! is lost beside a log is never made anew in silence.

use std::{fs, path::Path, process::Command};

use card_protocol::grant::MAX_ISSUERS;
use server::keys::files;
use tempfile::TempDir;
use test_support::{
    database::{TestDatabase, on_both},
    service::{LegalPersonClient, TestServer, begin},
};

on_both!(
    a_lost_key_of_a_log_is_not_made_anew,
    a_folder_from_before_is_completed
);

/// The program over a data folder: exit status, and what it said.
fn run(folder: &Path, url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let config = folder.join("config.toml");
    fs::write(config, "origins = [\"http://127.0.0.1:1\"]\n").unwrap();
    let output = Command::new("timeout")
        .args(["60", env!("CARGO_BIN_EXE_server"), "--data"])
        .arg(folder)
        .args(["--database-url", url])
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

async fn a_lost_key_of_a_log_is_not_made_anew(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let operator = server.operator("0001").await;
    let act = client.legal.act(&client.browser, operator.card, "freeze");
    act.await.good();
    let folder = server.folder.path().to_owned();
    // Its last events get their places.
    let another = server.another().await;
    another.stop().await;
    let keys = folder.join("keys");
    for name in ["log.key", "witness.key"] {
        let path = keys.join(name);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let serve: &[&str] = &["serve", "--listen", "127.0.0.1:0"];
        for (arguments, says) in [
            (serve, "server init-keys --missing"),
            (&["admin", "token"], "is missing"),
            (&["init-keys"], "keys are never overwritten"),
            (&["init-keys", "--missing"], "is lost, not missing"),
        ] {
            let (status, said) = run(&folder, &server.url, arguments);
            assert_eq!(status, Some(1), "{name} {arguments:?}: {said}");
            assert!(said.contains(says) && said.contains("key"), "{said}");
            assert!(!path.exists(), "{name} {arguments:?}");
        }
        // Only the witness's loss can be owned.
        let (status, said) = run(
            &folder,
            &server.url,
            &["init-keys", "--missing", "--new-witness-key"],
        );
        let is_witness = name == "witness.key";
        assert_eq!(status == Some(0), is_witness, "{said}");
        assert_eq!(path.exists(), is_witness, "{said}");
        fs::write(&path, kept).unwrap();
        let rights = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, rights).unwrap();
    }
    // Where the database was lost, the witness file says that there was a log.
    fs::remove_file(keys.join("witness.key")).unwrap();
    fs::write(folder.join("witness.jsonl"), "{}\n").unwrap();
    let (status, said) = run(&folder, &server.url, &["init-keys", "--missing"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("is lost, not missing"), "{said}");
    // A new key does not go on with the old one's file.
    let owned = ["init-keys", "--missing", "--new-witness-key"];
    let (status, said) = run(&folder, &server.url, &owned);
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("witness.jsonl") && said.contains("name a new file in audit.witness"),
        "{said}"
    );
    assert!(!keys.join("witness.key").exists());
    fs::rename(
        folder.join("witness.jsonl"),
        folder.join("witness-of-before.jsonl"),
    )
    .unwrap();
    let (status, said) = run(&folder, &server.url, &owned);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("start each server anew"), "{said}");
}

async fn a_folder_from_before_is_completed(database: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    files::create(&keys, "测试CA", begin()).unwrap();
    let complete = |url: &str| run(folder.path(), url, &["init-keys", "--missing"]);
    let (status, said) = complete(&database.url);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("no key is missing"), "{said}");
    for name in ["enrol.key.pem", "log.key", "witness.key"] {
        fs::remove_file(keys.join(name)).unwrap();
    }
    // Whether there is a log has to be seen.
    let nowhere = if database.is_sqlite() {
        "sqlite:/nowhere/at/all.db"
    } else {
        "postgres://ic_card@127.0.0.1:1/nothing"
    };
    let (status, said) = complete(nowhere);
    assert_eq!(status, Some(1), "{said}");
    assert!(!keys.join("enrol.key.pem").exists() && !keys.join("log.key").exists());
    let (status, said) = complete(&database.url);
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("enrol.key.pem, log.key, witness.key"),
        "{said}"
    );
    files::load(&keys).unwrap();
}

/// A bridge would serve no page of such a server.
#[test]
fn more_cas_than_a_bridge_takes_are_refused_at_the_start() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    files::create(&keys, "测试CA", begin()).unwrap();
    let trusted = keys.join("ca.cert.pem");
    let own = fs::read_to_string(&trusted).unwrap();
    // The same key with many certificates is one.
    fs::write(&trusted, own.repeat(70)).unwrap();
    files::load(&keys).unwrap();
    let mut all = own;
    for number in 0..MAX_ISSUERS {
        let other = folder.path().join(number.to_string());
        files::create(&other, "其他CA", begin()).unwrap();
        all += &fs::read_to_string(other.join("ca.cert.pem")).unwrap();
    }
    fs::write(&trusted, all).unwrap();
    let refused = files::load(&keys).unwrap_err().to_string();
    assert!(refused.contains("65 keys of CAs"), "{refused}");
}
