//! A place in a timeline as opaque text: which side of which event.

use app::api::{ErrorCode, model::Cursor};

use crate::storage::TimelineCursor;

/// The text of a place.
pub(super) fn encode(cursor: TimelineCursor) -> Cursor {
    Cursor(match cursor {
        TimelineCursor::Older(seq) => format!("o{seq}"),
        TimelineCursor::Newer(seq) => format!("n{seq}"),
    })
}

/// The place of a text.
pub(super) fn decode(cursor: &Cursor) -> Result<TimelineCursor, ErrorCode> {
    let bad = ErrorCode::BadRequest;
    let (side, seq) = cursor.0.split_at_checked(1).ok_or(bad)?;
    let seq: i64 = seq.parse().map_err(|_number| bad)?;
    match side {
        "o" if seq >= 0 => Ok(TimelineCursor::Older(seq)),
        "n" if seq >= 0 => Ok(TimelineCursor::Newer(seq)),
        _ => Err(bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_and_nonsense_nowhere() {
        for cursor in [TimelineCursor::Older(7), TimelineCursor::Newer(i64::MAX)] {
            assert_eq!(decode(&encode(cursor)), Ok(cursor));
        }
        for text in [
            "",
            "o",
            "7",
            "o-1",
            "x7",
            "o7 ",
            "张7",
            "o99999999999999999999",
        ] {
            assert!(decode(&Cursor(String::from(text))).is_err(), "{text}");
        }
    }
}
