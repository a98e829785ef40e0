//! The table at the end: absolute figures, and each one's ratio to its floor.

use std::time::Duration;

/// Lines under headings.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    list_p50: Vec<(u32, Duration)>,
    group_ratio: Vec<(u32, f64)>,
    waits: Vec<(u32, Duration, Duration)>,
    goals: Vec<String>,
}

/// Sorted times.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Sorts them.
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that `percent` of them do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }
}

impl Report {
    /// A line of times, with the ratio of its median to `floor`'s.
    pub(crate) fn times(&mut self, what: &str, times: &Times, floor: Option<&Times>) {
        let p50 = times.percentile(50);
        let ratio = floor.map_or(String::new(), |floor| {
            let ratio = p50.as_secs_f64() / floor.percentile(50).as_secs_f64();
            format!("{ratio:>8.2} × floor")
        });
        self.lines.push(format!(
            "{what:<44} p50 {:>9.1} µs  p99 {:>9.1} µs  {ratio}",
            micros(p50),
            micros(times.percentile(99)),
        ));
    }

    /// A line of throughput, with its ratio to the floor's.
    pub(crate) fn rate(&mut self, what: &str, each_second: f64, ratio: Option<f64>) {
        let ratio = ratio.map_or(String::new(), |ratio| {
            format!("{:>6.0} % of the floor", 100.0 * ratio)
        });
        self.lines
            .push(format!("{what:<44} {each_second:>9.0} a second  {ratio}"));
    }

    /// A heading.
    pub(crate) fn heading(&mut self, text: String) {
        self.lines.push(String::new());
        self.lines.push(text);
    }

    /// Remembers the median of a list page, for the goal.
    pub(crate) fn list_median(&mut self, cards: u32, times: &Times) {
        self.list_p50.push((cards, times.percentile(50)));
    }

    /// Remembers a group commit's ratio to its floor, for the goal.
    pub(crate) fn group_commit(&mut self, cards: u32, ratio: f64) {
        self.group_ratio.push((cards, ratio));
    }

    /// Remembers how long acts waited at most, and how long the floor's commits took.
    pub(crate) fn longest_waits(&mut self, cards: u32, waited: &Times, commits: &Times) {
        self.waits
            .push((cards, waited.percentile(99), commits.percentile(50)));
    }

    /// Remembers how long acts waited at most on PostgreSQL, beside the floor's commits.
    pub(crate) fn waits_of_postgres(&mut self, waited: &Times, commits: &Times) {
        let (p99, commit) = (waited.percentile(99), commits.percentile(50));
        let ratio = p99.as_secs_f64() / commit.as_secs_f64();
        self.goals.push(format!(
            "freeze, 128 clients, PostgreSQL: p99 {:.1} ms, {ratio:.2} × the p50 of a bare commit \
             of 128 (at most 1.5)  {}",
            micros(p99) / 1e3,
            verdict(ratio <= 1.5)
        ));
    }

    /// Remembers how long a silence was felt.
    pub(crate) fn after_silence(&mut self, answers: &Times, whole: &Times) {
        for (what, times, goal) in [("the next answer", answers, 5), ("as before", whole, 10)] {
            let longest = times.percentile(100);
            self.goals.push(format!(
                "after a silence, {what}: {:.1} s at most (at most {goal})  {}",
                longest.as_secs_f64(),
                verdict(longest <= Duration::from_secs(goal))
            ));
        }
    }

    /// Prints everything, the goals last.
    pub(crate) fn print(&self) {
        for line in &self.lines {
            println!("{line}");
        }
        println!("\nGoals");
        for (cards, ratio) in &self.group_ratio {
            let met = verdict(*ratio >= 0.5);
            println!(
                "  group commit, {cards} cards: {:.0} % of the floor (at least 50 %)  {met}",
                100.0 * ratio
            );
        }
        for (cards, waited, commit) in &self.waits {
            // Who comes just after a commit has begun waits for it and the next.
            println!(
                "  freeze, 128 clients, {cards} cards: p99 {:.1} ms, {:.2} × the p50 of a bare \
                 commit of 128 (at most 1.5)  {}",
                micros(*waited) / 1e3,
                waited.as_secs_f64() / commit.as_secs_f64(),
                verdict(waited.as_secs_f64() <= 1.5 * commit.as_secs_f64()),
            );
        }
        for goal in &self.goals {
            println!("  {goal}");
        }
        if let [(few, small), (many, large)] = self.list_p50.as_slice() {
            let ratio = large.as_secs_f64() / small.as_secs_f64();
            let met = verdict(ratio <= 1.5);
            println!(
                "  list page, p50 at {many} cards: {ratio:.2} × that at {few} (at most 1.5)  {met}"
            );
        }
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
