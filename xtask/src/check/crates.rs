//! The crates of the workspace: where each lies, and the features with which
//! all of it is compiled.

use std::path::Path;

/// A crate of the workspace.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    /// Its name in its Cargo.toml.
    pub(super) name: &'static str,
    /// Its folder, from the root.
    folder: &'static str,
    /// What is off in an ordinary build, in cargo's form.
    pub(super) features: &'static str,
    /// Whether it is compiled to wasm too.
    pub(super) is_in_pages: bool,
    /// Cargo's words for the targets that have tests inside.
    pub(super) inside: &'static [&'static str],
}

const LIBRARY: &[&str] = &["--lib"];
const PROGRAM: &[&str] = &["--bins"];
const BOTH: &[&str] = &["--lib", "--bins"];

/// All of them. A test compares this with `cargo metadata`.
pub(super) const MEMBERS: [Member; 13] = [
    member("app", "app", "ssr", true, LIBRARY),
    member("card-domain", "app/domain", "", true, LIBRARY),
    member("card-usb", "app/usb", "", true, LIBRARY),
    member("server", "server", "judges", false, BOTH),
    member("event-log", "server/event-log", "", false, BOTH),
    member("card-bridge", "card-bridge", "demo,pcsc", false, BOTH),
    member(
        "card-operations",
        "card-bridge/operations",
        "in-process",
        true,
        LIBRARY,
    ),
    member("card-protocol", "card-bridge/protocol", "", true, LIBRARY),
    member(
        "virtual-card",
        "card-bridge/virtual-card",
        "judges",
        false,
        BOTH,
    ),
    member(
        "card-bridge-windows",
        "card-bridge/windows",
        "",
        false,
        PROGRAM,
    ),
    member("xtask", "xtask", "", false, PROGRAM),
    member("demo", "xtask/demo", "", false, PROGRAM),
    member(
        "test-support",
        "xtask/test-support",
        "bridge,fuzz,http,server",
        false,
        LIBRARY,
    ),
];

/// Files outside of the crates that decide how all of them are compiled.
const FOR_ALL: [&str; 5] = [
    "Cargo.toml",
    "Cargo.lock",
    "clippy.toml",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

const fn member(
    name: &'static str,
    folder: &'static str,
    features: &'static str,
    is_in_pages: bool,
    inside: &'static [&'static str],
) -> Member {
    Member {
        name,
        folder,
        features,
        is_in_pages,
        inside,
    }
}

/// The crate with this name.
pub(super) fn named(name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|member| member.name == name)
}

/// The crates that a file belongs to: one, none, or all.
pub(super) fn owners(path: &Path) -> Vec<&'static Member> {
    if FOR_ALL.iter().any(|file| path == Path::new(file)) {
        return MEMBERS.iter().collect();
    }
    // The innermost folder is the crate's own.
    MEMBERS
        .iter()
        .filter(|member| path.starts_with(member.folder))
        .max_by_key(|member| member.folder.len())
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{files, native::cargo, process};

    fn names(path: &str) -> Vec<&'static str> {
        let owners = owners(Path::new(path));
        owners.iter().map(|member| member.name).collect()
    }

    #[test]
    fn a_file_belongs_to_the_innermost_crate() {
        assert_eq!(names("app/src/root.rs"), ["app"]);
        assert_eq!(names("app/domain/src/lib.rs"), ["card-domain"]);
        assert_eq!(names("card-bridge/protocol/src/tlv.rs"), ["card-protocol"]);
        assert_eq!(names("server/event-log/src/tree.rs"), ["event-log"]);
        assert_eq!(names("docs/audit.md"), [""; 0]);
        assert_eq!(names("application/src/lib.rs"), [""; 0]);
        assert_eq!(names("Cargo.lock").len(), MEMBERS.len());
    }

    #[test]
    fn the_list_is_that_of_cargo() {
        let metadata =
            process::read(cargo("metadata").args(["--format-version=1", "--no-deps", "--offline"]))
                .unwrap();
        let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let packages = metadata["packages"].as_array().unwrap();
        let by_cargo: BTreeSet<_> = packages
            .iter()
            .map(|package| {
                let manifest = text(&package["manifest_path"]);
                let folder = Path::new(&manifest).parent().unwrap();
                let folder = folder.strip_prefix(files::root()).unwrap();
                let folder = folder.to_str().unwrap().to_owned();
                let has = |kind: &str| {
                    let targets = package["targets"].as_array().unwrap();
                    let is = |target: &serde_json::Value| target["kind"][0] == kind;
                    targets.iter().any(is)
                };
                let library = has("lib") || has("rlib") || has("cdylib");
                (text(&package["name"]), folder, library, has("bin"))
            })
            .collect();
        let by_us: BTreeSet<_> = MEMBERS
            .iter()
            .map(|member| {
                let inside = |target| member.inside.contains(&target);
                let (name, folder) = (member.name.to_owned(), member.folder.to_owned());
                (name, folder, inside("--lib"), inside("--bins"))
            })
            .collect();
        assert_eq!(by_us, by_cargo);
    }
}
