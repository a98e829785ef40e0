//! To whom a program goes, and so what it may hold: a secret only to a bridge
//! that the card vouched for, by its type.

use super::{BridgeKey, KeyProof, VouchedKey};

/// To whom a program goes.
pub(crate) trait Audience {
    /// Whose key it is sealed to, if anybody's.
    fn seal(&self) -> Option<BridgeKey>;
}

/// Whose programs may hold the answer to the card's witness.
pub(crate) trait MayAnswer: Audience {}

/// Everybody may read the program: it holds no secret.
pub(crate) struct Clear;
/// Sealed to a bridge that nobody vouched for yet: it may hold our answer to
/// the witness, by which a card proves itself that has no key of its own.
pub(crate) struct ToBridge(pub(super) BridgeKey);
/// Sealed to a bridge that the card vouched for: it may hold every secret.
pub(crate) struct Vouched(pub(super) VouchedKey);
/// 制卡: in the clear, for a bridge that talks to the server itself, and whose
/// terminal sees the new card's keys anyway (ADR 8).
pub(crate) struct CardMaking(pub(super) Option<KeyProof>);

impl Audience for Clear {
    fn seal(&self) -> Option<BridgeKey> {
        None
    }
}

impl Audience for ToBridge {
    fn seal(&self) -> Option<BridgeKey> {
        Some(self.0.clone())
    }
}

impl Audience for Vouched {
    fn seal(&self) -> Option<BridgeKey> {
        Some(self.0.key().clone())
    }
}

impl Audience for CardMaking {
    fn seal(&self) -> Option<BridgeKey> {
        None
    }
}

impl MayAnswer for ToBridge {}
impl MayAnswer for Vouched {}
impl MayAnswer for CardMaking {}
