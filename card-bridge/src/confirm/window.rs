//! The windows that can ask. Each is a process of its own, which is killed when
//! nobody waits for its answer any more.

use std::{
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, process::Command};

use super::pages::{pages, shown};
use crate::{
    origin::Origin,
    pin_entry::dialog::{Dialog, DialogError},
};

/// The window's title.
const TITLE: &str = "IC卡签名确认";
/// 确认.
const CONFIRM: &str = "确认";
/// 取消.
const CANCEL: &str = "取消";
/// Leads to the rest of a long text.
const NEXT: &str = "下一页";
/// What zenity ends with when its person says yes.
const SAID_YES: i32 = 0;
/// What when no.
const SAID_NO: i32 = 1;
/// What when nobody answered in time.
const TIMED_OUT: i32 = 5;

/// A way to a window.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Window {
    /// A `pinentry` with a window: a long text comes in several, one after the
    /// other.
    Pinentry(PathBuf),
    /// The same, and a long text scrolls in a window of zenity's.
    PinentryOr {
        /// For what fits into one window.
        pinentry: PathBuf,
        /// For what does not.
        scrolling: PathBuf,
    },
    /// `zenity --text-info`, which scrolls.
    Zenity(PathBuf),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The program can't be run or spoken with.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It ended in a way that is no answer.
    #[error("it ended with {0}")]
    Ended(ExitStatus),
}

impl Window {
    /// Whether the person says yes. Each program gets `patience`.
    pub(super) async fn ask(
        &self,
        text: &str,
        origin: &Origin,
        patience: Duration,
    ) -> Result<bool, WindowError> {
        let pages = pages(text);
        match self {
            Self::PinentryOr { scrolling, .. } if pages.len() > 1 => {
                zenity(scrolling, text, origin, patience).await
            }
            Self::Zenity(program) => zenity(program, text, origin, patience).await,
            Self::Pinentry(program)
            | Self::PinentryOr {
                pinentry: program, ..
            } => {
                for question in questions(&pages, origin) {
                    match confirm(program, &question, patience).await {
                        Ok(()) => {}
                        Err(DialogError::Cancelled) => return Ok(false),
                        Err(DialogError::Failed(error)) => return Err(error.into()),
                    }
                }
                Ok(true)
            }
        }
    }
}

/// What one window asks.
struct Question {
    text: String,
    yes: &'static str,
}

/// A window for each page; only the last one's yes is 确认.
fn questions(pages: &[String], origin: &Origin) -> Vec<Question> {
    let last = pages.len();
    let question = |(place, page): (usize, &String)| {
        let head = match last {
            1 => heading(origin),
            _ => format!("{}（第 {place} 页，共 {last} 页）", heading(origin)),
        };
        Question {
            text: format!("{head}\n\n{page}"),
            yes: if place == last { CONFIRM } else { NEXT },
        }
    };
    (1..).zip(pages).map(question).collect()
}

/// Who wants what.
fn heading(origin: &Origin) -> String {
    format!("{origin} 请求用您的IC卡对以下内容签名：")
}

async fn confirm(
    program: &Path,
    question: &Question,
    patience: Duration,
) -> Result<(), DialogError> {
    let mut dialog = Dialog::start(program)?;
    dialog.reply().await?;
    dialog.say("SETTITLE", TITLE).await?;
    // Without the text there is nothing to say yes to.
    dialog.tell("SETDESC", &question.text).await?;
    dialog.say("SETOK", question.yes).await?;
    dialog.say("SETCANCEL", CANCEL).await?;
    let seconds = patience.as_secs().to_string();
    dialog.say("SETTIMEOUT", &seconds).await?;
    dialog.ok("CONFIRM").await
}

async fn zenity(
    program: &Path,
    text: &str,
    origin: &Origin,
    patience: Duration,
) -> Result<bool, WindowError> {
    let mut command = Command::new(program);
    command
        .args(["--text-info", "--width=640", "--height=480"])
        .arg(format!("--title={TITLE}"))
        .arg(format!("--ok-label={CONFIRM}"))
        .arg(format!("--cancel-label={CANCEL}"))
        .arg(format!("--timeout={}", patience.as_secs()));
    let text = format!("{}\n\n{}\n", heading(origin), shown(text).join("\n"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).await?;
        input.shutdown().await?;
    }
    let status = child.wait().await?;
    match status.code() {
        Some(SAID_YES) => Ok(true),
        Some(SAID_NO | TIMED_OUT) => Ok(false),
        _ => Err(WindowError::Ended(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Assuan takes lines of at most 1000 bytes, without the end of the line.
    #[test]
    fn every_question_fits_into_a_line_of_pinentrys() {
        let host = "a".repeat(63);
        let origin = format!("https://{host}.{host}.example:65535");
        let origin: Origin = origin.parse().unwrap();
        let text = format!("{}\n{}", "企%".repeat(900), "行\n".repeat(100));
        for question in questions(&pages(&text), &origin) {
            let line = format!(
                "SETDESC {}",
                crate::pin_entry::dialog::escape(&question.text)
            );
            assert!(line.len() <= 1000, "{}", line.len());
        }
    }

    #[test]
    fn only_the_last_window_confirms() {
        let origin: Origin = "https://cards.example".parse().unwrap();
        let all = questions(&pages(&"行\n".repeat(40)), &origin);
        let (last, before) = all.split_last().unwrap();
        assert!(!before.is_empty() && before.iter().all(|one| one.yes == NEXT));
        assert_eq!(last.yes, CONFIRM);
        assert!(last.text.starts_with("https://cards.example 请求"));
    }
}
