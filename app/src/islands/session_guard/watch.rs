//! The time that a session has left, by the service's word, and what puts its end off:
//! somebody who does something.

use leptos::{ev, prelude::*, task::spawn_local};

use super::leave::leave;
use crate::{
    api::{
        ApiError, calls,
        model::{SessionEnd, SessionTime},
    },
    islands::countdown::{Deadline, now},
    left::Left,
};

/// Milliseconds after which the service is told again that somebody is there.
const TOLD_EVERY: f64 = 20_000.0;

/// Milliseconds after which the service is asked again when the end is near: another tab may
/// have put it off.
const ASKED_EVERY: f64 = 5_000.0;

/// So many seconds before the end a person is asked, or a third of the whole time if that
/// is less.
const WARN: u32 = 60;

/// Whether it was a person, and no script.
pub(super) fn is_of_person(event: &ev::Event) -> bool {
    event.is_trusted()
}

/// The session's time. Copy it freely.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    /// When it ends.
    pub(super) deadline: RwSignal<Deadline>,
    /// What ends it then.
    end: RwSignal<SessionEnd>,
    /// Whether it waits for its card.
    pub(super) is_locked: RwSignal<bool>,
    /// So many seconds before that a person is asked.
    warn: u32,
    /// The seconds left of which a person is told; none while there is nothing to tell.
    pub(super) warned: RwSignal<Option<u32>>,
    /// Whether a person knows of an end that can't be put off.
    is_understood: StoredValue<bool>,
    /// Whether somebody did something that the service was not told of.
    is_active: StoredValue<bool>,
    /// When the service was asked last, by the browser's clock.
    asked_at: StoredValue<f64>,
}

impl Watch {
    pub(super) fn new(
        SessionTime {
            seconds,
            end,
            is_locked,
        }: SessionTime,
    ) -> Self {
        Self {
            deadline: RwSignal::new(Deadline::in_seconds(seconds)),
            end: RwSignal::new(end),
            is_locked: RwSignal::new(is_locked),
            warn: WARN.min(seconds / 3),
            warned: RwSignal::new(None),
            is_understood: StoredValue::new(false),
            is_active: StoredValue::new(false),
            asked_at: StoredValue::new(now()),
        }
    }

    /// What ends the session.
    pub(super) fn end(self) -> SessionEnd {
        self.end.get()
    }

    /// Takes note of somebody who did something. While a person is asked, only the answer
    /// counts.
    pub(super) fn note(self, is_active: bool) {
        if is_active && self.warned.with_untracked(Option::is_none) {
            self.is_active.set_value(true);
        }
    }

    /// Looks at the time.
    pub(super) fn tick(self) {
        let left = self.deadline.get_untracked().seconds_left();
        let since = now() - self.asked_at.get_value();
        let is_near = left <= self.warn;
        if self.is_active.get_value() && (is_near || since >= TOLD_EVERY) {
            return self.keep();
        }
        let is_asked = self.warned.with_untracked(Option::is_some);
        if left == 0 || (is_near && since >= ASKED_EVERY) {
            self.ask();
        }
        if is_asked {
            self.warned.set(Some(left));
        }
    }

    /// Somebody is there.
    pub(super) fn keep(self) {
        self.is_active.set_value(false);
        self.asked_at.set_value(now());
        spawn_local(async move {
            let answer = calls::keep_session().await;
            self.take(answer.map(Some));
        });
    }

    /// The end that can't be put off is known.
    pub(super) fn understood(self) {
        self.is_understood.set_value(true);
        self.warned.set(None);
    }

    /// Asks the service how long it goes on.
    pub(super) fn ask(self) {
        self.asked_at.set_value(now());
        spawn_local(async move {
            let answer = calls::session_time().await;
            self.take(answer);
        });
    }

    /// The service's word.
    pub(super) fn take(self, answer: Result<Option<SessionTime>, ApiError>) {
        if self.deadline.is_disposed() {
            return;
        }
        match answer {
            Ok(Some(time)) if time.seconds > 0 => {
                let SessionTime {
                    seconds,
                    end,
                    is_locked,
                } = time;
                self.deadline.set(Deadline::in_seconds(seconds));
                self.end.set(end);
                self.is_locked.set(is_locked);
                self.warned
                    .set(self.is_told(seconds, end).then_some(seconds));
            }
            Ok(Some(SessionTime { end, .. })) => leave(end.into()),
            Ok(None) => leave(Left::Logout),
            Err(error) if error.code.wants_login() => leave(self.why()),
            // It is over by the page's own count, whoever can be asked. Before that the
            // service is asked again.
            Err(_) => {
                if self.deadline.get_untracked().seconds_left() == 0 {
                    leave(self.end.get_untracked().into());
                }
            }
        }
    }

    /// How it ended, once the service says that it did: what was to come next, if that is
    /// near, or what nobody foresaw.
    fn why(self) -> Left {
        if self.deadline.get_untracked().seconds_left() <= self.warn {
            self.end.get_untracked().into()
        } else {
            Left::Ended
        }
    }

    /// Whether a person is to be told of this end. Of a card that is out, the dialog that
    /// asks for it tells.
    fn is_told(self, seconds: u32, end: SessionEnd) -> bool {
        seconds <= self.warn
            && match end {
                SessionEnd::Idle => true,
                SessionEnd::CardOut => false,
                SessionEnd::Whole => !self.is_understood.get_value(),
            }
    }
}
