//! How long an operation waits: for a card that another program has, and for a card that
//! does not answer.

use std::{sync::Arc, time::Duration};

use card_protocol::CardError;
use tokio::time::{Instant, sleep};

use crate::{hub::Hub, operation::cancel::CancelToken};

/// How long another program may keep a card to itself before the page is told.
const WAIT_FOR_CARD: Duration = Duration::from_secs(10);
/// How long a card may take for one answer, of whatever key it makes or however long its
/// holder takes to touch it (15 s with security keys).
const MUTE: Duration = Duration::from_secs(20);
/// How long it may take once somebody wants an end.
const AFTER_CANCEL: Duration = Duration::from_secs(2);
/// How often it is looked whether an answer came.
const LISTEN: Duration = Duration::from_millis(100);

/// Ends with an operation that another program keeps from its card: it never runs.
pub(super) async fn waited_for_long(stop: &CancelToken) {
    sleep(WAIT_FOR_CARD).await;
    if !stop.abandon() {
        std::future::pending::<()>().await;
    }
}

/// Ends when a card owes an answer for too long, or for a moment since somebody wants an
/// end: nobody waits for it any more, and its reader is reset as soon as it has one.
pub(super) async fn silence(stop: &CancelToken) -> CardError {
    let mut since = Instant::now();
    let mut stopped = None;
    let mut before = None;
    loop {
        sleep(LISTEN).await;
        let now = Instant::now();
        let owed = stop.owed();
        if owed.is_none() || owed != before {
            (before, since, stopped) = (owed, now, None);
            continue;
        }
        if stop.is_stopping() {
            let stopped = *stopped.get_or_insert(now);
            if now.duration_since(stopped) >= AFTER_CANCEL {
                stop.give_up();
                return CardError::Cancelled;
            }
        }
        if now.duration_since(since) >= MUTE {
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
        sleep(MUTE).await;
    }
    if owed.is_some() && stop.owed() == owed {
        tracing::warn!(reader, "the card does not answer");
        hub.note_mute(&reader);
    }
}
