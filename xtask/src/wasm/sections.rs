//! A wasm file section by section, as it comes from the linker with its
//! relocations (`--emit-relocs`). Sections that stay are copied as they are: the
//! relocations count bytes from the beginning of the section that they are for.

use std::ops::Range;

use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload};

use crate::error::{Error, Result};

/// What wasm that can't be read is reported as.
pub(super) fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Split(error.to_string())
}

/// Writes a module anew. `replace` gets each section, and says whether it wrote
/// another one into the new module in its place.
///
/// # Errors
/// When the wasm can't be read, and what `replace` says.
pub(super) fn rewrite(
    wasm: &[u8],
    mut replace: impl FnMut(&Payload<'_>, &mut Module) -> Result<bool>,
) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(unreadable)?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        if !replace(&payload, &mut module)? {
            let data = wasm.get(bytes(range)?).ok_or_else(|| unreadable("cut"))?;
            module.section(&RawSection { id, data });
        }
    }
    Ok(module.finish())
}

/// A range that a parser gave.
pub(super) fn bytes(range: Range<u64>) -> Result<Range<usize>> {
    let byte = |at: u64| usize::try_from(at).map_err(unreadable);
    Ok(byte(range.start)?..byte(range.end)?)
}
