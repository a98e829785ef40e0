//! Which parts of the product a changed file belongs to. Cargo knows better
//! which crates are compiled; this says what need not be asked at all.

use std::path::Path;

use crate::files;

/// The parts that a change touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// The style sheet.
    pub(super) sheet: bool,
    /// The server, which renders the pages first.
    pub(super) server: bool,
    /// The pages' part in wasm.
    pub(super) wasm: bool,
    /// Whether what lives in wasm changed for the person who looks, and the
    /// server's part alone would show only half of it.
    pub(super) islands: bool,
    /// The bridge with the software cards.
    pub(super) bridge: bool,
}

/// The longest that fits decides.
const PARTS: [(&str, Touched); 11] = [
    (
        "style",
        Touched {
            sheet: true,
            ..NOTHING
        },
    ),
    (
        "app",
        Touched {
            server: true,
            wasm: true,
            ..NOTHING
        },
    ),
    ("app/src/islands", PAGES),
    ("app/src/device", PAGES),
    (
        "server",
        Touched {
            server: true,
            ..NOTHING
        },
    ),
    (
        "card-bridge",
        Touched {
            bridge: true,
            ..NOTHING
        },
    ),
    ("card-bridge/protocol", EVERYTHING),
    ("Cargo.toml", EVERYTHING),
    ("Cargo.lock", EVERYTHING),
    (".cargo", EVERYTHING),
    ("rust-toolchain.toml", EVERYTHING),
];

const NOTHING: Touched = Touched {
    sheet: false,
    server: false,
    wasm: false,
    islands: false,
    bridge: false,
};

const PAGES: Touched = Touched {
    server: true,
    wasm: true,
    islands: true,
    ..NOTHING
};

const EVERYTHING: Touched = Touched {
    bridge: true,
    ..PAGES
};

/// Folders of a crate that no program is made of.
const ASIDE: [&str; 4] = ["tests", "benches", "fuzz", "packaging"];

/// What programs and pages are made of; editors write other files beside them.
const SOURCES: [&str; 6] = ["rs", "toml", "lock", "sql", "css", "svg"];

impl Touched {
    /// Whether there is nothing to do.
    pub(super) fn is_nothing(self) -> bool {
        self == NOTHING
    }

    /// What this and another change touched.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            sheet: self.sheet || other.sheet,
            server: self.server || other.server,
            wasm: self.wasm || other.wasm,
            islands: self.islands || other.islands,
            bridge: self.bridge || other.bridge,
        }
    }
}

/// The parts that any of some files belong to.
pub(super) fn by(paths: &[impl AsRef<Path>]) -> Touched {
    let root = files::root();
    paths
        .iter()
        .filter_map(|path| path.as_ref().strip_prefix(&root).ok())
        .map(by_one)
        .fold(NOTHING, Touched::and)
}

/// `path` is that from the root.
fn by_one(path: &Path) -> Touched {
    let is_source = path
        .extension()
        .is_some_and(|extension| SOURCES.iter().any(|source| extension == *source));
    let is_aside = path
        .components()
        .any(|part| ASIDE.iter().any(|aside| part.as_os_str() == *aside));
    if !is_source || is_aside {
        return NOTHING;
    }
    PARTS
        .iter()
        .filter(|(prefix, _)| path.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or(NOTHING, |(_, touched)| *touched)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_touches_its_part_and_no_other() {
        for (path, touched) in [
            (
                "style/pages/login.css",
                Touched {
                    sheet: true,
                    ..NOTHING
                },
            ),
            (
                "app/src/text/login.rs",
                Touched {
                    server: true,
                    wasm: true,
                    ..NOTHING
                },
            ),
            (
                "app/domain/src/state.rs",
                Touched {
                    server: true,
                    wasm: true,
                    ..NOTHING
                },
            ),
            ("app/src/islands/confirm.rs", PAGES),
            (
                "server/migrations/sqlite/0001.sql",
                Touched {
                    server: true,
                    ..NOTHING
                },
            ),
            (
                "card-bridge/src/session.rs",
                Touched {
                    bridge: true,
                    ..NOTHING
                },
            ),
            ("card-bridge/protocol/src/tlv.rs", EVERYTHING),
            ("Cargo.lock", EVERYTHING),
            ("server/tests/it/main.rs", NOTHING),
            ("app/src/text/login.rs~", NOTHING),
            ("app/src/text/.login.rs.swp", NOTHING),
            ("xtask/src/dev.rs", NOTHING),
            ("docs/audit.md", NOTHING),
        ] {
            assert_eq!(by_one(Path::new(path)), touched, "{path}");
        }
    }

    #[test]
    fn several_files_touch_what_each_of_them_does() {
        let root = files::root();
        let touched = by(&[root.join("style/base.css"), root.join("server/src/run.rs")]);
        assert_eq!(
            touched,
            Touched {
                sheet: true,
                server: true,
                ..NOTHING
            }
        );
        assert!(by(&["/somewhere/else/app/src/root.rs"]).is_nothing());
    }
}
