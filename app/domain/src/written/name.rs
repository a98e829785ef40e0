//! Names of people. It takes the tables of Unicode, which a page has no use for.

use unicode_normalization::UnicodeNormalization as _;

use super::is_invisible;

/// The middle dot of transliterated names, as 公安 registers it.
const MIDDLE_DOT: char = '·';

/// What input methods, fonts and documents have in its place. Most of them are no
/// other form of it to Unicode.
const fn is_middle_dot(letter: char) -> bool {
    matches!(
        letter,
        MIDDLE_DOT
            | '\u{387}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22c5}'
            | '\u{2e31}'
            | '\u{30fb}'
            | '\u{318d}'
            | '\u{ff65}'
    )
}

const fn plain_dot(letter: char) -> char {
    if is_middle_dot(letter) {
        MIDDLE_DOT
    } else {
        letter
    }
}

/// A name as it is registered and shown: Unicode's normal form KC, one kind of
/// middle dot, one space where there were several. What shows nothing stays in it,
/// so that whoever registers such a name is told (`card_protocol::legible`).
#[must_use]
pub fn name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    // A dot that the normal form makes of something else is one of ours, too.
    for letter in text.chars().map(plain_dot).nfkc().map(plain_dot) {
        let letter = if letter == '\t' { ' ' } else { letter };
        if letter != ' ' || !(name.is_empty() || name.ends_with(' ')) {
            name.push(letter);
        }
    }
    if name.ends_with(' ') {
        name.pop();
    }
    name
}

/// What two names have in common that only were written differently: the form in
/// which a part of a name is looked for. No spaces, no capitals, nothing invisible.
#[must_use]
pub fn key(text: &str) -> String {
    let visible = |letter: &char| !letter.is_whitespace() && !is_invisible(*letter);
    let plain: String = text.chars().map(plain_dot).nfkc().filter(visible).collect();
    plain
        .to_lowercase()
        .nfkc()
        .map(plain_dot)
        .filter(visible)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_registered_in_one_form() {
        for (written, registered) in [
            ("陈晓雨", "陈晓雨"),
            ("  陈　晓雨\t", "陈 晓雨"),
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉‧买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
            ("阿卜杜拉･买买提", "阿卜杜拉·买买提"),
            ("Ｚｏｅ\u{308}   O’Neill", "Zoë O’Neill"),
            ("\u{f9d1}明", "六明"),
            // Not made legible: it is refused where it is registered.
            ("李\u{200b}四", "李\u{200b}四"),
            ("李四\u{2028}企业", "李四\u{2028}企业"),
        ] {
            assert_eq!(name(written), registered, "{written}");
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for (written, registered) in [
            ("陈 晓雨", "陈晓雨"),
            ("陈\u{200b}晓\u{feff}雨", "陈晓雨"),
            ("买买提･", "买买提·"),
            ("ＺＯË", "zoë"),
            ("O’NEILL", "O’Neill"),
        ] {
            assert_eq!(key(written), key(registered), "{written}");
        }
        assert_ne!(key("陈晓雨"), key("陈晓宇"));
    }

    proptest::proptest! {
        #[test]
        fn each_form_is_its_own_form(text in "\\PC{0,24}") {
            for form in [name, key] {
                let once = form(&text);
                proptest::prop_assert_eq!(form(&once), once);
            }
            // What is registered is found by what was typed.
            proptest::prop_assert_eq!(key(&name(&text)), key(&text));
        }
    }
}
