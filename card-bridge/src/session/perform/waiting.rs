//! How long an operation waits: for a card that another program has, and for a card that
//! does not answer.

use std::{sync::Arc, time::Duration};

use card_protocol::CardError;
use tokio::time::{Instant, sleep};

use crate::{
    hub::Hub,
    operation::{cancel::CancelToken, held::Need},
};

/// How long another program may keep a card to itself before the page is told.
const WAIT_FOR_CARD: Duration = Duration::from_secs(10);

/// How long a card's answers are waited for.
pub(super) struct Patience {
    /// For one answer, of whatever key it makes or however long its holder takes to touch
    /// it (15 s with security keys).
    mute: Duration,
    /// Once somebody wants an end.
    after_cancel: Duration,
    /// How often it is looked whether an answer came.
    listen: Duration,
}

/// That of everybody.
pub(super) const PATIENCE: Patience = Patience {
    mute: Duration::from_secs(20),
    after_cancel: Duration::from_secs(2),
    listen: Duration::from_millis(100),
};

/// Ends with an operation that another program keeps from its card: it never runs.
pub(super) async fn waited_for_long(stop: &CancelToken) {
    sleep(WAIT_FOR_CARD).await;
    if !stop.abandon() {
        std::future::pending::<()>().await;
    }
}

/// Ends when a card owes an answer for too long, or for a moment since somebody wants an
/// end: nobody waits for it any more, and its reader is reset as soon as it has one. A look
/// at a card, which nobody asked for, has that time for all its answers.
pub(super) async fn silence(stop: &CancelToken, need: Need, patience: &Patience) -> CardError {
    let mut since = Instant::now();
    let mut stopped = None;
    let mut before = None;
    let mut first = None;
    loop {
        sleep(patience.listen).await;
        let now = Instant::now();
        let owed = stop.owed();
        if owed.is_some() && need == Need::Look {
            let first = *first.get_or_insert(now);
            if now.duration_since(first) >= patience.mute {
                stop.give_up();
                return CardError::CardMute;
            }
        }
        if owed.is_none() || owed != before {
            (before, since, stopped) = (owed, now, None);
            continue;
        }
        if stop.is_stopping() {
            let stopped = *stopped.get_or_insert(now);
            if now.duration_since(stopped) >= patience.after_cancel {
                stop.give_up();
                // Whether the PIN was compared, and how, nobody knows.
                return if stop.owes_for_pin() {
                    CardError::CardMute
                } else {
                    CardError::Cancelled
                };
            }
        }
        if now.duration_since(since) >= patience.mute {
            stop.give_up();
            return CardError::CardMute;
        }
    }
}

/// Who else wants that card shall hear that it does not answer, once that is certain.
pub(super) async fn note_mute(
    hub: Arc<Hub>,
    reader: String,
    stop: Arc<CancelToken>,
    is_certain: bool,
) {
    let owed = stop.owed();
    if !is_certain {
        sleep(PATIENCE.mute).await;
    }
    if owed.is_some() && stop.owed() == owed {
        tracing::warn!(reader, "the card does not answer");
        hub.note_mute(&reader);
    }
}

#[cfg(test)]
mod tests {
    use card_operations::access::Progress as _;
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Patience = Patience {
        mute: Duration::from_millis(400),
        after_cancel: Duration::from_millis(40),
        listen: Duration::from_millis(2),
    };

    /// A card that answers each command, and takes its time.
    async fn answers_slowly(stop: &CancelToken) {
        loop {
            stop.exchanged();
            sleep(PATIENCE.mute / 4).await;
            stop.exchanged();
            sleep(PATIENCE.listen * 5).await;
        }
    }

    #[tokio::test]
    async fn a_look_has_its_time_for_all_answers_and_what_a_person_wants_for_each() {
        for (need, expected) in [
            (Need::Look, Some(CardError::CardMute)),
            (Need::Turn, None),
            (Need::Pin, None),
        ] {
            let stop = CancelToken::default();
            stop.begin().unwrap();
            let ended = tokio::select! {
                ended = timeout(PATIENCE.mute * 3, silence(&stop, need, &PATIENCE)) => ended.ok(),
                () = answers_slowly(&stop) => None,
            };
            assert_eq!(ended, expected, "{need:?}");
            assert_eq!(stop.is_given_up(), expected.is_some(), "{need:?}");
        }
    }

    #[tokio::test]
    async fn nobody_says_that_nothing_was_done_while_a_pin_is_on_its_way() {
        for (has_pin, expected) in [(false, CardError::Cancelled), (true, CardError::CardMute)] {
            let stop = CancelToken::default();
            stop.begin().unwrap();
            stop.carries_pin(has_pin);
            stop.exchanged();
            stop.stop();
            assert_eq!(silence(&stop, Need::Pin, &PATIENCE).await, expected);
        }
    }
}
