//! The Merkle log in the store, and timelines over its events.

use card_domain::{EventAct, EventOutcome, TimelineOf};
use event_log::tree::Tile;
use jiff::Timestamp;

use super::event::EventRecord;

pub use event_log::source::{LeafTile, LogHead};

/// Events that get their places.
#[derive(Clone, Debug)]
pub struct LogAppend {
    /// The size that the caller saw.
    pub before: u64,
    /// The head after it.
    pub head: LogHead,
    /// The tiles of level 0 that changed, by events.
    pub leaves: Vec<LeafTile>,
    /// The tiles that changed, by hashes.
    pub tiles: Vec<Tile>,
    /// The signed checkpoint over all of it.
    pub checkpoint: String,
}

/// Writes of events that may still commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// The highest number that was seen before `transactions` were looked for.
    pub newest: i64,
    /// Who may hold a number below it and has not committed.
    pub transactions: Vec<String>,
}

/// Events that were moved to a file, by a signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveRecord {
    /// The first number.
    pub first: i64,
    /// The last number.
    pub last: i64,
    /// What was moved where, signed by the log's key.
    pub note: String,
    /// When they were taken out of the table.
    pub removed_at: Option<Timestamp>,
}

/// What a timeline is asked for.
#[derive(Clone, Debug)]
pub struct TimelineQuery {
    /// Whose events: one card's, the legal person's, all.
    pub of: TimelineOf,
    /// Only this act.
    pub act: Option<EventAct>,
    /// Only this outcome.
    pub outcome: Option<EventOutcome>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Where the page is; the newest events when absent.
    pub cursor: Option<TimelineCursor>,
    /// Events on a page, at least 1.
    pub page_size: u32,
}

/// A place in a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineCursor {
    /// Older than this event.
    Older(i64),
    /// Newer than this event.
    Newer(i64),
}

/// A page of a timeline, the newest first.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The events of the page, the newest first.
    pub rows: Vec<EventRecord>,
    /// The page of newer ones.
    pub newer: Option<TimelineCursor>,
    /// The page of older ones.
    pub older: Option<TimelineCursor>,
    /// The search stopped at its bound before the page was full.
    pub cut_short: bool,
}
