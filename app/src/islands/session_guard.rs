//! Ends a session on its page, in whatever state that is: nobody is there, the card is not,
//! or its time is over. Before it ends a person is asked; afterwards nothing of it is shown.

mod card_out;
pub(crate) mod leave;
mod warning;
mod watch;

use card_domain::Role;
use leptos::{ev, prelude::*};

use self::{
    card_out::CardOut,
    warning::Warning,
    watch::{Watch, is_of_person},
};
use crate::{
    api::model::SessionTime,
    device::{DeviceStatus, Wanted, use_device},
    islands::tabs,
};

/// How often the time is looked at.
const TICK: std::time::Duration = std::time::Duration::from_secs(1);

/// Shows nothing while all is well.
#[island(lazy)]
pub(crate) fn SessionGuard(
    /// The card that logged in.
    signer: Wanted,
    /// Whose session it is.
    role: Role,
    /// How long it goes on from when the page came.
    time: SessionTime,
) -> impl IntoView {
    let watch = Watch::new(time);
    let device = use_device();
    Effect::new(move || {
        let noted = [
            window_event_listener(ev::pointerdown, move |event| {
                watch.note(is_of_person(&event));
            }),
            window_event_listener(ev::keydown, move |event| watch.note(is_of_person(&event))),
            window_event_listener(ev::wheel, move |event| watch.note(is_of_person(&event))),
            // The page comes into view: what another tab did is to be seen at once.
            window_event_listener(ev::visibilitychange, move |_| {
                if !document().hidden() {
                    watch.ask();
                }
            }),
            window_event_listener(ev::pageshow, move |_| watch.ask()),
        ];
        tabs::on_end(move || watch.ask());
        let timer = set_interval_with_handle(move || watch.tick(), TICK);
        on_cleanup(move || {
            for listener in noted {
                listener.remove();
            }
            // Without a timer there is nothing to stop.
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
    });
    // Cards don't move by themselves. The first ones that are seen were there before.
    Effect::new(move |before: Option<Option<Vec<(String, u64)>>>| {
        let cards = device.insertions();
        let sees = device.status.with(DeviceStatus::sees_readers);
        let before = before.flatten();
        watch.note(sees && before.is_some_and(|before| before != cards));
        sees.then_some(cards)
    });
    view! {
        <Warning watch />
        // The page of a session that waits already asks for the card itself.
        {(!time.is_locked).then(|| view! { <CardOut watch signer role /> })}
    }
}
