//! The script that loads the base loads the other parts, too, instead of importing
//! one that does: a page would wait for that one before anything lives.

use std::fmt::Write as _;

use super::split::LOADERS;
use crate::error::{Error, Result};

/// How what the loaders give to others is written.
const EXPORT: &str = "export const ";
/// How wasm-bindgen's script imports a script as a whole, and what follows the name.
const IMPORT: &str = "import * as ";
const FROM: &str = " from ";
/// What stands for all loaders in the script.
const ALL: &str = "partLoaders";

/// Puts the loaders into the script that imports them, and which they import.
///
/// # Errors
/// When nothing is loaded, or by nobody: then the tools write something else now.
pub(super) fn joined(script: &str, loaders: &str) -> Result<String> {
    let mut all = Vec::new();
    let mut own = String::new();
    for line in loaders.lines() {
        // What it imports is in the same script.
        if line.starts_with("import ") {
            continue;
        }
        match line.strip_prefix(EXPORT) {
            Some(rest) => {
                all.extend(rest.split_whitespace().next());
                own.extend(["const ", rest, "\n"]);
            }
            None => own.extend([line, "\n"]),
        }
    }
    let _infallible = writeln!(own, "const {ALL} = {{ {} }};", all.join(", "));

    let mut joined = String::new();
    let mut imported = false;
    for line in script.lines() {
        let name = line.strip_prefix(IMPORT).and_then(|rest| {
            let (name, from) = rest.split_once(FROM)?;
            from.contains(LOADERS).then_some(name)
        });
        let Some(name) = name else {
            joined.extend([line, "\n"]);
            continue;
        };
        if !imported {
            joined.push_str(&own);
            imported = true;
        }
        let _infallible = writeln!(joined, "const {name} = {ALL};");
    }
    if all.is_empty() || !imported || joined.contains(&format!("from \"{LOADERS}\"")) {
        return Err(Error::Split(
            "the scripts have another form; see xtask/src/wasm/loaders.rs".to_owned(),
        ));
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "import { initSync } from \"./app.js\";\n\
        function load(name) {\n    return initSync(name);\n}\n\
        export const __wasm_split_load_islands = load(\"./split_islands.wasm\");\n";

    #[test]
    fn what_was_imported_is_in_the_script() {
        let script = "import * as import1 from \"./__wasm_split.js\"\n\
            import * as import2 from \"./__wasm_split.js\"\nfunction initSync() {}\n";
        assert_eq!(
            joined(script, OWN).unwrap(),
            "function load(name) {\n    return initSync(name);\n}\n\
             const __wasm_split_load_islands = load(\"./split_islands.wasm\");\n\
             const partLoaders = { __wasm_split_load_islands };\n\
             const import1 = partLoaders;\nconst import2 = partLoaders;\n\
             function initSync() {}\n"
        );
    }

    #[test]
    fn scripts_of_another_form_are_said() {
        for (script, loaders) in [("function initSync() {}", OWN), ("", "")] {
            assert!(joined(script, loaders).is_err());
        }
    }
}
