//! The insertions of each reader, by its name: a key that was pulled and plugged in again
//! goes on counting, so that nobody takes its card for the one before.

use std::{cell::RefCell, collections::HashMap};

/// How often there was a new card in each reader.
#[derive(Debug, Default)]
pub(crate) struct Insertions(RefCell<HashMap<String, u64>>);

impl Insertions {
    /// One more.
    pub(crate) fn next(&self, reader: &str) -> u64 {
        let mut all = self.0.borrow_mut();
        let count = all.entry(reader.to_owned()).or_default();
        *count += 1;
        *count
    }
}
