//! What stands for a card's proof that it has its management key (9B).

use serde::{Deserialize, Serialize};

/// A card's proof that it has its management key. Only this module's parent
/// makes one: from the card's answer to our challenge
/// ([`MutualAuth::check`](super::MutualAuth::check)), or for the steps behind the
/// one that has the bridge end the program at any other answer
/// ([`ProgramBuilder::prove`](super::ProgramBuilder::prove)). Whoever has one may
/// put secrets into a program; whoever goes on in another request keeps it with
/// its progress, in our own store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyProof(());

impl KeyProof {
    /// The card answered our challenge.
    pub(super) const fn checked() -> Self {
        Self(())
    }

    /// The bridge goes on only after the one right answer.
    pub(super) const fn within_program() -> Self {
        Self(())
    }
}
