//! The day with which a 冻结 ends.

use app::api::ErrorCode;
use card_domain::{Action, beijing::BEIJING};
use jiff::{Timestamp, ToSpan as _, civil::Date};

/// So many days of freezing can be planned at most.
const MAX_DAYS: i64 = 3660;

/// When a freeze ends of which this is the last day in Beijing; none of one without.
pub(super) fn of_day(
    action: Action,
    day: Option<&str>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ErrorCode> {
    let Some(day) = day else {
        return Ok(None);
    };
    if action != Action::Freeze {
        return Err(ErrorCode::BadRequest);
    }
    let bad = |_date| ErrorCode::FreezeEnd;
    let day: Date = day.parse().map_err(bad)?;
    let next = day.tomorrow().map_err(bad)?;
    let until = BEIJING
        .to_timestamp(next.to_datetime(jiff::civil::Time::midnight()))
        .map_err(bad)?;
    let longest = BEIJING
        .to_datetime(now)
        .date()
        .checked_add(MAX_DAYS.days())
        .map_err(bad)?;
    if until <= now || day > longest {
        return Err(ErrorCode::FreezeEnd);
    }
    Ok(Some(until))
}

/// Whether the freeze that was signed for would still be one: between the proposal and the
/// signature its last day may have ended.
pub(super) fn is_to_come(until: Option<Timestamp>, now: Timestamp) -> Result<(), ErrorCode> {
    match until {
        Some(until) if until <= now => Err(ErrorCode::FreezeEnd),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freeze_ends_with_its_last_day_in_beijing() {
        // In Beijing it is the 6th already.
        let now = "2026-12-05T16:00:00Z".parse().unwrap();
        let of = |day| of_day(Action::Freeze, Some(day), now);
        assert_eq!(of_day(Action::Freeze, None, now), Ok(None));
        let midnight = "2026-12-06T16:00:00Z".parse().unwrap();
        assert_eq!(of("2026-12-06"), Ok(Some(midnight)));
        for bad in [
            "2026-12-05",
            "2026-02-30",
            "",
            "tomorrow",
            "2037-01-01",
            "9999-12-31",
        ] {
            assert_eq!(of(bad), Err(ErrorCode::FreezeEnd), "{bad}");
        }
        for action in [Action::ReportLoss, Action::Unfreeze] {
            let of = of_day(action, Some("2026-12-06"), now);
            assert_eq!(of, Err(ErrorCode::BadRequest), "{action:?}");
        }
    }
}
