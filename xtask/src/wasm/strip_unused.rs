//! Takes out of the wasm what is reachable for the linker and never called:
//! leptos's way to take over a page piece by piece, as its code arrives. Every
//! kind of view carries it in the table of its methods, and islands are taken
//! over each in one go, lazy ones too, so it only weighs: an eighth of
//! everything. The bodies are replaced by a trap, as `wasm-snip` does, and filled
//! up to their size: where the others are must stay as the relocations have it.

use std::ops::Range;

use wasm_encoder::{CustomSection, Encode as _};
use wasmparser::{
    FunctionBody, KnownCustom, Name, Operator, Parser, Payload, RelocAddendKind, RelocationEntry,
    TypeRef,
};

use super::sections::{bytes, rewrite, unreadable};
use crate::{
    console,
    error::{Error, Result},
};

/// What stands in the names of the functions to be taken out.
const NEVER_CALLED: [&str; 4] = [
    // tachys: `RenderHtml::hydrate_async` of every view, and its futures.
    "hydrate_async",
    // reactive_graph: the effects that only those make.
    "new_with_async_value",
    // wasm-streams: a stream of ours as one of the browser's. No page makes one.
    "intounderlying",
    // core: says which part of a text there is not, and panics. Nobody sees what it
    // says, and the trap is what comes of a panic.
    "slice_error_fail_rt",
];

/// Shorter functions stay, in instructions. The compiler merges functions with
/// equal bodies under one of their names: a short one may be anybody's, a long
/// one of these can only be merged with its like.
const SHORT: usize = 60;

/// What wasm is written with.
const NO_LOCALS: u8 = 0x00;
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// Replaces the bodies.
///
/// # Errors
/// When the wasm can't be read, or has no such function: then the names changed
/// with leptos, and this list has to.
pub(super) fn strip_unused(wasm: &[u8]) -> Result<Vec<u8>> {
    let code = Code::of(wasm)?;
    let mut stripped = wasm.to_vec();
    let mut gone = Vec::new();
    for part in NEVER_CALLED {
        let found: Vec<_> = code
            .functions
            .iter()
            .filter(|function| function.name.contains(part) && function.length >= SHORT)
            .collect();
        if found.is_empty() {
            return Err(Error::Said(format!(
                "no function's name contains `{part}` any more; see xtask/src/wasm/strip_unused.rs"
            )));
        }
        console::note(&format!("{} × {part} taken out", found.len()));
        for function in found {
            if let Some(body) = stripped.get_mut(function.body.clone()) {
                trap(body);
            }
            gone.push(function.body.clone());
        }
    }
    without_relocations(&stripped, code.start, &gone)
}

/// Makes a body a trap.
fn trap(body: &mut [u8]) {
    body.fill(NOP);
    if let [locals, first, .., last] = body {
        (*locals, *first, *last) = (NO_LOCALS, UNREACHABLE, END);
    }
}

/// The functions of a module.
struct Code<'a> {
    /// Where their section begins.
    start: usize,
    functions: Vec<Function<'a>>,
}

/// One of them.
struct Function<'a> {
    name: &'a str,
    /// Where its body is in the file.
    body: Range<usize>,
    /// How many instructions it has.
    length: usize,
}

impl<'a> Code<'a> {
    fn of(wasm: &'a [u8]) -> Result<Self> {
        let mut code = Self {
            start: 0,
            functions: Vec::new(),
        };
        let mut imported = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(unreadable)? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let is_function =
                            matches!(import.map_err(unreadable)?.ty, TypeRef::Func(_));
                        imported += usize::from(is_function);
                    }
                }
                Payload::CodeSectionStart { range, .. } => code.start = bytes(range)?.start,
                Payload::CodeSectionEntry(body) => code.functions.push(Function {
                    name: "",
                    length: length(&body)?,
                    body: bytes(body.range())?,
                }),
                // The names come last.
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for name in names {
                            if let Name::Function(names) = name.map_err(unreadable)? {
                                for naming in names {
                                    let naming = naming.map_err(unreadable)?;
                                    let index = usize::try_from(naming.index).ok();
                                    let index = index.and_then(|at| at.checked_sub(imported));
                                    let named = index.and_then(|at| code.functions.get_mut(at));
                                    if let Some(function) = named {
                                        function.name = naming.name;
                                    }
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(code)
    }
}

/// How many instructions a function has, without what only ends others.
fn length(body: &FunctionBody<'_>) -> Result<usize> {
    let mut length = 0;
    for operator in body.get_operators_reader().map_err(unreadable)? {
        let operator = operator.map_err(unreadable)?;
        length += usize::from(!matches!(operator, Operator::End | Operator::Else));
    }
    Ok(length)
}

/// Leaves out the relocations of these parts of the code, which begins at `start`.
fn without_relocations(wasm: &[u8], start: usize, gone: &[Range<usize>]) -> Result<Vec<u8>> {
    let is_gone = |entry: &RelocationEntry| {
        let at = usize::try_from(entry.offset).map(|offset| start + offset);
        at.is_ok_and(|at| gone.iter().any(|gone| gone.contains(&at)))
    };
    rewrite(wasm, |payload, module| {
        let Payload::CustomSection(section) = payload else {
            return Ok(false);
        };
        let ("reloc.CODE", KnownCustom::Reloc(relocations)) = (section.name(), section.as_known())
        else {
            return Ok(false);
        };
        let mut kept = Vec::new();
        for entry in relocations.entries() {
            let entry = entry.map_err(unreadable)?;
            if !is_gone(&entry) {
                kept.push(entry);
            }
        }
        let mut data = Vec::new();
        relocations.section_index().encode(&mut data);
        kept.len().encode(&mut data);
        for entry in kept {
            data.push(entry.ty as u8);
            entry.offset.encode(&mut data);
            entry.index.encode(&mut data);
            match entry.ty.addend_kind() {
                RelocAddendKind::None => {}
                RelocAddendKind::Addend32 | RelocAddendKind::Addend64 => {
                    entry.addend.encode(&mut data);
                }
            }
        }
        module.section(&CustomSection {
            name: section.name().into(),
            data: data.into(),
        });
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, Function as Body, FunctionSection, Instruction, Module, NameMap, NameSection,
        TypeSection,
    };
    use wasmparser::Validator;

    use super::*;

    /// A module with functions of these names, each of so many constants that are dropped,
    /// and a relocation in each function's third byte.
    fn module(functions: &[(&str, usize)]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let (mut declared, mut bodies, mut names) =
            (FunctionSection::new(), CodeSection::new(), NameMap::new());
        for (index, (name, constants)) in (0..).zip(functions) {
            declared.function(0);
            let mut body = Body::new([]);
            for _ in 0..*constants {
                body.instruction(&Instruction::I32Const(7));
                body.instruction(&Instruction::Drop);
            }
            body.instruction(&Instruction::End);
            bodies.function(&body);
            names.append(index, name);
        }
        let mut name_section = NameSection::new();
        name_section.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&declared).section(&bodies);
        let without_names = module.clone().finish();
        let bare = Code::of(&without_names).unwrap();
        // The code is the third section; each entry is of a function's index.
        let mut data = vec![2];
        bare.functions.len().encode(&mut data);
        for function in &bare.functions {
            data.push(0);
            let offset = u32::try_from(function.body.start + 2 - bare.start).unwrap();
            offset.encode(&mut data);
            0_u32.encode(&mut data);
        }
        module.section(&name_section);
        module.section(&CustomSection {
            name: "reloc.CODE".into(),
            data: data.into(),
        });
        module.finish()
    }

    /// How many instructions each function has, by its name.
    fn lengths(wasm: &[u8]) -> Vec<(String, usize)> {
        let code = Code::of(wasm).unwrap();
        let functions = code.functions.iter();
        functions
            .map(|function| (function.name.to_owned(), function.length))
            .collect()
    }

    /// Where relocations are.
    fn relocations(wasm: &[u8]) -> Vec<u32> {
        let mut offsets = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::CustomSection(section) = payload.unwrap()
                && let KnownCustom::Reloc(relocations) = section.as_known()
            {
                let entries = relocations.entries().into_iter();
                offsets.extend(entries.map(|entry| entry.unwrap().offset));
            }
        }
        offsets
    }

    const LONG: usize = SHORT;
    const FOUND: [(&str, usize); 4] = [
        ("<View as RenderHtml>::hydrate_async", LONG),
        ("Effect::new_with_async_value", LONG),
        ("intounderlyingsource_pull", LONG),
        ("core::str::slice_error_fail_rt", LONG),
    ];

    #[test]
    fn long_functions_with_the_names_become_a_trap_and_others_stay() {
        let others = [
            ("<View as RenderHtml>::hydrate", LONG),
            ("<Unit as RenderHtml>::hydrate_async", SHORT / 4),
        ];
        let before = module(&[&FOUND[..], &others].concat());
        let after = strip_unused(&before).unwrap();
        Validator::new().validate_all(&after).unwrap();
        let code = Code::of(&after).unwrap();
        for (function, (name, _)) in code.functions.iter().zip(FOUND) {
            assert_eq!(function.name, name);
            let body = &after[function.body.clone()];
            assert_eq!(body[..2], [NO_LOCALS, UNREACHABLE], "{name}");
            assert!(body[2..body.len() - 1].iter().all(|byte| *byte == NOP));
        }
        assert_eq!(lengths(&after)[4..], lengths(&before)[4..]);
        // Where the others are has not changed, and what the gone ones needed is gone.
        assert_eq!(relocations(&before).len(), 6);
        assert_eq!(relocations(&after), relocations(&before)[4..]);
    }

    #[test]
    fn a_name_that_is_gone_is_said() {
        let refused = strip_unused(&module(&FOUND[..1])).unwrap_err().to_string();
        assert!(refused.contains("new_with_async_value"), "{refused}");
        assert!(strip_unused(b"no wasm").is_err());
    }
}
