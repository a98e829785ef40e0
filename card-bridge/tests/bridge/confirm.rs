//! What you see is what you sign: the bridge's own window asks, and without its
//! 确认 there is no signature. Programs that speak pinentry's protocol, and
//! zenity's, stand in for the windows.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::Duration,
};

use card_bridge::confirm::ConfirmSetting;
use card_protocol::statement::Statement;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::bridge::{BridgeFixture, CERTIFICATE, LIFE, Page};

use crate::gated_bridge::{GatedBridge, NOW, ORIGIN, PIN, READER, card, challenge, nonce, server};

/// A program in a new file.
fn program(file: &Path, script: &str) {
    std::fs::write(file, format!("#!/bin/sh\n{script}")).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// A pinentry with a window that answers CONFIRM by `answer`, and writes what it
/// was told into `log`.
fn pinentry(folder: &Path, answer: &str) -> PathBuf {
    let path = folder.join("pinentry");
    let script = format!(
        "[ \"$1\" = --version ] && echo 'pinentry-test (pinentry) 1.0' && exit\n\
         echo 'OK Pleased to meet you'\n\
         while read -r line; do\n\
           echo \"$line\" >> '{}'\n\
           case \"$line\" in CONFIRM) {answer} ;; *) echo OK ;; esac\n\
         done\n",
        folder.join("log").display()
    );
    program(&path, &script);
    path
}

const YES: &str = "echo OK";
const NO: &str = "echo 'ERR 83886194 Not confirmed <Pinentry>'";
const CANCEL: &str = "echo 'ERR 83886179 Operation cancelled <Pinentry>'";
const LATE: &str = "echo 'ERR 83886142 Timeout <Pinentry>'";
const NO_DISPLAY: &str = "echo 'ERR 83918950 Inappropriate ioctl for device <Pinentry>'";

async fn bridge(answer: &str) -> (TempDir, GatedBridge, Page) {
    let folder = tempfile::tempdir().unwrap();
    let program = pinentry(folder.path(), answer);
    let (bridge, page) = with(&program).await;
    (folder, bridge, page)
}

async fn with(program: &Path) -> (GatedBridge, Page) {
    let builder = BridgeFixture::builder().confirm(ConfirmSetting::Window, program);
    let bridge = GatedBridge::build(builder).await;
    let page = bridge.page_with_card().await;
    (bridge, page)
}

fn statement(text: &str) -> Statement {
    Statement {
        nonce: nonce(),
        text: text.to_owned(),
        structured: r#"{"act":"freeze"}"#.to_owned(),
    }
}

const TEXT: &str = "本人以企业法人身份确认：对下列操作员卡进行冻结操作。\n操作：冻结";

fn sign(text: &str, pin: Option<&str>) -> Value {
    let statement = statement(text);
    let proposal = server().signed_proposal(&statement, CERTIFICATE);
    json!({ "reader": READER, "card": card(), "statement": statement, "proposal": proposal, "pin": pin })
}

fn log(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("log")).unwrap_or_default()
}

fn count(log: &str, command: &str) -> usize {
    log.lines().filter(|line| line.starts_with(command)).count()
}

async fn login(page: &mut Page) {
    let login = json!({ "reader": READER, "card": card(), "challenge": challenge(), "pin": PIN });
    page.call("authenticate", login).await.unwrap();
}

#[tokio::test]
async fn the_window_shows_what_is_signed_and_who_wants_it() {
    let (folder, bridge, mut page) = bridge(YES).await;
    let welcome = page.call("hello", json!({ "protocol": 3 })).await.unwrap();
    assert_eq!(welcome["confirm"], "window");
    login(&mut page).await;
    assert_eq!(log(&folder), "");
    let answer = page.call("sign_statement", sign(TEXT, None)).await.unwrap();
    let signature = answer["signature"].as_str().unwrap();
    assert!(
        bridge
            .card
            .has_signed(&statement(TEXT).message(ORIGIN), signature)
    );
    let log = log(&folder);
    assert_eq!(count(&log, "CONFIRM"), 1, "{log}");
    let shown = format!(
        "SETDESC {ORIGIN} 请求用您的IC卡对以下内容签名：%0A%0A{}\n",
        TEXT.replace('\n', "%0A")
    );
    assert!(log.contains(&shown), "{log}");
    assert!(log.contains("SETOK 确认\nSETCANCEL 取消\n"), "{log}");
}

#[tokio::test]
async fn no_yes_no_signature() {
    for (answer, code) in [
        (NO, "cancelled"),
        (CANCEL, "cancelled"),
        (LATE, "cancelled"),
        // The window is closed with its program.
        ("exit 0", "cancelled"),
        (NO_DISPLAY, "reader_error"),
        ("echo nonsense", "reader_error"),
    ] {
        let (folder, _bridge, mut page) = bridge(answer).await;
        login(&mut page).await;
        let refused = page.refused("sign_statement", sign(TEXT, None)).await;
        assert_eq!(refused["code"], code, "{answer}");
        // And no PIN is tried: a wrong one costs nothing here.
        let refused = page
            .refused("sign_statement", sign(TEXT, Some("654321")))
            .await;
        assert_eq!(refused["code"], code, "{answer}");
        assert_eq!(count(&log(&folder), "CONFIRM"), 2, "asked each time");
        // It is still verified: the wrong PIN did not reach it.
        let reader = json!({ "reader": READER });
        let identity = page.call("identify", reader).await.unwrap();
        assert_eq!(identity["pin_tries"], Value::Null, "{answer}");
    }
}

#[tokio::test]
async fn where_there_is_no_window_nothing_is_signed() {
    let (_bridge, mut page) = with(Path::new("/nonexistent/pinentry")).await;
    login(&mut page).await;
    let refused = page.refused("sign_statement", sign(TEXT, None)).await;
    assert_eq!(refused["code"], "reader_error");
}

/// A window that does not show the text asks about nothing.
#[tokio::test]
async fn what_is_not_shown_is_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pinentry");
    program(
        &path,
        "echo OK\nwhile read -r line; do case \"$line\" in SETDESC*) \
         echo 'ERR 536871187 Unknown IPC command' ;; *) echo OK ;; esac done\n",
    );
    let (_bridge, mut page) = with(&path).await;
    login(&mut page).await;
    let refused = page.refused("sign_statement", sign(TEXT, None)).await;
    assert_eq!(refused["code"], "reader_error");
}

/// The card wants its PIN after the window was answered: it is not asked again,
/// not for the PIN and not for a wrong one, and then each new proposal is.
#[tokio::test]
async fn one_yes_is_for_one_proposal() {
    let (folder, bridge, mut page) = bridge(YES).await;
    for (pin, code) in [
        (None, "pin_required"),
        (Some("654321"), "wrong_pin"),
        (Some(PIN), ""),
    ] {
        let outcome = page.call("sign_statement", sign(TEXT, pin)).await;
        let refused = outcome.err().map_or(Value::Null, |(_, data)| data);
        assert_eq!(refused["code"].as_str().unwrap_or_default(), code);
    }
    assert_eq!(count(&log(&folder), "CONFIRM"), 1);
    // The same once more is asked for once more.
    page.call("sign_statement", sign(TEXT, None)).await.unwrap();
    assert_eq!(count(&log(&folder), "CONFIRM"), 2);
    page.call("sign_statement", sign("解冻", None))
        .await
        .unwrap();
    assert_eq!(count(&log(&folder), "CONFIRM"), 3);
    // Nor does a yes of one page count for another one.
    let mut twin = bridge.page().await;
    let refused = twin.refused("sign_statement", sign("解挂", None)).await;
    assert_eq!(refused["code"], "pin_required");
    page.call("sign_statement", sign("解挂", None))
        .await
        .unwrap();
    assert_eq!(count(&log(&folder), "CONFIRM"), 5);
}

#[tokio::test]
async fn nothing_hides_in_the_text() {
    let (folder, _bridge, mut page) = bridge(YES).await;
    login(&mut page).await;
    let text = "冻结\u{202e}结解\rOK\u{200b}100%<b>";
    page.call("sign_statement", sign(text, None)).await.unwrap();
    let log = log(&folder);
    let shown = "冻结〔U+202E〕结解〔U+000D〕OK〔U+200B〕100%25〔U+003C〕b>";
    assert!(log.contains(shown), "{log}");
}

/// pinentry takes a thousand bytes at once: a long text comes in several windows,
/// and each of them has its yes.
#[tokio::test]
async fn a_long_text_is_shown_whole() {
    let lines: Vec<_> = (1..=40)
        .map(|place| {
            format!("第 {place} 张：IC卡号 86000000000{place:02}，操作员编号 00{place:02}")
        })
        .collect();
    let text = lines.join("\n");
    let (folder, _bridge, mut page) = bridge(YES).await;
    login(&mut page).await;
    page.call("sign_statement", sign(&text, None))
        .await
        .unwrap();
    let log = log(&folder);
    let windows = count(&log, "CONFIRM");
    assert!(windows > 3, "{log}");
    assert_eq!(count(&log, "SETOK 下一页"), windows - 1);
    assert_eq!(count(&log, "SETOK 确认"), 1);
    for line in &lines {
        assert!(log.contains(line), "{line}");
    }
    assert!(log.lines().all(|line| line.len() <= 1000));

    // A no in the second one is a no.
    let file = folder.path().join("second");
    let answer = format!(
        "if [ -e '{0}' ]; then {NO}; else touch '{0}'; echo OK; fi",
        file.display()
    );
    let (_folder, _bridge, mut page) = bridge(&answer).await;
    login(&mut page).await;
    let refused = page.refused("sign_statement", sign(&text, None)).await;
    assert_eq!(refused["code"], "cancelled");
}

/// The window is open while the proposal's time ends.
#[tokio::test]
async fn a_yes_that_comes_too_late_signs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (opened, go) = (folder.path().join("opened"), folder.path().join("go"));
    for pipe in [&opened, &go] {
        let made = std::process::Command::new("mkfifo").arg(pipe).status();
        assert!(made.unwrap().success());
    }
    let answer = format!(
        "echo > '{}'; read -r _ < '{}'; echo OK",
        opened.display(),
        go.display()
    );
    let (_folder, bridge, mut page) = bridge(&answer).await;
    login(&mut page).await;
    let mut proposed = server().proposal(&statement(TEXT), CERTIFICATE);
    proposed.expires_at -= LIFE - 60;
    let params = json!({
        "reader": READER, "card": card(), "statement": statement(TEXT), "proposal": server().sign(&proposed)
    });
    let signing = page.send("sign_statement", params).await;
    tokio::fs::read(&opened).await.unwrap();
    bridge.clock.store(NOW + 61, Ordering::SeqCst);
    tokio::fs::write(&go, "\n").await.unwrap();
    let refused = page.answer(signing).await.unwrap_err().1;
    assert_eq!(
        refused,
        json!({ "code": "not_proposed", "reason": "expired" })
    );
}

#[tokio::test]
async fn the_page_can_take_the_window_away_and_its_end_does() {
    for closes in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let opened = folder.path().join("opened");
        let made = std::process::Command::new("mkfifo").arg(&opened).status();
        assert!(made.unwrap().success());
        let answer = format!("echo $$ > '{}'; exec sleep 600", opened.display());
        let (_folder, _bridge, mut page) = bridge(&answer).await;
        login(&mut page).await;
        let signing = page.send("sign_statement", sign(TEXT, None)).await;
        let process = tokio::fs::read_to_string(&opened).await.unwrap();
        if closes {
            page.close().await;
        } else {
            page.call("cancel", json!({})).await.unwrap();
            let refused = page.answer(signing).await.unwrap_err().1;
            assert_eq!(refused["code"], "cancelled");
        }
        let process = format!("/proc/{}", process.trim());
        let is_gone = async {
            while Path::new(&process).exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), is_gone)
            .await
            .unwrap();
    }
}

/// Before the window there is the server's word: what it did not propose is not
/// even shown.
#[tokio::test]
async fn what_was_not_proposed_is_not_shown() {
    let (folder, _bridge, mut page) = bridge(YES).await;
    login(&mut page).await;
    let mut params = sign(TEXT, None);
    params["statement"]["text"] = json!("同意转账");
    let refused = page.refused("sign_statement", params).await;
    assert_eq!(refused["code"], "not_proposed");
    assert_eq!(log(&folder), "");
}
