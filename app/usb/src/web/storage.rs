//! The browser's storage for the origin, shared by its tabs.

use js_sys::{Reflect, global};
use wasm_bindgen::JsCast as _;

use super::bindings::Storage;
use crate::platform::{Notebook, NotebookError};

/// The entry that says which programs were begun.
const KEY: &str = "card-usb.programs";

/// An entry of `localStorage`.
pub(super) struct BrowserStorage;

fn storage() -> Result<Storage, NotebookError> {
    let storage = Reflect::get(&global(), &"localStorage".into());
    let storage = storage.map_err(|_kept_from_pages| NotebookError)?;
    if storage.is_null() || storage.is_undefined() {
        return Err(NotebookError);
    }
    Ok(storage.unchecked_into())
}

impl Notebook for BrowserStorage {
    fn read(&self) -> Result<String, NotebookError> {
        let text = storage()?.get_item(KEY);
        text.map(Option::unwrap_or_default)
            .map_err(|_kept_from_pages| NotebookError)
    }

    fn write(&self, text: &str) -> Result<(), NotebookError> {
        storage()?
            .set_item(KEY, text)
            .map_err(|_full| NotebookError)
    }
}
