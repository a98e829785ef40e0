//! One at a time for each of something, in this process: who has a turn gets no second
//! one until the first is over.

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Who has a turn just now.
#[derive(Clone, Debug)]
pub(crate) struct Turns<K: Eq + Hash>(Arc<Mutex<HashSet<K>>>);

/// Somebody's one turn; it is over when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<K: Eq + Hash> {
    whose: K,
    turns: Turns<K>,
}

impl<K: Eq + Hash> Default for Turns<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash + Copy> Turns<K> {
    /// A turn, unless there is one under way.
    pub(crate) fn take(&self, whose: K) -> Option<Turn<K>> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(whose).then(|| Turn {
            whose,
            turns: Self(self.0.clone()),
        })
    }
}

impl<K: Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        let mut taken = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.whose);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_one_turn_and_others_have_theirs() {
        let turns = Turns::default();
        let first = turns.take(1).unwrap();
        assert!(turns.take(1).is_none());
        let _other = turns.take(2).unwrap();
        drop(first);
        assert!(turns.take(1).is_some());
    }
}
