//! `card-bridge-pinentry`: the window for a PIN on Windows, and the question that
//! only a person at this machine can answer. It speaks the protocol of `GnuPG`'s
//! pinentry over standard input and output, so that the bridge has one way to ask
//! on every system, and the PIN's memory goes with a process of its own.
//!
//! Why not the system's dialog for credentials (`CredUIPromptForWindowsCredentials`):
//! it asks for a user's name, offers other ways to log in to Windows, hands the
//! secret through the credential providers that are installed, and knows no PIN
//! that is typed twice.
#![cfg_attr(windows, windows_subsystem = "windows")]

#[cfg(any(windows, test))]
mod conversation;
#[cfg(any(windows, test))]
mod request;
#[cfg(any(windows, test))]
mod template;
#[cfg(windows)]
mod window;

use std::process::ExitCode;

/// Speaks until the bridge says BYE or is gone.
#[cfg(windows)]
fn main() -> ExitCode {
    use std::{
        fs::File,
        io::{self, Write as _},
        os::windows::io::AsHandle as _,
    };

    // What pinentry says first of all: the bridge asks whether it has windows.
    if std::env::args().nth(1).as_deref() == Some("--version") {
        let said = writeln!(
            io::stdout(),
            "card-bridge-pinentry {}",
            env!("CARGO_PKG_VERSION")
        );
        return said.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    // Not `io::stdout` itself: its buffer would keep a PIN.
    let output = io::stdout().as_handle().try_clone_to_owned();
    let held = output.map(File::from).and_then(|mut output| {
        conversation::hold(io::stdin().lock(), &mut output, &mut window::Desk)
    });
    match held {
        Ok(()) => ExitCode::SUCCESS,
        Err(_gone) => ExitCode::FAILURE,
    }
}

/// Says that this is no program for this system.
#[cfg(not(windows))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
