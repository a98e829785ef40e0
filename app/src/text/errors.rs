//! A sentence and a next step for every error code.

use crate::api::ErrorCode;

/// What is wrong, and what to do now.
#[must_use]
pub fn sentences(_code: ErrorCode) -> (String, String) {
    (String::new(), String::new())
}
