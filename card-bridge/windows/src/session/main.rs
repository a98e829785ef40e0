//! `card-bridge-session`: what a user unit is on Linux. The user's session starts
//! it (the key `Run` of the registry); it starts the bridge without a console,
//! starts it again when it ends, keeps its log, and ends it when the installer or
//! the session's end closes its window, which nobody sees. When it is killed, the
//! bridge ends by itself: its standard input does.
#![cfg_attr(windows, windows_subsystem = "windows")]

#[cfg(any(windows, test))]
mod keeper;
#[cfg(any(windows, test))]
mod log;
#[cfg(windows)]
mod window;

use std::process::ExitCode;

/// Keeps the bridge until the session ends.
#[cfg(windows)]
fn main() -> ExitCode {
    match keep() {
        Ok(()) => ExitCode::SUCCESS,
        // Without a console there is nobody to tell but who looks at this.
        Err(_untold) => ExitCode::FAILURE,
    }
}

#[cfg(windows)]
fn keep() -> std::io::Result<()> {
    use std::{os::windows::process::CommandExt as _, process::Command, sync::mpsc, thread};

    /// `CREATE_NO_WINDOW`: the bridge is a program of the console and gets none.
    const NO_WINDOW: u32 = 0x0800_0000;

    let Some(_only) = window::Only::in_session()? else {
        return Ok(());
    };
    let window = window::Window::open()?;
    let program = std::env::current_exe()?.with_file_name("card-bridge.exe");
    let (tell, events) = mpsc::channel();
    let told = tell.clone();
    let keeper = thread::spawn(move || {
        let start = || {
            let mut bridge = Command::new(&program);
            bridge
                .args(["run", "--until-input-ends"])
                .args(std::env::args_os().skip(1))
                .creation_flags(NO_WINDOW)
                .stderr(log::open());
            keeper::start(&mut bridge, &told)
        };
        keeper::keep(start, &events, &keeper::PAUSES);
    });
    window.wait_until_closed();
    // A keeper that is gone has ended the bridge.
    let _ = tell.send(keeper::Event::Stop);
    let _ = keeper.join();
    Ok(())
}

/// Says that this is no program for this system.
#[cfg(not(windows))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}
