//! What can go wrong in the tool chain, each with what was being done.

use std::{io, path::PathBuf, process::ExitStatus};

use thiserror::Error;

/// The result of a step.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a step failed.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// A file could not be read, written or made.
    #[error("{path}: {source}")]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("{program} could not be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// A program ran and failed.
    #[error("failed ({status}): {line}")]
    Failed {
        /// The command line.
        line: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// Some steps of a run failed; each said why when it did.
    #[error("{} of {of} steps failed: {}", failed.len(), failed.join("; "))]
    Steps {
        /// The names of those that failed, in order.
        failed: Vec<String>,
        /// How many there were.
        of: usize,
    },
    /// Packages are missing, and only root can install them.
    #[error("packages are missing. Please run:\n\n    {0}\n")]
    Packages(String),
    /// Ctrl-C, or a request to end.
    #[error("interrupted")]
    Interrupted,
    /// wasm-bindgen did not understand the file.
    #[error("wasm-bindgen: {0}")]
    Bindgen(String),
    /// The compiler's wasm could not be taken apart.
    #[error("the wasm can't be taken apart: {0}")]
    Split(String),
    /// Anything that a person has to read.
    #[error("{0}")]
    Said(String),
}

impl Error {
    /// For `map_err` on file operations.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
