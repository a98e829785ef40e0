//! Runs programs: with their output on the terminal, or kept for reading.

use std::process::{Command, ExitStatus, Output, Stdio};

use crate::{
    error::{Error, Result},
    processes::{self, Children},
};

/// Runs a program on the terminal. Ctrl-C ends it with all that it started.
///
/// # Errors
/// [`Error::Start`], [`Error::Failed`] when it doesn't end well, or
/// [`Error::Interrupted`].
pub(crate) fn run(command: &mut Command) -> Result<()> {
    Children::new()?.run("the program", command)
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

/// Runs a program and gives what it wrote to standard output, without
/// the end of the last line.
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
    Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned())
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

/// The command as one would type it, without what binds it to us.
pub(crate) fn line(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
    let line = parts.join(" ");
    let bound = processes::BOUND.join(" ") + " ";
    line.strip_prefix(&bound)
        .map_or(line.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = processes::bound("cargo");
        assert_eq!(line(command.arg("test")), "cargo test");
        assert_eq!(line(Command::new("dot").arg("-Tsvg")), "dot -Tsvg");
    }

    #[test]
    fn what_a_program_says_keeps_its_first_space() {
        let mut command = Command::new("printf");
        assert_eq!(read(command.arg(" M app\n")).unwrap(), " M app");
    }
}
