//! A running `pinentry` of `GnuPG`, which asks for a PIN or for a yes.

use std::{io, path::Path, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
};
use zeroize::Zeroizing;

pub(crate) use super::assuan::escape;
use super::assuan::{Reply, parse};

/// Why a dialog gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialogError {
    /// The person said no, or nothing in time.
    #[error("cancelled")]
    Cancelled,
    /// There is no dialog, or none that does what is asked.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// The dialog. It is gone when this is dropped.
pub(crate) struct Dialog {
    /// Killed when the dialog is dropped.
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Dialog {
    /// Starts the program.
    pub(crate) fn start(program: &Path) -> Result<Self, DialogError> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let no_pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        let input = child.stdin.take().ok_or_else(no_pipe)?;
        let output = child.stdout.take().ok_or_else(no_pipe)?;
        Ok(Self {
            _child: child,
            input,
            output: BufReader::new(output),
        })
    }

    /// Sets something about the dialog. An old pinentry may not know it.
    pub(crate) async fn say(&mut self, command: &str, text: &str) -> Result<(), DialogError> {
        self.command(&format!("{command} {}", escape(text))).await?;
        self.line().await.map(drop)
    }

    /// Sets something about the dialog that it is nothing without.
    pub(crate) async fn tell(&mut self, command: &str, text: &str) -> Result<(), DialogError> {
        self.ok(&format!("{command} {}", escape(text))).await
    }

    /// Has a command carried out.
    pub(crate) async fn ok(&mut self, line: &str) -> Result<(), DialogError> {
        self.command(line).await?;
        while self.reply().await? != Reply::Ok {}
        Ok(())
    }

    /// Sends a command; its replies follow.
    pub(crate) async fn command(&mut self, line: &str) -> Result<(), DialogError> {
        self.input.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.input.flush().await?)
    }

    /// The next line, unless it says that there is no answer.
    pub(crate) async fn reply(&mut self) -> Result<Reply, DialogError> {
        match self.line().await? {
            Reply::Error(code) if is_no(code) => Err(DialogError::Cancelled),
            Reply::Error(code) => {
                let error = format!("pinentry says error {code}");
                Err(io::Error::other(error).into())
            }
            reply => Ok(reply),
        }
    }

    async fn line(&mut self) -> Result<Reply, DialogError> {
        let mut line = Zeroizing::new(String::with_capacity(1024));
        if self.output.read_line(&mut line).await? == 0 {
            // The window was closed with its program.
            return Err(DialogError::Cancelled);
        }
        let line = line.trim_end_matches(['\r', '\n']);
        parse(line).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData).into())
    }
}

/// Whether an error of libgpg-error is a person's no, or no answer in time:
/// `TIMEOUT`, `CANCELED`, `NOT_CONFIRMED`, `FULLY_CANCELED`. The source of the
/// error stands in the upper half of the code.
const fn is_no(code: u32) -> bool {
    matches!(code & 0xFFFF, 62 | 99 | 114 | 198)
}
