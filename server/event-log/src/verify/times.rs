//! Where times go back. A log is in the order in which things were done; a time that is
//! earlier than one before it is what a clock says that was put back. That breaks no
//! proof and is no finding, but it is named: whoever sets a server's clock can date what
//! is done.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::Report;

/// An event has the time at which its request began, and may be written half a minute
/// later; the clocks of two servers may be a minute apart.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// A server takes up a person's word for the clock within this.
const TAKEN_UP_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// So many are kept; further ones are counted.
const MAX_KEPT: usize = 20;

/// Where something with a time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeOf {
    /// The event with this number.
    Event(i64),
    /// The checkpoint of so many events.
    Checkpoint(u64),
}

/// A time that is earlier than one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeBack {
    /// What has the earlier time.
    pub of: TimeOf,
    /// The newest time before it.
    pub from: Timestamp,
    /// Its own time.
    pub to: Timestamp,
    /// Whether a person said then that the clock is right: an event says so.
    pub is_confirmed: bool,
}

impl fmt::Display for TimeBack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            TimeOf::Event(seq) => write!(formatter, "at event {seq}")?,
            TimeOf::Checkpoint(size) => write!(formatter, "at the checkpoint of {size} events")?,
        }
        write!(
            formatter,
            " time goes back from {} to {}",
            self.from, self.to
        )?;
        formatter.write_str(if self.is_confirmed {
            ": an administrator had confirmed the clock"
        } else {
            ""
        })
    }
}

/// What was seen of the times of one kind of thing.
#[derive(Debug, Default)]
pub(super) struct Times {
    newest: Option<Timestamp>,
    confirmed: Vec<Timestamp>,
}

impl Times {
    /// The next one.
    pub(super) fn next(&mut self, of: TimeOf, at: Timestamp, report: &mut Report) {
        let Some(newest) = self.newest else {
            self.newest = Some(at);
            return;
        };
        if newest.duration_since(at) <= MARGIN {
            self.newest = Some(newest.max(at));
            return;
        }
        self.newest = Some(at);
        if report.times_back.len() < MAX_KEPT {
            report.times_back.push(TimeBack {
                of,
                from: newest,
                to: at,
                is_confirmed: false,
            });
        } else {
            report.more_times_back += 1;
        }
    }

    /// A person said at `at` that the clock is right.
    pub(super) fn confirmed(&mut self, at: Timestamp) {
        self.confirmed.push(at);
    }

    /// Notes of all that go back, events and checkpoints, which a person had confirmed.
    pub(super) fn judge(&self, report: &mut Report) {
        for back in &mut report.times_back {
            let is_near = |at: &Timestamp| back.to.duration_since(*at).abs() <= TAKEN_UP_WITHIN;
            back.is_confirmed = self.confirmed.iter().any(is_near);
        }
    }
}
