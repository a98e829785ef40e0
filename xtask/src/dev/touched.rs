//! Which parts of the product a changed file belongs to. Cargo knows better
//! which crates are compiled; this says what need not be asked at all.

use std::{collections::BTreeSet, path::Path};

use crate::files;

/// A part of the product that is built by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The style sheet.
    Sheet,
    /// The server, which renders the pages first.
    Server,
    /// The pages' part in wasm.
    Wasm,
    /// The bridge with the software cards.
    Bridge,
}

use Part::{Bridge, Server, Sheet, Wasm};

const EVERYTHING: &[Part] = &[Server, Wasm, Bridge];

/// The longest that fits decides.
const PARTS: [(&str, &[Part]); 9] = [
    ("style", &[Sheet]),
    ("app", &[Server, Wasm]),
    ("server", &[Server]),
    ("card-bridge", &[Bridge]),
    ("card-bridge/protocol", EVERYTHING),
    ("Cargo.toml", EVERYTHING),
    ("Cargo.lock", EVERYTHING),
    (".cargo", EVERYTHING),
    ("rust-toolchain.toml", EVERYTHING),
];

/// Folders of a crate that no program is made of.
const ASIDE: [&str; 4] = ["tests", "benches", "fuzz", "packaging"];

/// What programs and pages are made of; editors write other files beside them.
const SOURCES: [&str; 6] = ["rs", "toml", "lock", "sql", "css", "svg"];

/// The parts that any of some files belong to.
pub(super) fn by(paths: &[impl AsRef<Path>]) -> BTreeSet<Part> {
    let root = files::root();
    paths
        .iter()
        .filter_map(|path| path.as_ref().strip_prefix(&root).ok())
        .flat_map(by_one)
        .copied()
        .collect()
}

/// `path` is that from the root.
fn by_one(path: &Path) -> &'static [Part] {
    let is_source = path
        .extension()
        .is_some_and(|extension| SOURCES.iter().any(|source| extension == *source));
    let is_aside = path
        .components()
        .any(|part| ASIDE.iter().any(|aside| part.as_os_str() == *aside));
    if !is_source || is_aside {
        return &[];
    }
    PARTS
        .iter()
        .filter(|(prefix, _)| path.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or(&[], |(_, parts)| parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_touches_its_parts_and_no_other() {
        let cases: [(&str, &[Part]); 13] = [
            ("style/pages/login.css", &[Sheet]),
            ("app/src/text/login.rs", &[Server, Wasm]),
            ("app/domain/src/state.rs", &[Server, Wasm]),
            ("app/src/islands/confirm.rs", &[Server, Wasm]),
            ("server/migrations/sqlite/0001.sql", &[Server]),
            ("card-bridge/src/session.rs", &[Bridge]),
            ("card-bridge/protocol/src/tlv.rs", EVERYTHING),
            ("Cargo.lock", EVERYTHING),
            ("server/tests/it/main.rs", &[]),
            ("app/src/text/login.rs~", &[]),
            ("app/src/text/.login.rs.swp", &[]),
            ("xtask/src/dev.rs", &[]),
            ("docs/audit.md", &[]),
        ];
        for (path, parts) in cases {
            assert_eq!(by_one(Path::new(path)), parts, "{path}");
        }
    }

    #[test]
    fn several_files_touch_what_each_of_them_does() {
        let root = files::root();
        let touched = by(&[root.join("style/base.css"), root.join("server/src/run.rs")]);
        assert_eq!(touched, BTreeSet::from([Sheet, Server]));
        assert!(by(&["/somewhere/else/app/src/root.rs"]).is_empty());
    }
}
