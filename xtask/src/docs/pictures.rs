//! The pictures of `ARCHITECTURE.md`, each drawn from the text beside it.

use std::{fs, process::Command};

use crate::{
    console,
    error::{Error, Result},
    files, process,
};

/// Where texts and pictures are.
const FOLDER: &str = "docs/images";

/// Draws each text anew with Graphviz.
///
/// # Errors
/// When Graphviz is not there, or can't read one.
pub(super) fn draw() -> Result<()> {
    let folder = files::root().join(FOLDER);
    for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
        let text = entry.map_err(Error::file(&folder))?.path();
        if text.extension().is_none_or(|extension| extension != "dot") {
            continue;
        }
        let picture = text.with_extension("svg");
        process::run(
            Command::new("dot")
                .arg("-Tsvg")
                .arg(&text)
                .arg("-o")
                .arg(&picture),
        )?;
        console::result(&format!("drew {}", picture.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::native::cargo;

    /// From, to, and whether it is only optional or only for tests.
    type Edge = (String, String, bool);

    /// The edges of the text: one a line, dashed ones after the line that says so.
    fn drawn() -> BTreeSet<Edge> {
        let text = files::read_text(&files::root().join(FOLDER).join("crates.dot")).unwrap();
        let mut dashed = false;
        let mut edges = BTreeSet::new();
        for line in text.lines().map(str::trim) {
            if line.starts_with("edge [") && line.contains("style=") {
                dashed = line.contains("dashed");
            }
            let parts: Vec<_> = line.split('"').collect();
            if let ["", from, " -> ", to, ";"] = parts[..] {
                edges.insert((from.to_owned(), to.to_owned(), dashed));
            }
        }
        edges
    }

    fn by_cargo() -> BTreeSet<Edge> {
        let arguments = ["--format-version=1", "--no-deps", "--offline"];
        let metadata = process::read(cargo("metadata").args(arguments)).unwrap();
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let ours: BTreeSet<_> = packages.iter().map(|one| text(&one["name"])).collect();
        let mut edges = BTreeSet::new();
        for package in packages {
            let from = text(&package["name"]);
            for dependency in package["dependencies"].as_array().unwrap() {
                let to = text(&dependency["name"]);
                if to == from || !ours.contains(&to) {
                    continue;
                }
                let dashed = dependency["optional"] == true || !dependency["kind"].is_null();
                // What is an ordinary dependency too is drawn as one.
                if !dashed {
                    edges.remove(&(from.clone(), to.clone(), true));
                }
                if !edges.contains(&(from.clone(), to.clone(), false)) {
                    edges.insert((from.clone(), to, dashed));
                }
            }
        }
        edges
    }

    #[test]
    fn the_picture_has_the_edges_of_cargo() {
        assert_eq!(drawn(), by_cargo());
    }

    #[test]
    fn each_picture_is_drawn_from_its_text() {
        let folder = files::root().join(FOLDER);
        let picture = files::read_text(&folder.join("crates.svg")).unwrap();
        for (from, to, _) in drawn() {
            let title = format!("<title>{from}&#45;&gt;{to}</title>").replace('-', "&#45;");
            assert!(picture.contains(&title), "cargo xtask docs: {from} -> {to}");
        }
    }
}
