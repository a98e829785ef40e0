//! A button that has just appeared under a finger or a held key is not meant
//! yet: the second click of a double click must not answer the next question.

use std::time::Duration;

use leptos::prelude::*;

/// Longer than people's double clicks take, shorter than reading a question.
const DELAY: Duration = Duration::from_millis(400);

/// False until what is asked has been there for a moment.
pub(super) fn use_armed() -> ReadSignal<bool> {
    let (armed, set_armed) = signal(false);
    Effect::new(move || {
        // A question that is gone by then needs no answer.
        set_timeout(
            move || {
                let _gone = set_armed.try_set(true);
            },
            DELAY,
        );
    });
    armed
}

/// The attribute `aria-disabled` of a button that is not armed yet. It keeps
/// its focus and its look.
pub(super) fn not_yet(armed: ReadSignal<bool>) -> Option<&'static str> {
    (!armed.get()).then_some("true")
}
