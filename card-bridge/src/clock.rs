//! The bridge's one clock. Everything else takes the time, or this, as a
//! parameter.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use card_operations::moment::Moment;
use jiff::Timestamp;
use tokio::time::Instant;

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

/// When the steady clock of this process began to be read.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// This moment, by the clock that nobody sets and by `clock`.
#[must_use]
pub fn moment(clock: &Clock) -> Moment {
    Moment {
        steady: BEGAN.elapsed(),
        wall: clock(),
    }
}

/// When that is, of what [`Moment::steady`] counts.
pub(crate) fn instant(steady: Duration) -> Instant {
    *BEGAN + steady
}
