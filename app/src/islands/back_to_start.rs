//! The way back to the attract screen from a terminal's pages without a session: when
//! the card is taken, and when nobody touched the page for a while. At a desk there is no
//! such thing; a session's own end is not this one's.

use std::time::Duration;

use leptos::{ev, prelude::*, web_sys::js_sys::Date};

use crate::{
    device::{Device, DeviceStatus, use_device},
    terminal::start_address,
    text::{kiosk as text, operate},
};

/// So long nobody touches the page until it goes, in milliseconds.
const IDLE: f64 = 60_000.0;

/// So long before that it says so.
const WARNING: f64 = 15_000.0;

/// A page that works for somebody (a PIN on the reader's own pad, say) goes even so.
const BUSY: f64 = 180_000.0;

/// A card may be put in once more, turned around.
const CARD_OUT: Duration = Duration::from_secs(3);

const TICK: Duration = Duration::from_secs(1);

/// Watches, and says when it is about to go.
#[island(lazy)]
pub(crate) fn BackToStart(
    /// Whether the page goes when the card is taken, too.
    card_out: bool,
) -> impl IntoView {
    let device = use_device();
    let touched = StoredValue::new(0.0_f64);
    let seconds = RwSignal::new(None::<u32>);
    let taken = RwSignal::new(false);
    Effect::new(move || {
        let touch = move || {
            touched.set_value(Date::now());
            seconds.set(None);
        };
        touch();
        let pressed = window_event_listener(ev::pointerdown, move |_| touch());
        let typed = window_event_listener(ev::keydown, move |_| touch());
        let timer = set_interval_with_handle(
            move || {
                let idle = Date::now() - touched.get_value();
                let left = left(idle, is_busy());
                seconds.set(left);
                if left == Some(0) {
                    go();
                }
            },
            TICK,
        );
        on_cleanup(move || {
            pressed.remove();
            typed.remove();
            // Without a timer there is nothing to stop.
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
    Effect::new(move |had: Option<bool>| {
        if !card_out || !device.status.with(DeviceStatus::sees_readers) {
            return had.unwrap_or(false);
        }
        let has = has_card(device);
        if has {
            taken.set(false);
            touched.set_value(Date::now());
        } else if had == Some(true) {
            taken.set(true);
            set_timeout(
                move || {
                    if taken.get_untracked() {
                        go();
                    }
                },
                CARD_OUT,
            );
        }
        has
    });
    view! {
        <div class="back-to-start" role="status">
            {move || {
                if taken.get() {
                    Some(view! { <p class="back-to-start__words">{text::CARD_OUT}</p> }.into_any())
                } else {
                    seconds.get().map(|left| view! { <Warning left /> }.into_any())
                }
            }}
        </div>
    }
}

/// How long it is still, and what keeps the page: any touch does, and this says so.
#[component]
fn Warning(left: u32) -> impl IntoView {
    view! {
        <p class="back-to-start__words">
            {text::STILL_THERE} <span class="figures">{operate::minutes(left)}</span>
        </p>
        <button class="button button--primary" type="button">
            {text::STAY}
        </button>
    }
}

fn has_card(device: Device) -> bool {
    device.status.with(|status| *status == DeviceStatus::Ready)
}

/// Something of the page works with the card.
fn is_busy() -> bool {
    matches!(document().query_selector("[data-busy]"), Ok(Some(_)))
}

/// In the place of this page: nobody goes back to it.
fn go() {
    // A page that nobody sees ends no session of one that somebody does.
    if document().hidden() {
        return;
    }
    // A browser that refuses is asked again at the next tick.
    let _refused = window().location().replace(start_address());
}

/// The seconds that are left after so many milliseconds, once they are few.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is within bounds"
)]
fn left(idle: f64, busy: bool) -> Option<u32> {
    let end = if busy { BUSY } else { IDLE };
    let left = end - idle;
    (left <= WARNING).then(|| (left / 1000.0).ceil().max(0.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::left;

    #[test]
    fn it_is_said_before_it_happens_and_a_page_at_work_has_more_time() {
        assert_eq!(left(0.0, false), None);
        assert_eq!(left(44_000.0, false), None);
        assert_eq!(left(45_000.0, false), Some(15));
        assert_eq!(left(59_500.0, false), Some(1));
        assert_eq!(left(60_000.0, false), Some(0));
        // A machine that slept.
        assert_eq!(left(9e9, false), Some(0));
        assert_eq!(left(60_000.0, true), None);
        assert_eq!(left(9e9, true), Some(0));
        // A clock that was put back counts from the next touch.
        assert_eq!(left(-5000.0, false), None);
    }
}
