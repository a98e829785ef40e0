//! Where in the sources a panic would be said to have come from: some hundred paths,
//! with the folders of whoever compiled. Nobody reads them, as nothing is said of a
//! panic in a browser but its trap; they become zeros, which weigh nothing.

use wasmparser::{DataKind, Operator, Parser, Payload};

use super::sections::{bytes, unreadable};
use crate::error::Result;

/// What ends the path of a source.
const END: &[u8] = b".rs";
/// What a path of another crate, or of std, has in it.
const FOLDER: &[u8] = b"/src/";

/// How long a place in a source is: path, its length, line, column.
const PLACE: usize = 16;
/// A line or a column that is larger is none.
const LONGEST_FILE: u32 = 30_000;

/// Makes zeros of them, and of line and column that stand behind their address.
///
/// # Errors
/// When the wasm can't be read.
pub(super) fn without_paths(mut wasm: Vec<u8>) -> Result<Vec<u8>> {
    let mut segments = Vec::new();
    for payload in Parser::new(0).parse_all(&wasm) {
        if let Payload::DataSection(section) = payload.map_err(unreadable)? {
            for segment in section {
                let segment = segment.map_err(unreadable)?;
                let end = bytes(segment.range.clone())?.end;
                let address = address(&segment.kind)?;
                segments.push((end - segment.data.len()..end, address));
            }
        }
    }
    let mut paths = Vec::new();
    for (range, address) in &segments {
        if let Some(data) = wasm.get_mut(range.clone()) {
            clear(data, *address, &mut paths);
        }
    }
    for (range, _address) in segments {
        if let Some(data) = wasm.get_mut(range) {
            clear_places(data, &paths);
        }
    }
    Ok(wasm)
}

/// Where a segment is put.
fn address(kind: &DataKind<'_>) -> Result<u32> {
    if let DataKind::Active { offset_expr, .. } = kind
        && let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read()
    {
        return Ok(value.cast_unsigned());
    }
    Err(unreadable("data without an address"))
}

/// Makes zeros of the absolute paths of sources, and notes all: address and length.
fn clear(data: &mut [u8], address: u32, paths: &mut Vec<(u32, u32)>) {
    let mut rest = data;
    let mut at = address;
    while let Some(start) = rest.iter().position(|&byte| byte == b'/') {
        rest = &mut rest[start..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(byte);
        let length = rest.iter().position(|byte| !is_part(byte));
        let path = &rest[..length.unwrap_or(rest.len())];
        // The next text may begin where this one ends.
        let end = path.windows(END.len()).position(|part| part == END);
        let end = end.map(|at| at + END.len());
        let is_source = |end: &usize| path[..*end].windows(FOLDER.len()).any(|part| part == FOLDER);
        let source = end.filter(is_source);
        let end = source.unwrap_or(1);
        let number = |length| u32::try_from(length).unwrap_or(u32::MAX);
        at = at.saturating_add(number(start));
        if source.is_some() {
            rest[..end].fill(0);
            paths.push((at, number(end)));
        }
        at = at.saturating_add(number(end));
        rest = &mut rest[end..];
    }
}

/// Makes zeros of line and column: two numbers behind address and length of a path
/// (`core::panic::Location`), which may count a zero at its end.
fn clear_places(data: &mut [u8], paths: &[(u32, u32)]) {
    let mut at = 0;
    while let Some(place) = data.get_mut(at..at + PLACE) {
        let word = |index: usize| {
            let bytes = place[4 * index..4 * index + 4].try_into();
            u32::from_le_bytes(bytes.unwrap_or_default())
        };
        let (address, length, line, column) = (word(0), word(1), word(2), word(3));
        let is_number = |number| (1..LONGEST_FILE).contains(&number);
        let is_place = is_number(line)
            && is_number(column)
            && (paths.contains(&(address, length))
                || paths.contains(&(address, length.wrapping_sub(1))));
        if is_place {
            place[8..].fill(0);
        }
        at += 4;
    }
}

#[cfg(test)]
mod tests {
    use super::{clear, clear_places};

    #[test]
    fn line_and_column_behind_a_path_become_zeros() {
        let words = |words: [u32; 6]| words.map(u32::to_le_bytes).concat();
        let mut data = words([7, 1024, 21, 800, 5, 9]);
        clear_places(&mut data, &[(1024, 20)]);
        assert_eq!(data, words([7, 1024, 21, 0, 0, 9]));
        let other = words([7, 1024, 19, 800, 5, 9]);
        data.clone_from(&other);
        clear_places(&mut data, &[(1024, 20)]);
        assert_eq!(data, other);
    }

    #[test]
    fn paths_of_sources_become_zeros_and_other_texts_stay() {
        let registry = "/home/a/registry/src/index-1f/serde-1.0.2/src/lib.rs";
        let std = "/rustc/5980/library/core/src/str/mod.rs";
        let text = format!("/api/login{registry}{std}app/src/lib.rs/x.rs a/b");
        let mut data = text.clone().into_bytes();
        let mut paths = Vec::new();
        clear(&mut data, 1024, &mut paths);
        let [first, second] = [registry, std].map(|path| u32::try_from(path.len()).unwrap());
        assert_eq!(paths, [(1034, first), (1034 + first, second)]);
        let zeros = "\0".repeat(std.len());
        let zeros = format!("{}{zeros}", "\0".repeat(registry.len()));
        let expected = text.replace(&format!("{registry}{std}"), &zeros);
        assert_eq!(String::from_utf8(data).unwrap(), expected);
    }
}
