//! Which lazily loaded functions share a file. leptos gives each a file of its
//! own, and what several of them need yet another: some dozens, of which a page
//! would load most. All islands that are lazy are in one instead; a function
//! that is `#[lazy]` by itself is in the one that has its name.

use std::borrow::Cow;

use wasm_encoder::{EntityType, ExportSection, ImportSection};
use wasmparser::Payload;

use super::sections::{rewrite, unreadable};
use crate::error::Result;

/// The file of all lazy islands.
pub(super) const ISLANDS: &str = "islands";

/// What `#[island(lazy)]` ends the name of its function with.
const LOADER: &str = "_loader";

/// How the names begin that `wasm_split_macros` gives.
const SPLIT: &str = "__wasm_split_00";
const LOAD: &str = "__wasm_split_load_";
/// What comes after a file's name.
const END: &str = "00_";

/// Names the files anew.
///
/// # Errors
/// When the wasm can't be read.
pub(super) fn grouped(wasm: &[u8]) -> Result<Vec<u8>> {
    rewrite(wasm, |payload, module| {
        match payload {
            Payload::ImportSection(imports) => {
                let mut section = ImportSection::new();
                for import in imports.clone().into_imports() {
                    let import = import.map_err(unreadable)?;
                    let ty = EntityType::try_from(import.ty).map_err(unreadable)?;
                    section.import(import.module, &named(import.name), ty);
                }
                module.section(&section);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports.clone() {
                    let export = export.map_err(unreadable)?;
                    section.export(&named(export.name), export.kind.into(), export.index);
                }
                module.section(&section);
            }
            _ => return Ok(false),
        }
        Ok(true)
    })
}

/// An import's or export's name with the name of the file that it is to be in.
fn named(name: &str) -> Cow<'_, str> {
    if let Some(file) = name.strip_prefix(LOAD) {
        return format!("{LOAD}{}", group(file)).into();
    }
    let function = name
        .strip_prefix(SPLIT)
        .and_then(|rest| rest.split_once(END));
    match function {
        Some((file, function)) => format!("{SPLIT}{}{END}{function}", group(file)).into(),
        None => name.into(),
    }
}

/// The file for the functions that leptos would put into this one, which it
/// calls as the function, with a number.
fn group(file: &str) -> &str {
    let name = file.trim_end_matches(|end: char| end.is_ascii_digit());
    let name = name.strip_suffix('_').unwrap_or(file);
    if name.ends_with(LOADER) {
        ISLANDS
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn islands_share_a_file_and_other_functions_have_their_own() {
        for (before, after) in [
            (
                "__wasm_split_load_reveal_loader_123",
                "__wasm_split_load_islands",
            ),
            (
                "__wasm_split_load_usb_cards_45",
                "__wasm_split_load_usb_cards",
            ),
            (
                "__wasm_split_00reveal_loader_12300_import_0f_Reveal_loader",
                "__wasm_split_00islands00_import_0f_Reveal_loader",
            ),
            (
                "__wasm_split_00usb_450000_export_0f_usb",
                "__wasm_split_00usb00_export_0f_usb",
            ),
            ("memory", "memory"),
        ] {
            assert_eq!(named(before), after);
        }
    }
}
