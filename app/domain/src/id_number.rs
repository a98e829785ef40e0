//! 证件编号, a person's ID number: personal data that is shown masked and
//! never appears in a log, a URL or an error.

use std::fmt;

use thiserror::Error;

use crate::written;

/// A normalised ID number: 6 to 20 letters and digits, upper case.
///
/// `Debug` and `Display` show the masked form; only [`IdNumber::reveal`] gives
/// the number itself.
#[derive(Clone, PartialEq, Eq)]
pub struct IdNumber(String);

/// The text is not an ID number. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an ID number has 6 to 20 letters and digits")]
pub struct InvalidIdNumber;

impl IdNumber {
    /// Normalises what a person typed ([`written::number`]); letters become upper
    /// case (a resident ID may end in `x`).
    ///
    /// # Errors
    ///
    /// [`InvalidIdNumber`] when what is left is not 6 to 20 ASCII letters and digits.
    pub fn parse(text: &str) -> Result<Self, InvalidIdNumber> {
        let normal = written::number(text).to_ascii_uppercase();
        let valid = (6..=20).contains(&normal.len())
            && normal.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if valid {
            Ok(Self(normal))
        } else {
            Err(InvalidIdNumber)
        }
    }

    /// The number itself. Whoever shows it to a person records that.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The form for screens: the first three and the last two characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let (head, rest) = self.0.split_at(3);
        let (middle, tail) = rest.split_at(rest.len() - 2);
        format!("{head}{}{tail}", "*".repeat(middle.len()))
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IdNumber({})", self.masked())
    }
}

impl fmt::Display for IdNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_masked_wherever_it_is_printed() {
        let number = IdNumber::parse(" 11010119900307001x ").unwrap();
        assert_eq!(number.reveal(), "11010119900307001X");
        assert_eq!(number.masked(), "110*************1X");
        assert_eq!(format!("{number}"), number.masked());
        assert!(!format!("{number:?}").contains("0101"));
    }

    #[test]
    fn it_is_the_same_however_it_is_written() {
        let number = IdNumber::parse("11010119900307001X");
        for text in [
            "110101 19900307 001x",
            "１１０１０１１９９００３０７００１Ｘ",
            "110101-19900307-001X\t",
            "\u{200b}11010119900307001X\u{feff}",
        ] {
            assert_eq!(IdNumber::parse(text), number, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "12345",
            "123456789012345678901",
            "张三张三张三",
            "12-456",
        ] {
            assert_eq!(IdNumber::parse(text), Err(InvalidIdNumber), "{text}");
        }
    }
}
