//! Which events' numbers were seen: a bit for each, in pages that are there
//! once something of them was seen.

use std::collections::BTreeMap;

/// Words of a page.
const WORDS: usize = 1024;

/// The pages, by the number of the page.
#[derive(Default)]
pub(super) struct SeqBitmap(BTreeMap<u64, Box<[u64; WORDS]>>);

/// The page of a number, its word there and its bit in it.
fn place(seq: i64) -> (u64, usize, u64) {
    let number = seq.cast_unsigned();
    let word = usize::try_from(number / 64 % WORDS as u64).unwrap_or_default();
    (number / 64 / WORDS as u64, word, 1 << (number % 64))
}

impl SeqBitmap {
    /// Notes a number; whether it is new.
    pub(super) fn insert(&mut self, seq: i64) -> bool {
        let (page, word, bit) = place(seq);
        let page = self.0.entry(page).or_insert_with(|| Box::new([0; WORDS]));
        let Some(word) = page.get_mut(word) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether it was noted.
    pub(super) fn contains(&self, seq: i64) -> bool {
        let (page, word, bit) = place(seq);
        let word = self.0.get(&page).and_then(|page| page.get(word));
        word.is_some_and(|word| word & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::SeqBitmap;

    #[test]
    fn each_number_is_new_once_wherever_it_lies() {
        let mut seqs = SeqBitmap::default();
        let numbers = [
            i64::MIN,
            -65_537,
            -65_536,
            -1,
            0,
            1,
            63,
            64,
            65_535,
            65_536,
            i64::MAX,
        ];
        for number in numbers {
            assert!(!seqs.contains(number), "{number}");
            assert!(seqs.insert(number), "{number}");
            assert!(!seqs.insert(number), "{number}");
        }
        assert!(numbers.iter().all(|number| seqs.contains(*number)));
        assert!(!seqs.contains(2));
    }
}
