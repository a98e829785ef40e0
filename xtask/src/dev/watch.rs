//! What an editor writes.

use std::sync::mpsc::Sender;

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, event::ModifyKind,
    recommended_watcher,
};

use crate::{
    error::{Error, Result},
    files,
    processes::Event,
};

/// Folders that are watched with all that is in them.
const FOLDERS: [&str; 5] = [".cargo", "app", "server", "card-bridge", "style"];

/// Tells `sender` of files that are written, made or removed, until what this
/// gives is dropped.
///
/// # Errors
/// When the system can't watch them.
pub(super) fn start(sender: Sender<Event>) -> Result<RecommendedWatcher> {
    let said = |error| Error::Said(format!("watching the sources: {error}"));
    let mut watcher = recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        // Compilers read all of them, which is no change.
        let is_change = match event.kind {
            EventKind::Create(_) | EventKind::Remove(_) => true,
            EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
            EventKind::Any | EventKind::Access(_) | EventKind::Other => false,
        };
        if is_change {
            // Nobody listens any more when the task is ending.
            let _ = sender.send(Event::Changed(event.paths));
        }
    })
    .map_err(said)?;
    let root = files::root();
    for folder in FOLDERS {
        watcher
            .watch(&root.join(folder), RecursiveMode::Recursive)
            .map_err(said)?;
    }
    watcher
        .watch(&root, RecursiveMode::NonRecursive)
        .map_err(said)?;
    Ok(watcher)
}
