//! The folder of software cards: `cards.json` names them, each is a file.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use card_protocol::CardError;
use serde::Deserialize;

/// An entry of `cards.json`. Whoever makes the demo may write more into it.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    /// Names the card in `virtual_insert`.
    pub(super) key: String,
    /// What a person calls it.
    pub(super) label: String,
    /// Its file, relative to the folder.
    file: PathBuf,
}

/// The folder, and the count of insertions out of it.
pub(super) struct Shelf {
    folder: PathBuf,
    insertions: AtomicU64,
}

impl Shelf {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            insertions: AtomicU64::new(0),
        }
    }

    pub(super) fn cards(&self) -> Result<Vec<Entry>, CardError> {
        let path = self.folder.join("cards.json");
        let log = |error: &dyn std::error::Error| {
            tracing::error!(%error, path = %path.display(), "the software cards can't be listed");
            CardError::ReaderError
        };
        let text = std::fs::read(&path).map_err(|error| log(&error))?;
        serde_json::from_slice(&text).map_err(|error| log(&error))
    }

    pub(super) fn file(&self, key: &str) -> Result<PathBuf, CardError> {
        let mut cards = self.cards()?.into_iter();
        let entry = cards.find(|card| card.key == key);
        entry
            .map(|card| self.folder.join(card.file))
            .ok_or(CardError::NoCard)
    }

    pub(super) fn next_insertion(&self) -> u64 {
        self.insertions.fetch_add(1, Ordering::Relaxed) + 1
    }
}
