//! How long something took, beside the time that the card took for it.

use std::time::Duration;

/// What is aimed at.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// So many times the card's time.
    Ratio(f64),
    /// The card's time and so many milliseconds.
    Above(u32),
}

/// Some rounds: the whole time, and the card's part of it.
#[derive(Default)]
pub(crate) struct Times(Vec<(Duration, Duration)>);

impl Times {
    /// One more round.
    pub(crate) fn add(&mut self, whole: Duration, card: Duration) {
        self.0.push((whole, card));
    }

    /// Prints the round in the middle, by what was added to the card's time.
    pub(crate) fn print(mut self, what: &str, goal: Goal) {
        self.0
            .sort_by_key(|(whole, card)| whole.saturating_sub(*card));
        let (whole, card) = self.0[self.0.len() / 2];
        let (whole, card) = (1e3 * whole.as_secs_f64(), 1e3 * card.as_secs_f64());
        let (goal, met) = match goal {
            Goal::Ratio(most) => (format!("{most:.2} ×"), whole <= most * card),
            Goal::Above(most) => (format!("+ {most} ms"), whole <= card + f64::from(most)),
        };
        println!(
            "{what:<6}{whole:>7.1} ms, of it the card {card:>7.1} ms: {:.2} ×, + {:.1} ms  \
             (goal {goal})  {}",
            whole / card,
            whole - card,
            if met { "met" } else { "MISSED" },
        );
    }
}
