//! Times as whole microseconds since 1970, for serde. It says in its own words
//! what is out of range: `jiff`'s message would bring all of its formatting
//! into the browser.

use jiff::Timestamp;
use serde::{Deserialize as _, Deserializer, Serializer};

/// Writes a time.
///
/// # Errors
///
/// Those of the serializer.
pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(time.as_microsecond())
}

/// Reads a time.
///
/// # Errors
///
/// When it is no integer, or outside of the years −9999 to 9999.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    time(i64::deserialize(deserializer)?)
}

fn time<E: serde::de::Error>(micros: i64) -> Result<Timestamp, E> {
    Timestamp::from_microsecond(micros).map_err(|_out_of_range| E::custom("a time out of range"))
}

/// The same for a time that may be absent.
pub mod optional {
    use super::{Deserializer, Serializer, Timestamp, time};
    use serde::Deserialize as _;

    /// Writes a time, or nothing.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_some(&time.as_microsecond()),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a time, or nothing.
    ///
    /// # Errors
    ///
    /// When it is no integer, or outside of the years −9999 to 9999.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Option::<i64>::deserialize(deserializer)?
            .map(time)
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Times {
        #[serde(with = "super")]
        at: Timestamp,
        #[serde(with = "super::optional")]
        then: Option<Timestamp>,
    }

    #[test]
    fn times_are_read_as_they_were_written() {
        let at = Timestamp::from_microsecond(1_795_340_600_123_456).unwrap();
        for then in [None, Some(Timestamp::UNIX_EPOCH)] {
            let times = Times { at, then };
            let text = serde_json::to_string(&times).unwrap();
            assert!(text.starts_with(r#"{"at":1795340600123456,"#), "{text}");
            assert_eq!(serde_json::from_str::<Times>(&text).unwrap(), times);
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for text in [
            r#"{"at":9223372036854775807,"then":null}"#,
            r#"{"at":"2026-11-22","then":null}"#,
            r#"{"at":0,"then":9223372036854775807}"#,
        ] {
            assert!(serde_json::from_str::<Times>(text).is_err(), "{text}");
        }
    }
}
