//! The bridge's one clock. Everything else takes the time, or this, as a
//! parameter.

use std::sync::Arc;

use jiff::Timestamp;

/// What tells the time. Whether a program is still good depends on it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of the machine.
#[must_use]
pub fn system() -> Clock {
    Arc::new(now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that reads the clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
