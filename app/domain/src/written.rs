//! One normal form for what people write: IC卡号, 证件编号, names and PINs come from
//! input methods, spreadsheets and documents, which put full-width digits, other
//! middle dots, other spaces and characters that show nothing into them. What is
//! registered, asked for and shown is compared in this form. What was signed is
//! never put into it: a statement says what it said.

#[cfg(feature = "normal-forms")]
mod name;

#[cfg(feature = "normal-forms")]
pub use name::{key, name};

/// Characters that show nothing and join nothing, by first and last.
const INVISIBLE: [(char, char); 14] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{e0000}', '\u{e0fff}'),
];

fn is_invisible(letter: char) -> bool {
    INVISIBLE
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&letter))
}

/// The ASCII character of a full-width one; every other one as it is.
fn narrow(letter: char) -> char {
    // They stand in the same order, this far apart (U+FF01 is `!`).
    const APART: u32 = 0xfee0;
    if ('\u{ff01}'..='\u{ff5e}').contains(&letter) {
        char::from_u32(u32::from(letter) - APART).unwrap_or(letter)
    } else {
        letter
    }
}

/// The hyphens that people and programs put between groups of digits.
const fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Full-width characters narrow, no spaces, nothing invisible.
fn narrowed(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|letter| !letter.is_whitespace() && !is_invisible(*letter))
        .map(narrow)
}

/// A number as it counts: full-width digits and letters narrow, without spaces,
/// hyphens and what shows nothing. Whether it is a number is another question.
#[must_use]
pub fn number(text: &str) -> String {
    narrowed(text)
        .filter(|letter| !is_hyphen(*letter))
        .collect()
}

/// A code, in which a hyphen counts: 操作员编号, 统一社会信用代码.
#[must_use]
pub fn code(text: &str) -> String {
    let plain = |letter| if is_hyphen(letter) { '-' } else { letter };
    narrowed(text).map(plain).collect()
}

/// A PIN as it counts. Nothing that was typed on purpose is taken out of it.
#[must_use]
pub fn pin(text: &str) -> String {
    narrowed(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for text in [
            "8930000000067",
            "８９３００００００００６７",
            "8930 0000 00067",
            " 8930-0000-00067\t",
            "\u{feff}8930\u{200b}000000067\u{3000}",
            "８９３０－００００－０００６７",
            "8930—0000–00067",
        ] {
            assert_eq!(number(text), "8930000000067", "{text}");
        }
        assert_eq!(
            number("１１０１０１１９９００３０７００１ｘ"),
            "11010119900307001x"
        );
    }

    #[test]
    fn a_code_keeps_its_hyphens_and_a_pin_all_that_was_typed() {
        assert_eq!(code(" Ａ\u{2013}００１\u{200b} "), "A-001");
        assert_eq!(pin("２５８０３６"), "258036");
        assert_eq!(pin("258 036\t"), "258036");
        assert_eq!(pin("258-036"), "258-036");
        // What no card takes is not made into what one does.
        assert_eq!(pin("٢٥٨٠٣٦"), "٢٥٨٠٣٦");
    }

    #[test]
    fn nothing_else_is_changed() {
        assert_eq!(number("12\u{0}3"), "12\u{0}3");
        assert_eq!(number("张三%_\\"), "张三%_\\");
    }

    proptest::proptest! {
        #[test]
        fn each_form_is_its_own_form(text in "\\PC{0,24}") {
            for form in [number, code, pin] {
                let once = form(&text);
                proptest::prop_assert_eq!(form(&once), once);
            }
        }

        #[test]
        fn a_number_survives_what_is_put_between(
            digits in "[0-9]{1,18}",
            between in proptest::collection::vec("[ \\-\t\u{3000}\u{a0}\u{200b}\u{feff}\u{2060}－–]{0,3}", 18),
            wide in proptest::collection::vec(proptest::bool::ANY, 18),
        ) {
            let mut written = String::new();
            for ((digit, between), wide) in digits.chars().zip(&between).zip(&wide) {
                written.push_str(between);
                let digit = if *wide { char::from_u32(u32::from(digit) + 0xfee0).unwrap() } else { digit };
                written.push(digit);
            }
            proptest::prop_assert_eq!(number(&written), digits);
        }
    }
}
