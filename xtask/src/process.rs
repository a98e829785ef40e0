//! Runs programs: with their output on the terminal, or kept for reading.

use std::process::{Command, ExitStatus, Output, Stdio};

use crate::error::{Error, Result};

/// Runs a program on the terminal.
///
/// # Errors
/// [`Error::Start`], or [`Error::Failed`] when it doesn't end well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(start(command))?;
    judge(command, status)
}

/// What a program's end means for whoever ran it.
///
/// # Errors
/// [`Error::Failed`] when it didn't end well.
pub(crate) fn judge(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed {
        line: line(command),
        status,
    })
}

/// Runs a program and gives what it wrote to standard output, trimmed.
///
/// # Errors
/// The same as [`run`].
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let Output { status, stdout, .. } = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(start(command))?;
    judge(command, status)?;
    Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
}

/// Whether a program runs and ends well; its output is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// For `map_err` on starting a program.
pub(crate) fn start(command: &Command) -> impl FnOnce(std::io::Error) -> Error {
    let program = command.get_program().to_string_lossy().into_owned();
    move |source| Error::Start { program, source }
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
