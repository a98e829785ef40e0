//! The machine's own PIN dialog: a script that speaks pinentry's protocol
//! stands in for the window.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use card_bridge::reader::Disposition;
use card_protocol::{bridge::PinEntry, statement::Statement};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

use test_support::bridge::{CERTIFICATE, Page};

use crate::gated_bridge::{GatedBridge, ORIGIN, PIN, READER, card, challenge, nonce, server};

/// A program that answers GETPIN by `answer` and writes what it was told into `log`.
pub(crate) fn pinentry(folder: &Path, answer: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("pinentry");
    let log = folder.join("log");
    let script = format!(
        "#!/bin/sh\necho 'OK Pleased to meet you'\nwhile read -r line; do\n  echo \"$line\" >> '{}'\n  case \"$line\" in\n    GETPIN) {answer} ;;\n    *) echo OK ;;\n  esac\ndone\n",
        log.display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

async fn bridge(answer: &str) -> (TempDir, GatedBridge, Page) {
    let folder = tempfile::tempdir().unwrap();
    let program = pinentry(folder.path(), answer);
    let bridge = GatedBridge::with(PinEntry::Dialog, &program).await;
    let page = bridge.page_with_card().await;
    (folder, bridge, page)
}

#[tokio::test]
async fn the_pin_never_passes_the_page() {
    let (folder, _bridge, mut page) = bridge("echo 'D 123456'; echo OK").await;
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge() });
    page.call("authenticate", login).await.unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains(ORIGIN), "the dialog names the page");
    let from_page =
        json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    assert_eq!(
        page.refused("authenticate", from_page).await["code"],
        "pin_not_taken"
    );
    // While the card is verified, nothing is asked.
    std::fs::remove_file(folder.path().join("log")).unwrap();
    let statement = Statement {
        nonce: nonce(),
        text: "冻结".to_owned(),
        structured: "{}".to_owned(),
    };
    let proposal = server().signed_proposal(&statement, CERTIFICATE);
    let sign =
        json!({ "reader": READER, "card": card(), "statement": statement, "proposal": proposal });
    page.call("sign_statement", sign).await.unwrap();
    assert!(!folder.path().join("log").exists());
}

#[tokio::test]
async fn a_closed_dialog_is_a_cancellation() {
    let (_folder, _bridge, mut page) = bridge("echo 'ERR 83886179 Operation cancelled'").await;
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge() });
    assert_eq!(
        page.refused("authenticate", login).await["code"],
        "cancelled"
    );
}

#[tokio::test]
async fn the_page_can_take_the_dialog_away() {
    // The window opens, and nobody types anything.
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("opened");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let answer = format!("echo $$ > '{}'; exec sleep 600", pipe.display());
    let (_folder, _bridge, mut page) = bridge(&answer).await;
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge() });
    let login = page.send("authenticate", login).await;
    let process = tokio::fs::read_to_string(&pipe).await.unwrap();
    page.call("cancel", json!({})).await.unwrap();
    assert_eq!(page.answer(login).await.unwrap_err().1["code"], "cancelled");
    let process = format!("/proc/{}", process.trim());
    let is_gone = async {
        while Path::new(&process).exists() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), is_gone).await.unwrap();
}

#[tokio::test]
async fn without_a_dialog_it_is_said() {
    let bridge = GatedBridge::with(PinEntry::Dialog, Path::new("/nonexistent/pinentry")).await;
    let mut page = bridge.page_with_card().await;
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge() });
    assert_eq!(
        page.refused("authenticate", login).await["code"],
        "reader_error"
    );
}

/// Whoever lets go while a person is still typing keeps nothing of what comes of it.
#[tokio::test]
async fn what_is_typed_after_a_release_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("go-on");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    // The person types once somebody says so.
    let answer = format!("read -r _ < '{}'; echo 'D 123456'; echo OK", pipe.display());
    let (_folder, mut bridge, mut page) = bridge(&answer).await;
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge() });
    let login = page.send("authenticate", login).await;
    page.call("release", json!({})).await.unwrap();
    tokio::fs::write(&pipe, "\n").await.unwrap();
    page.answer(login).await.unwrap();
    let reset = timeout(Duration::from_secs(9), bridge.dispositions.recv()).await;
    assert_eq!(reset.expect("it is still held"), Some(Disposition::Reset));
    // The number of tries, and not that it is verified.
    assert_eq!(GatedBridge::tries(&mut page).await, 3);
}
