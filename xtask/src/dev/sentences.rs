//! What an open page can show before anything is compiled: a sentence of
//! `app/src/text/` whose words changed and nothing else. The page puts the new
//! words where the old ones stand; the build that follows does it for good.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::Lit;

use crate::files;

/// A sentence before and after.
pub(super) type Pair = (String, String);

/// The sources of the sentences as they were last seen.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    seen: HashMap<PathBuf, String>,
}

impl Sentences {
    /// As they are now.
    pub(super) fn read() -> Self {
        let mut sentences = Self::default();
        let mut folders = vec![folder()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            for path in entries.map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    sentences.changed(&path);
                }
            }
        }
        sentences
    }

    /// The sentences of a file that have other words now.
    pub(super) fn changed(&mut self, path: &Path) -> Vec<Pair> {
        if !path.starts_with(folder()) {
            return Vec::new();
        }
        let Ok(source) = fs::read_to_string(path) else {
            self.seen.remove(path);
            return Vec::new();
        };
        let before = self.seen.insert(path.to_owned(), source.clone());
        before.map_or_else(Vec::new, |before| difference(&before, &source))
    }
}

fn folder() -> PathBuf {
    files::root().join("app/src/text")
}

/// The string literals that differ between two sources that are otherwise the
/// same; none when they are not, or can't be read.
fn difference(before: &str, after: &str) -> Vec<Pair> {
    let (Ok(before), Ok(after)) = (before.parse(), after.parse()) else {
        return Vec::new();
    };
    let (before, after) = (leaves(before), leaves(after));
    if before.len() != after.len() {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for tokens in before.into_iter().zip(after) {
        match tokens {
            (Leaf::Text(old), Leaf::Text(new)) if old == new => {}
            // What is put together at run time stands nowhere as it is here.
            (Leaf::Text(old), Leaf::Text(new)) if !old.contains('{') && !old.is_empty() => {
                pairs.push((old, new));
            }
            (Leaf::Other(old), Leaf::Other(new)) if old == new => {}
            _ => return Vec::new(),
        }
    }
    pairs
}

enum Leaf {
    Text(String),
    Other(String),
}

/// Tokens without their groups.
fn leaves(tokens: TokenStream) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                leaves.push(Leaf::Other(format!("{:?}", group.delimiter())));
                leaves.extend(self::leaves(group.stream()));
                leaves.push(Leaf::Other("end".into()));
            }
            TokenTree::Literal(literal) => {
                let written = literal.to_string();
                leaves.push(match Lit::new(literal) {
                    Lit::Str(text) => Leaf::Text(text.value()),
                    _ => Leaf::Other(written),
                });
            }
            other => leaves.push(Leaf::Other(other.to_string())),
        }
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(before: &str, after: &str) -> Vec<Pair> {
        difference(before, after)
    }

    #[test]
    fn other_words_in_the_same_place_are_a_pair() {
        let before = r#"/// Sends it. pub const A: &str = "确定"; pub const B: &str = "取消";"#;
        let before = before.replace("it. ", "it.\n");
        let after = before.replace("取消", "放弃\\n操作");
        assert_eq!(
            pairs(&before, &after),
            [("取消".to_owned(), "放弃\n操作".to_owned())]
        );
    }

    #[test]
    fn what_is_more_than_other_words_waits_for_the_compiler() {
        let before = r#"pub const A: &str = "确定"; pub const N: u8 = 1;"#;
        assert_eq!(pairs(before, &before.replace("确定", "确定\", \"是")), []);
        assert_eq!(
            pairs(before, &before.replace("= 1", "= 2").replace("确定", "是")),
            []
        );
        assert_eq!(pairs(before, &before.replace("A:", "C:")), []);
        assert_eq!(pairs(before, "pub const A: &str = \"确"), []);
        let before = r#"fn days(n: u8) -> String { format!("还有 {n} 天") }"#;
        assert_eq!(pairs(before, &before.replace("还有", "尚有")), []);
    }
}
