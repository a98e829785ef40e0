//! Every text has both languages, and there is none outside of `src/text/`: looked for in the
//! sources themselves, so that no text can be forgotten.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What is visible in English, and looks no different in Chinese.
fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Sources whose Chinese is no text of a page: the words that are signed and read out of what
/// was signed, and what is said where nobody could have chosen.
const BY_THEIR_NATURE: [&str; 4] = [
    "text/statement.rs",
    "text/statement/reading.rs",
    "text/errors/misdirected.rs",
    // What people type with a Chinese keyboard.
    "islands/id_number_input.rs",
];

/// The same of the development's sheet of components: names of nobody.
const EXAMPLES: &str = "text/styleguide.rs";

/// For a connection that finds no room, in both languages at once.
const BEFORE_ANY_CHOICE: &str = "连接过多，请稍后再试。 Too many connections.\\n";

/// A string literal, with what stands before it.
struct Literal {
    before: String,
    text: String,
    line: usize,
}

/// The string literals of a source, without comments and tests.
fn literals(source: &str) -> Vec<Literal> {
    let source = source
        .split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default();
    let letters: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut code) = (0, String::new());
    while let Some(&letter) = letters.get(at) {
        match letter {
            '/' if letters.get(at + 1) == Some(&'/') => {
                while letters.get(at).is_some_and(|letter| *letter != '\n') {
                    at += 1;
                }
            }
            '\'' => {
                // A letter, or a lifetime.
                let escaped = letters.get(at + 1) == Some(&'\\');
                let end = if escaped { at + 3 } else { at + 2 };
                at = if letters.get(end) == Some(&'\'') {
                    end + 1
                } else {
                    at + 1
                };
                code.push('\'');
            }
            '"' => {
                let raw = code.ends_with('r');
                let mut text = String::new();
                let mut end = at + 1;
                while let Some(&letter) = letters.get(end).filter(|letter| **letter != '"') {
                    text.push(letter);
                    end += 1;
                    if letter == '\\' && !raw {
                        text.extend(letters.get(end));
                        end += 1;
                    }
                }
                let line = letters
                    .iter()
                    .take(at)
                    .filter(|letter| **letter == '\n')
                    .count()
                    + 1;
                found.push(Literal {
                    before: code.clone(),
                    text,
                    line,
                });
                code.push_str("\"\"");
                at = end + 1;
            }
            letter => {
                if !letter.is_whitespace() {
                    code.push(letter);
                }
                at += 1;
            }
        }
    }
    found
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                sources.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources.sort();
    sources.retain(|(name, _)| !name.ends_with("tests.rs"));
    sources
}

/// The places of a format: those with names, and how many there are.
fn places(format: &str) -> (BTreeSet<String>, usize) {
    let whole = format.replace("{{", "").replace("}}", "");
    let names = whole
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next());
    let names = names.map(|name| name.split(':').next().unwrap_or_default().to_owned());
    let names: Vec<String> = names.collect();
    let count = names.len();
    let names = names.into_iter().filter(|name| !name.is_empty());
    (names.collect(), count)
}

#[test]
fn every_text_is_there_in_both_languages() {
    let mut pairs = 0;
    for (name, source) in sources() {
        let mut all = literals(&source).into_iter().peekable();
        while let Some(Literal { before, text, line }) = all.next() {
            let (is_text, is_said) = (before.ends_with("text!("), before.ends_with("say!("));
            let has_chinese = text.contains(is_chinese);
            if !is_text && !is_said {
                let is_known = BY_THEIR_NATURE.contains(&name.as_str())
                    || name == EXAMPLES
                    || text == BEFORE_ANY_CHOICE;
                assert!(!has_chinese || is_known, "src/{name}:{line}: {text}");
                continue;
            }
            assert!(name.starts_with("text/"), "src/{name}:{line}: {text}");
            let own = is_said
                && !all
                    .peek()
                    .is_some_and(|next| next.before.ends_with("\"\","));
            // With arguments of its own, literals among those may come before it.
            let english = if own {
                all.by_ref().find(|next| next.before.ends_with(';'))
            } else {
                all.next()
            };
            let english = english.unwrap().text;
            let english_has =
                english.contains(|letter: char| letter.is_ascii_alphanumeric() || letter == '{');
            // Only marks differ in some.
            assert!(!text.is_empty() && !english.is_empty(), "src/{name}:{line}");
            assert!(
                english_has || !has_chinese || text.chars().count() == 1,
                "src/{name}:{line}: {text} {english}"
            );
            assert!(
                !english.contains(is_chinese),
                "src/{name}:{line}: {english}"
            );
            let ((names, count), (english_names, english_count)) =
                (places(&text), places(&english));
            if is_said && !own {
                assert_eq!(names, english_names, "src/{name}:{line}: {text}");
                assert_eq!(count, english_count, "src/{name}:{line}: {text}");
            }
            pairs += 1;
        }
    }
    assert!(pairs > 900, "{pairs}");
}
