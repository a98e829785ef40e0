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
pub(super) fn snip(wasm: &[u8]) -> Result<Vec<u8>> {
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
                "no function's name contains `{part}` any more; see xtask/src/wasm/snip.rs"
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
