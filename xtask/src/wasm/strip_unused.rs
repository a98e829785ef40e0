//! Takes out of the wasm what is reachable for the linker and never called:
//! leptos's way to take over a page piece by piece, as its code arrives. Every
//! kind of view carries it in the table of its methods, and islands are taken
//! over in one go (`leptos::mount::hydrate_islands`), so it only weighs: an
//! eighth of everything. The bodies are replaced by a trap, as `wasm-snip` does.

use walrus::{FunctionBuilder, FunctionKind, Module};

use crate::{
    console,
    error::{Error, Result},
};

/// What stands in the names of the functions to be taken out.
const NEVER_CALLED: [&str; 2] = [
    // tachys: `RenderHtml::hydrate_async` of every view, and its futures.
    "hydrate_async",
    // reactive_graph: the effects that only those make.
    "new_with_async_value",
];

/// Shorter functions stay, in instructions. The compiler merges functions with
/// equal bodies under one of their names: a short one may be anybody's, a long
/// one of these can only be merged with its like.
const SHORT: u64 = 60;

/// Replaces the bodies.
///
/// # Errors
/// When the wasm can't be read, or has no such function: then the names changed
/// with leptos, and this list has to.
pub(super) fn strip_unused(wasm: &[u8]) -> Result<Vec<u8>> {
    let said = |error| Error::Bindgen(format!("{error:#}"));
    let mut module = Module::from_buffer(wasm).map_err(said)?;
    for part in NEVER_CALLED {
        let found: Vec<_> = module
            .funcs
            .iter_local()
            .filter(|(id, function)| {
                let name = module.funcs.get(*id).name.as_deref();
                function.size() >= SHORT && name.is_some_and(|name| name.contains(part))
            })
            .map(|(id, function)| (id, function.ty()))
            .collect();
        if found.is_empty() {
            return Err(Error::Said(format!(
                "no function's name contains `{part}` any more; see xtask/src/wasm/strip_unused.rs"
            )));
        }
        console::note(&format!("{} × {part} taken out", found.len()));
        for (id, ty) in found {
            let (params, results) = {
                let ty = module.types.get(ty);
                (ty.params().to_vec(), ty.results().to_vec())
            };
            let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
            builder.func_body().unreachable();
            let arguments = params.iter().map(|ty| module.locals.add(*ty)).collect();
            module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
        }
    }
    Ok(module.emit_wasm())
}

#[cfg(test)]
mod tests {
    use walrus::ModuleConfig;

    use super::*;

    /// A module with functions of these names, each of that many constants
    /// that are dropped; all are exported, so that none is taken for unused.
    fn module(functions: &[(&str, u64)]) -> Vec<u8> {
        let mut module = Module::with_config(ModuleConfig::new());
        for (name, constants) in functions {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            builder.name((*name).to_owned());
            for number in 0..*constants {
                let number = i32::try_from(number).unwrap();
                builder.func_body().i32_const(number).drop();
            }
            let function = builder.finish(vec![], &mut module.funcs);
            module.exports.add(name, function);
        }
        module.emit_wasm()
    }

    /// How many instructions a function has.
    fn size(wasm: &[u8], name: &str) -> u64 {
        let module = Module::from_buffer(wasm).unwrap();
        let function = module.exports.get_func(name).unwrap();
        module.funcs.get(function).kind.unwrap_local().size()
    }

    const FOUND: [(&str, u64); 2] = [
        ("<View as RenderHtml>::hydrate_async", SHORT),
        ("Effect::new_with_async_value", SHORT),
    ];

    #[test]
    fn long_functions_with_the_names_become_a_trap_and_others_stay() {
        let others = [
            ("<View as RenderHtml>::hydrate", SHORT),
            ("<Unit as RenderHtml>::hydrate_async", SHORT / 4),
        ];
        let before = module(&[FOUND, others].concat());
        let after = strip_unused(&before).unwrap();
        for (name, _) in FOUND {
            assert!(size(&before, name) > SHORT);
            assert_eq!(size(&after, name), 1, "{name}");
        }
        for (name, _) in others {
            assert_eq!(size(&after, name), size(&before, name), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_gone_is_said() {
        let refused = strip_unused(&module(&FOUND[..1])).unwrap_err().to_string();
        assert!(refused.contains("new_with_async_value"), "{refused}");
        assert!(strip_unused(b"no wasm").is_err());
    }
}
