//! A time to come, counted down by the second. It counts from when the service
//! named it, because the clock of a terminal may be wrong.

use std::time::Duration;

use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*};

use crate::text::{Text, operate as text};

/// How often it is looked at. A page in the background is woken less often, so
/// what is left is computed each time.
const TICK: Duration = Duration::from_secs(1);

/// A moment to come, by the browser's own clock in milliseconds.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Deadline(f64);

impl Deadline {
    /// In so many seconds from now.
    pub(super) fn in_seconds(seconds: u32) -> Self {
        Self(now() + f64::from(seconds) * 1000.0)
    }

    pub(super) fn seconds_left(self) -> u32 {
        whole_seconds(self.0 - now())
    }

    /// The one of both that comes first.
    pub(super) const fn soonest(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

/// Milliseconds by the browser's clock; those that a machine slept count.
#[cfg(feature = "hydrate")]
pub(super) fn now() -> f64 {
    js_sys::Date::now()
}

/// On the server nothing is counted down: a page has the time that it comes with.
#[cfg(not(feature = "hydrate"))]
pub(super) const fn now() -> f64 {
    0.0
}

/// The time that is left, in words.
#[component]
pub(super) fn Countdown(
    /// What stands before it.
    label: Text,
    /// When nothing is left.
    deadline: Deadline,
    /// Runs once, when nothing is left.
    on_end: Callback<()>,
) -> impl IntoView {
    let left = RwSignal::new(deadline.seconds_left());
    Effect::new(move || {
        // An effect that was made and unmade in one go runs all the same, and nothing would
        // stop its timer.
        if left.is_disposed() {
            return;
        }
        let tick = move || {
            let now = deadline.seconds_left();
            if left.try_get_untracked().is_some_and(|shown| shown != now) {
                left.set(now);
                if now == 0 {
                    on_end.run(());
                }
            }
        };
        let timer: Result<IntervalHandle, _> = set_interval_with_handle(tick, TICK);
        on_cleanup(move || {
            // Without a timer there is nothing to stop.
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
    view! {
        <p class="countdown" role="timer">
            {label}" "<span class="figures">{move || text::minutes(left.get())}</span>
        </p>
    }
}

/// Whole seconds of so many milliseconds, none when they are over.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is within bounds"
)]
fn whole_seconds(milliseconds: f64) -> u32 {
    (milliseconds / 1000.0)
        .ceil()
        .clamp(0.0, f64::from(u32::MAX)) as u32
}
