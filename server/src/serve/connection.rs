//! What one connection is doing, as its socket, its requests and its answers note it:
//! who waits for whom, and since when.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::limits::{Limits, SLOW_ALLOWANCE, SLOWEST};

/// After so long a body or an answer that does not move may make room for others; a body
/// moves that comes at [`SLOWEST`] at least, and has no longer to be waited for.
const MOVES_NOT: Duration = Duration::from_secs(2);

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    doing: Mutex<Doing>,
    cut: Notify,
}

#[derive(Debug)]
struct Doing {
    phase: Phase,
    since: Instant,
    /// Whether a request was answered before.
    served: bool,
    /// Since when the client has not taken anything, although something is there.
    blocked: Option<Instant>,
    /// How long it was waited for with this answer, all in all, and what it took.
    waited: Duration,
    taken: u64,
    /// What came of the body, and when the last of it did.
    received: u64,
    received_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing came yet of the next request.
    Waiting,
    /// A part of its head came.
    Head,
    /// Its body is being read.
    Body,
    /// It is being answered.
    Answer,
}

/// Which limit a connection struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// The head did not come.
    Head,
    /// The answer is not taken, or too slowly.
    Write,
}

/// How gladly a connection is given up when there are too many: the first first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// It never sent a whole request.
    NeverAsked,
    /// It has nothing to do: a browser makes another one without a word.
    Idle,
    /// Its body or its answer does not move.
    Stuck,
}

impl Connection {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            doing: Mutex::new(Doing {
                phase: Phase::Waiting,
                since: now,
                served: false,
                blocked: None,
                waited: Duration::ZERO,
                taken: 0,
                received: 0,
                received_at: now,
            }),
            cut: Notify::new(),
        }
    }

    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes came.
    pub(super) fn came(&self, now: Instant) {
        let mut doing = self.doing();
        if doing.phase == Phase::Waiting {
            doing.enter(Phase::Head, now);
        }
    }

    /// A head came, and its body follows.
    pub(super) fn asked(&self, now: Instant) {
        let mut doing = self.doing();
        doing.enter(Phase::Body, now);
        (doing.received, doing.received_at) = (0, now);
    }

    /// So many bytes of the body came.
    pub(super) fn received_some(&self, bytes: usize, now: Instant) {
        let mut doing = self.doing();
        doing.received = doing.received.saturating_add(bytes as u64);
        doing.received_at = now;
    }

    /// The body was read, or nobody wants it any more.
    pub(super) fn received(&self, now: Instant) {
        let mut doing = self.doing();
        if doing.phase == Phase::Body {
            doing.enter(Phase::Answer, now);
            (doing.waited, doing.taken) = (Duration::ZERO, 0);
        }
    }

    /// The answer is out, or in the socket's hands.
    pub(super) fn answered(&self, now: Instant) {
        let mut doing = self.doing();
        doing.enter(Phase::Waiting, now);
        doing.served = true;
    }

    /// The socket takes nothing just now.
    pub(super) fn blocked(&self, now: Instant) {
        self.doing().blocked.get_or_insert(now);
    }

    /// It took so many bytes.
    pub(super) fn took(&self, bytes: usize, now: Instant) {
        let mut doing = self.doing();
        let waited = doing.waited(now);
        (doing.waited, doing.blocked) = (waited, None);
        doing.taken = doing.taken.saturating_add(bytes as u64);
    }

    /// The limit that was struck, if one was.
    pub(super) fn overdue(&self, now: Instant, limits: &Limits) -> Option<Overdue> {
        let doing = self.doing();
        let since = now.saturating_duration_since(doing.since);
        let waits_for_head = match doing.phase {
            Phase::Waiting => !doing.served,
            Phase::Head => true,
            Phase::Body | Phase::Answer => false,
        };
        if waits_for_head && since >= limits.head {
            return Some(Overdue::Head);
        }
        let blocked = doing.blocked?;
        let stalls = now.saturating_duration_since(blocked) >= limits.stall;
        let allowed = SLOW_ALLOWANCE + Duration::from_secs(doing.taken / SLOWEST);
        (stalls || doing.waited(now) >= allowed).then_some(Overdue::Write)
    }

    /// Whether it may make room, and since when it is of no use.
    pub(super) fn worth(&self, now: Instant) -> Option<(Worth, Instant)> {
        let doing = self.doing();
        let moves_not = |since: Instant| {
            (now.saturating_duration_since(since) >= MOVES_NOT).then_some((Worth::Stuck, since))
        };
        match (doing.phase, doing.blocked) {
            (_, Some(since)) => moves_not(since),
            (Phase::Waiting | Phase::Head, None) if doing.served => {
                Some((Worth::Idle, doing.since))
            }
            (Phase::Waiting | Phase::Head, None) => Some((Worth::NeverAsked, doing.since)),
            (Phase::Body, None) => {
                let allowed = MOVES_NOT + Duration::from_millis(doing.received * 1000 / SLOWEST);
                let is_slow = now.saturating_duration_since(doing.since) >= allowed;
                let silent = moves_not(doing.received_at);
                silent.or(is_slow.then_some((Worth::Stuck, doing.since)))
            }
            (Phase::Answer, None) => None,
        }
    }

    /// Ends it.
    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Waits until somebody ends it.
    pub(super) async fn is_cut(&self) {
        self.cut.notified().await;
    }
}

impl Doing {
    const fn enter(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.since = now;
    }

    /// How long the client was waited for with this answer.
    fn waited(&self, now: Instant) -> Duration {
        let since = self.blocked.unwrap_or(now);
        self.waited + now.saturating_duration_since(since)
    }
}
