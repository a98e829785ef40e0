//! What can go wrong with a virtual card itself, as opposed to what the card
//! answers: a refusal by the card is a status word, not an error.

use std::{io, path::PathBuf};

use crate::attestation::MakerError;

/// Why a virtual card could not be made, opened or talked to.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// `create` does not overwrite: a card's keys would be gone.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The file was not made by `create`, or its making was interrupted.
    #[error("{} is not a virtual card", .0.display())]
    NotACard(PathBuf),
    /// A card is in one place at a time; another process or value has it.
    #[error("{} is in use", .0.display())]
    InUse(PathBuf),
    /// The operating system refused the file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The card's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file system inside the card's file, or the applet's state in it, is
    /// damaged.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The card's file.
        path: PathBuf,
        /// What the card's file system or applet said.
        reason: String,
    },
    /// A card that attests could not be equipped for it.
    #[error(transparent)]
    Maker(#[from] MakerError),
    /// `transmit` to a card without power.
    #[error("the card has no power")]
    NotPowered,
    /// The applet failed in the middle of a command. The card is without power
    /// now and can be powered on again.
    #[error("the card went mute")]
    Mute,
}
