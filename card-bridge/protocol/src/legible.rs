//! Which names may stand in what a person signs, and how a window shows it: what
//! is shown reads as it is written. A right-to-left override or an invisible letter changes what the eye
//! reads and not what is signed, so such names are refused when they are
//! registered; one that was registered before is shown with its marks named.

use std::{borrow::Cow, fmt::Write as _};

use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Letters and marks that show nothing although they are of no category of format:
/// what of `Default_Ignorable_Code_Point` (Unicode 16.0, `DerivedCoreProperties.txt`)
/// is not in `Cf`, and the braille blank.
const SHOWN_AS_NOTHING: [(char, char); 10] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2065}', '\u{2065}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a text reads as it is written: in Unicode's normal form C, without
/// control and format characters (bidirectional controls and zero-width characters
/// among them), without separators of lines and paragraphs, and without letters
/// that show nothing.
#[must_use]
pub fn is_legible(text: &str) -> bool {
    is_nfc(text) && text.chars().all(is_shown)
}

/// The text with whatever does not read as it is written named by its number.
#[must_use]
pub fn legible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_shown(letter) {
            shown.push(letter);
        } else {
            let _infallible = write!(shown, "〔U+{:04X}〕", u32::from(letter));
        }
    }
    Cow::Owned(shown)
}

fn is_shown(letter: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    let is_nothing = SHOWN_AS_NOTHING
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&letter));
    let category = letter.general_category();
    !is_nothing
        && !matches!(
            category,
            Control | Format | LineSeparator | ParagraphSeparator
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_enterprises_are_legible() {
        for name in [
            "王明",
            "阿卜杜拉·买买提",
            "𠮷田 太郎",
            "Zoë O’Neill-Ågren",
            "演示企业（北京）有限公司",
            "ｶﾞ",
            "محمد",
        ] {
            assert!(is_legible(name), "{name}");
            assert_eq!(legible(name), name);
        }
    }

    #[test]
    fn what_changes_how_a_text_reads_is_not() {
        for mark in [
            '\u{0}',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202b}',
            '\u{202c}',
            '\u{202d}',
            '\u{202e}',
            '\u{2060}',
            '\u{2061}',
            '\u{2066}',
            '\u{2067}',
            '\u{2068}',
            '\u{2069}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0020}',
            '\u{e0100}',
        ] {
            let name = format!("王{mark}明");
            assert!(!is_legible(&name), "{:x}", u32::from(mark));
            let shown = legible(&name);
            assert!(shown.contains("〔U+"), "{shown}");
            assert!(shown.chars().all(is_shown), "{shown}");
        }
        // Not in normal form C: a letter and its mark apart, a compatibility
        // ideograph that looks like another one.
        for name in ["Zoe\u{308}", "\u{f9d1}", "\u{212b}"] {
            assert!(!is_legible(name), "{name}");
        }
    }
}
