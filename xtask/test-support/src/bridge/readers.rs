//! What a page is told of the virtual readers behind `pcscd`.

use serde_json::Value;

use crate::pcscd::READER_0;

/// What is in the first reader.
pub fn slot(readers: &Value) -> &Value {
    let readers = readers["readers"].as_array().unwrap();
    let reader = readers.iter().find(|reader| reader["name"] == READER_0);
    reader.map_or(&Value::Null, |reader| &reader["slot"])
}

/// Whether a card is in it.
pub fn has_card(readers: &Value) -> bool {
    slot(readers)["name"] == "card"
}

/// Whether it is there, and empty.
pub fn is_empty(readers: &Value) -> bool {
    slot(readers)["name"] == "empty"
}
