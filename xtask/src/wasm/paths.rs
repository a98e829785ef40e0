//! Where in the sources a panic would be said to have come from: some hundred paths,
//! with the folders of whoever compiled. Nobody reads them, as nothing is said of a
//! panic in a browser but its trap; they become zeros, which weigh nothing.

use std::mem;

use wasmparser::{Parser, Payload};

use super::sections::{bytes, unreadable};
use crate::error::Result;

/// What ends the path of a source.
const END: &[u8] = b".rs";
/// How the paths of std's sources begin, from rustup's compiler.
const STD: &str = "/rustc/";

/// Makes zeros of them.
///
/// # Errors
/// When the wasm can't be read.
pub(super) fn without_paths(mut wasm: Vec<u8>) -> Result<Vec<u8>> {
    let mut data = None;
    for payload in Parser::new(0).parse_all(&wasm) {
        if let Payload::DataSection(section) = payload.map_err(unreadable)? {
            data = Some(bytes(section.range())?);
        }
    }
    if let Some(data) = data.and_then(|range| wasm.get_mut(range)) {
        let registry = registry();
        let folders = registry.iter().map(String::as_str).chain([STD]);
        clear(data, &folders.collect::<Vec<_>>());
    }
    Ok(wasm)
}

/// How the paths of other crates begin.
fn registry() -> Option<String> {
    let home = std::env::var("CARGO_HOME").ok();
    let home = home.or_else(|| Some(format!("{}/.cargo", std::env::var("HOME").ok()?)))?;
    Some(format!("{home}/registry/src/"))
}

/// Makes zeros of the paths of sources in these folders. A text that stands right
/// before one, without anything between them, stays.
fn clear(data: &mut [u8], folders: &[&str]) {
    let mut rest = data;
    while let Some(start) = rest.iter().position(|&byte| byte == b'/') {
        let (_, from) = mem::take(&mut rest).split_at_mut(start);
        let source = source(from, folders);
        let (text, after) = from.split_at_mut(source.unwrap_or(1));
        if source.is_some() {
            text.fill(0);
        }
        rest = after;
    }
}

/// How long the path of a source is with which a text begins.
fn source(text: &[u8], folders: &[&str]) -> Option<usize> {
    let mut folders = folders.iter();
    if !folders.any(|folder| text.starts_with(folder.as_bytes())) {
        return None;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(byte);
    let length = text.iter().position(|byte| !is_part(byte));
    let path = text.get(..length.unwrap_or(text.len()))?;
    let end = path.windows(END.len()).position(|part| part == END)?;
    Some(end + END.len())
}

#[cfg(test)]
mod tests {
    use super::{STD, clear};

    #[test]
    fn paths_of_sources_become_zeros_and_other_texts_stay() {
        let registry = "/home/a/registry/src/index-1f/serde-1.0.2/src/lib.rs";
        let std = "/rustc/5980/library/core/src/str/mod.rs";
        let text = format!("/api/login{registry}{std}app/src/lib.rs/x.rs a/b");
        let mut data = text.clone().into_bytes();
        clear(&mut data, &["/home/a/registry/src/", STD]);
        let zeros = "\0".repeat(registry.len() + std.len());
        let expected = text.replace(&format!("{registry}{std}"), &zeros);
        assert_eq!(String::from_utf8(data).unwrap(), expected);
    }
}
