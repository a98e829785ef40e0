//! Times as people in China read them: `2026-11-22 17:43`, in Beijing time.

use card_domain::beijing::BEIJING;
use jiff::{Timestamp, civil::DateTime};

fn civil(time: Timestamp) -> DateTime {
    BEIJING.to_datetime(time)
}

/// Day and minute, for example `2026-11-22 17:43`.
#[must_use]
pub fn minute(time: Timestamp) -> String {
    let at = civil(time);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute()
    )
}

/// The same with its seconds, for example `2026-11-22 17:43:59`.
#[must_use]
pub fn second(time: Timestamp) -> String {
    format!("{}:{:02}", minute(time), civil(time).second())
}

/// The day, for example `2026-11-22`.
#[must_use]
pub fn day(time: Timestamp) -> String {
    let at = civil(time);
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_beijing_s() {
        let time: Timestamp = "2026-11-22T09:43:59Z".parse().unwrap();
        assert_eq!(minute(time), "2026-11-22 17:43");
        assert_eq!(second(time), "2026-11-22 17:43:59");
        let late: Timestamp = "2026-12-31T16:00:00Z".parse().unwrap();
        assert_eq!(day(late), "2027-01-01");
    }
}
