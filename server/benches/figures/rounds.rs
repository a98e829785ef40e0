//! Floor and figure take turns, so that whatever else the machine does meets
//! both; what counts is the middle of their rounds.

use std::time::Duration;

/// What was measured in some rounds of floor and figure.
#[derive(Default)]
pub(crate) struct Rounds {
    floors: Vec<f64>,
    rates: Vec<f64>,
    ratios: Vec<f64>,
    times: Vec<Duration>,
}

impl Rounds {
    /// A round: the floor's rate, the figure's, and how long each of the
    /// figure's requests took.
    pub(crate) fn add(&mut self, floor: f64, (rate, times): (f64, Vec<Duration>)) {
        self.floors.push(floor);
        self.rates.push(rate);
        self.ratios.push(rate / floor);
        self.times.extend(times);
    }

    /// The floor's rate.
    pub(crate) fn floor(&self) -> f64 {
        median(&self.floors)
    }

    /// The figure's rate.
    pub(crate) fn rate(&self) -> f64 {
        median(&self.rates)
    }

    /// The figure's rate as a part of its floor's.
    pub(crate) fn ratio(&self) -> f64 {
        median(&self.ratios)
    }

    /// The times of all rounds.
    pub(crate) fn into_times(self) -> Vec<Duration> {
        self.times
    }
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
