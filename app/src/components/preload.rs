//! The part of the pages' wasm that the islands of sessions are in, asked for with
//! the page: else a browser learns only from the base that it is needed.

use std::{fs, path::Path, sync::Arc};

use leptos::prelude::*;
use leptos_meta::Link;

/// What stands in the list of hashes before the hash of that part.
const LISTED: &str = "part-islands: ";

/// Where the part of the islands is. The service puts it into the context.
#[derive(Clone)]
pub struct IslandsPart(Arc<str>);

impl IslandsPart {
    /// Reads it from the list of hashes of the built site; where there is none, as in
    /// development, a page loads the part when it comes to need it.
    #[must_use]
    pub fn listed(hashes: &Path, options: &LeptosOptions) -> Option<Self> {
        let list = fs::read_to_string(hashes).ok()?;
        let hash = list.lines().find_map(|line| line.strip_prefix(LISTED))?;
        let (folder, name) = (&options.site_pkg_dir, &options.output_name);
        Some(Self(format!("/{folder}/{name}-islands.{hash}.wasm").into()))
    }
}

/// Has the browser load the part. To be on every page with an island that is lazy.
#[component]
pub(crate) fn PreloadIslands() -> impl IntoView {
    use_context::<IslandsPart>().map(|IslandsPart(address)| {
        view! {
            <Link
                rel="preload"
                href=address.to_string()
                as_="fetch"
                type_="application/wasm"
                crossorigin=""
            />
        }
    })
}
