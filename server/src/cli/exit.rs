//! The exit status of the commands that check something: 0 all is good, 1 something was
//! found, 2 it could not be done.

use std::{error::Error, process::ExitCode};

/// Something was found.
const FOUND: u8 = 1;

/// It could not be done.
const NOT_DONE: u8 = 2;

/// What a check came to.
pub(super) fn found(is_good: bool) -> ExitCode {
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND)
    }
}

/// Says why it could not be done.
pub(super) fn not_done(error: &dyn Error) -> ExitCode {
    super::complain(error);
    ExitCode::from(NOT_DONE)
}
