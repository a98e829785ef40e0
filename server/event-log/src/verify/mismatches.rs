//! What the first pass found wrong, looked at more closely: an event that
//! differs was edited, or two were swapped; one beside the log may be a copy.

use std::collections::HashMap;

use super::{Finding, Report};
use crate::{
    LogSource,
    leaf::{Leaf, LeafHasher},
    tree::Hash,
};

/// Mismatches that are compared with each other: pairs grow by the square.
const MAX_PAIRED: usize = 64;

/// Events that are read at once.
const LEAVES_BATCH: u32 = 4096;

/// Events beside the log that are looked for among all others.
const MAX_BESIDE: usize = 1000;

/// An event that is not what stands at its position.
pub(super) struct Mismatch {
    pub(super) seq: i64,
    pub(super) position: u64,
    pub(super) leaf: Hash,
}

/// What has to be looked at more closely.
pub(super) struct Mismatches {
    /// Events that differ from their leaves.
    pub(super) differing: Vec<Mismatch>,
    /// Events of the table that are not in the log.
    pub(super) beside: Vec<i64>,
}

impl Mismatches {
    /// Names what happened to each.
    pub(super) async fn name<S: LogSource + ?Sized>(
        self,
        source: &S,
        report: &mut Report,
    ) -> Result<(), S::Error> {
        let swapped = self.swapped(source).await?;
        for (number, mismatch) in self.differing.iter().enumerate() {
            match swapped
                .get(&number)
                .and_then(|other| self.differing.get(*other))
            {
                Some(other) if number < swapped.get(&number).copied().unwrap_or_default() => {
                    report.find(Finding::Swapped {
                        one: mismatch.seq,
                        other: other.seq,
                    });
                }
                Some(_) => {}
                None => report.find(Finding::Edited {
                    seq: mismatch.seq,
                    position: mismatch.position,
                }),
            }
        }
        self.copies(source, report).await
    }

    /// Pairs of mismatches of which each has what the other should have: as a
    /// whole, or all but the number.
    async fn swapped<S: LogSource + ?Sized>(
        &self,
        source: &S,
    ) -> Result<HashMap<usize, usize>, S::Error> {
        let mut pairs = HashMap::new();
        if self.differing.len() > MAX_PAIRED {
            return Ok(pairs);
        }
        let mut hasher = LeafHasher::default();
        // Of each, what it would hash to under every other's number.
        let mut alike: Vec<Vec<Hash>> = Vec::new();
        for mismatch in &self.differing {
            let event = source.leaves(mismatch.seq, mismatch.seq, 1).await?;
            let under = event.iter().next().map_or_else(Vec::new, |leaf| {
                let under = |other: &Mismatch| Leaf {
                    seq: other.seq,
                    ..leaf
                };
                let others = self.differing.iter();
                others.map(|other| hasher.hash(&under(other))).collect()
            });
            alike.push(under);
        }
        for (one, first) in self.differing.iter().enumerate() {
            for (two, second) in self.differing.iter().enumerate().skip(one + 1) {
                // `has(a, n, leaf)`: event a under the number of n is that leaf.
                let has = |event: usize, number: usize, leaf: Hash| {
                    alike.get(event).and_then(|hashes| hashes.get(number)) == Some(&leaf)
                };
                let contents = has(one, two, second.leaf) && has(two, one, first.leaf);
                let places = has(one, one, second.leaf) && has(two, two, first.leaf);
                if contents || places {
                    pairs.insert(one, two);
                    pairs.insert(two, one);
                }
            }
        }
        Ok(pairs)
    }

    /// Events beside the log that say what another one says.
    async fn copies<S: LogSource + ?Sized>(
        &self,
        source: &S,
        report: &mut Report,
    ) -> Result<(), S::Error> {
        if self.beside.is_empty() || self.beside.len() > MAX_BESIDE {
            return Ok(());
        }
        let mut hasher = LeafHasher::default();
        let mut contents: HashMap<Hash, i64> = HashMap::new();
        let mut times = std::collections::HashSet::new();
        for seq in &self.beside {
            for leaf in source.leaves(*seq, *seq, 1).await?.iter() {
                times.insert(leaf.at);
                contents.insert(hasher.hash(&Leaf { seq: 0, ..leaf }), leaf.seq);
            }
        }
        let (mut copies, mut next) = (Vec::new(), i64::MIN);
        loop {
            let leaves = source.leaves(next, i64::MAX, LEAVES_BATCH).await?;
            for leaf in leaves.iter().filter(|leaf| times.contains(&leaf.at)) {
                let content = hasher.hash(&Leaf { seq: 0, ..leaf });
                if let Some(copy) = contents.get(&content)
                    && *copy != leaf.seq
                {
                    copies.push((*copy, leaf.seq));
                }
            }
            match leaves.last_seq() {
                Some(last) if leaves.len() == LEAVES_BATCH as usize => {
                    next = last.saturating_add(1);
                }
                _ => break,
            }
        }
        for (seq, of) in copies {
            report.find(Finding::Copied { seq, of });
        }
        Ok(())
    }
}
