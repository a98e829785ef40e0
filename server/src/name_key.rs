//! What a name is found by: the name in the form in which names are compared, and
//! its pinyin initials, as people type them who have Latin letters only (`zwm` for
//! 张伟明).
//!
//! A letter that is read in several ways (曾 is a surname Zeng, and céng) stands for
//! each of them, so that whichever a person has in mind finds the name. Nobody's
//! name is decided by this: it only says which cards are shown.

use card_domain::written;
use pinyin::ToPinyinMulti as _;

/// Between the name and each of its readings: no query has it, so that none reaches
/// from one into the other.
const BETWEEN: char = '\u{1f}';

/// Names with more readings than this are found by the usual reading of their last
/// letters only.
const MOST_READINGS: usize = 64;

/// The key of a name.
pub(crate) fn of(name: &str) -> String {
    let mut key = written::key(name);
    for reading in readings(&written::name(name)) {
        key.push(BETWEEN);
        key.push_str(&reading);
    }
    key
}

/// The initials of a name, by each way to read it; none where it has no letter that
/// is read by pinyin. Other letters stand for themselves, and what is no letter or
/// digit is left out.
fn readings(name: &str) -> Vec<String> {
    let mut readings = vec![String::new()];
    let mut has_pinyin = false;
    for letter in name.chars() {
        let initials = initials(letter);
        has_pinyin |= !initials.is_empty();
        if initials.is_empty() {
            let plain: String = letter
                .to_lowercase()
                .filter(|one| one.is_alphanumeric())
                .collect();
            for reading in &mut readings {
                reading.push_str(&plain);
            }
            continue;
        }
        let most = MOST_READINGS / readings.len();
        let taken = initials.len().min(most.max(1));
        readings = initials
            .iter()
            .take(taken)
            .flat_map(|initial| {
                readings
                    .iter()
                    .map(move |reading| format!("{reading}{initial}"))
            })
            .collect();
    }
    if has_pinyin { readings } else { Vec::new() }
}

/// The initials of a letter, each once, the usual one first.
fn initials(letter: char) -> Vec<char> {
    let mut initials = Vec::new();
    let Some(pinyin) = letter.to_pinyin_multi() else {
        return initials;
    };
    for reading in pinyin {
        let initial = reading.plain().chars().next();
        if let Some(initial) = initial.filter(char::is_ascii_lowercase)
            && !initials.contains(&initial)
        {
            initials.push(initial);
        }
    }
    initials
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(asked: &str, name: &str) -> bool {
        of(name).contains(&written::key(asked))
    }

    #[test]
    fn a_name_is_found_by_its_parts_and_its_initials() {
        for (asked, name) in [
            ("张", "张伟明"),
            ("伟明", "张伟明"),
            ("zwm", "张伟明"),
            ("ZWM", "张伟明"),
            ("wm", "张伟明"),
            ("ｚｗ", "张伟明"),
            ("z w m", "张伟明"),
            ("abdlmmt", "阿卜杜拉·买买提"),
            ("杜拉•买", "阿卜杜拉·买买提"),
            ("lzoë", "李 Zoë"),
            ("zoë", "李 Zoë"),
            ("l", "吕绿"),
        ] {
            assert!(finds(asked, name), "{asked} {name}");
        }
        for (asked, name) in [
            ("zmw", "张伟明"),
            ("zhang", "张伟明"),
            ("明z", "张伟明"),
            ("mz", "张伟明"),
            ("zoe", "Anna"),
            ("zwm", "Anna"),
        ] {
            assert!(!finds(asked, name), "{asked} {name}");
        }
    }

    #[test]
    fn a_letter_with_several_readings_is_found_by_each() {
        for (name, by) in [
            ("曾国藩", ["zgf", "cgf"]),
            ("单雄信", ["sxx", "dxx"]),
            ("解缙", ["xj", "jj"]),
            ("仇英", ["qy", "cy"]),
            ("查良镛", ["zly", "cly"]),
            ("翟志刚", ["zzg", "dzg"]),
            ("盖叫天", ["gjt", "gjt"]),
            ("区永熙", ["oyx", "qyx"]),
            ("朴树", ["ps", "ps"]),
            ("乐毅", ["yy", "ly"]),
            ("重耳", ["ce", "ze"]),
            ("尉迟恭", ["ycg", "wcg"]),
        ] {
            for asked in by {
                assert!(finds(asked, name), "{asked} {name}");
            }
        }
    }

    #[test]
    fn the_readings_of_a_long_name_have_an_end() {
        let name = "阿卜乐解单曾仇查".repeat(8);
        let readings = readings(&name);
        assert!(readings.len() <= MOST_READINGS, "{}", readings.len());
        assert!(readings.iter().all(|reading| reading.len() == 64));
        assert_eq!(readings[0], "ablj".to_owned() + "dccc" + &readings[0][8..]);
    }

    #[test]
    fn a_name_without_chinese_letters_has_no_other_reading() {
        assert_eq!(of("Anna Smith"), "annasmith");
        assert_eq!(of(""), "");
    }

    proptest::proptest! {
        #[test]
        fn no_query_reaches_from_the_name_into_a_reading(name in "\\PC{0,12}", asked in "\\PC{1,4}") {
            let (asked, key) = (written::key(&asked), of(&name));
            proptest::prop_assert!(!asked.contains(BETWEEN));
            let found = key.split(BETWEEN).any(|part| part.contains(&asked));
            proptest::prop_assert_eq!(found, key.contains(&asked));
        }
    }
}
