//! Which events wait for their place in the log: what an alarm looks at when
//! the sequencer stands still, or is not there at all.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::storage::{SqlStore, StoreError};

/// Events without a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// How many, counted up to a limit.
    pub(crate) count: u32,
    /// The number of the first of them.
    pub(crate) first: Option<i64>,
    /// When that one happened.
    pub(crate) oldest: Option<Timestamp>,
}

/// Looks for those that wait, `most` of them. An event that gets its place
/// meanwhile may be among them.
pub(crate) async fn look(store: &SqlStore, most: u32) -> Result<Waiting, StoreError> {
    let settled = store.log_head().await?.settled;
    let placed: BTreeSet<i64> = store
        .leaf_tiles_after(settled)
        .await?
        .into_iter()
        .flat_map(|leaves| leaves.seqs)
        .collect();
    let limit = most.saturating_add(u32::try_from(placed.len()).unwrap_or(u32::MAX));
    let mut numbers = store.event_numbers(settled + 1, limit).await?;
    numbers.retain(|seq| !placed.contains(seq));
    let oldest = match numbers.first() {
        Some(first) => store.events_between(*first, *first, 1).await?.pop(),
        None => None,
    };
    Ok(Waiting {
        count: u32::try_from(numbers.len()).unwrap_or(u32::MAX).min(most),
        first: numbers.first().copied(),
        oldest: oldest.map(|event| event.at),
    })
}
