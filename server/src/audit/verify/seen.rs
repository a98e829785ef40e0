//! Which events' numbers were seen: a bit for each.

use std::collections::BTreeSet;

/// The numbers.
#[derive(Default)]
pub(super) struct Seen {
    bits: Vec<u64>,
    /// Numbers that no sequence gives.
    odd: BTreeSet<i64>,
}

impl Seen {
    fn place(seq: i64) -> Option<(usize, u64)> {
        let seq = u64::try_from(seq).ok().filter(|seq| *seq < 1 << 36)?;
        Some((usize::try_from(seq / 64).ok()?, 1 << (seq % 64)))
    }

    /// Notes a number; whether it is new.
    pub(super) fn insert(&mut self, seq: i64) -> bool {
        let Some((word, bit)) = Self::place(seq) else {
            return self.odd.insert(seq);
        };
        if self.bits.len() <= word {
            self.bits.resize((word + 1).next_multiple_of(1024), 0);
        }
        let Some(word) = self.bits.get_mut(word) else {
            return false;
        };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Whether it was noted.
    pub(super) fn contains(&self, seq: i64) -> bool {
        match Self::place(seq) {
            Some((word, bit)) => self.bits.get(word).is_some_and(|word| word & bit != 0),
            None => self.odd.contains(&seq),
        }
    }
}
