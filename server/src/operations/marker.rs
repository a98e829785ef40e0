//! The marker on the card: which generation of the PUK it has. It lies in the
//! data object that PIV calls the security object, which our cards do not use
//! otherwise, which everybody may read and only the management key may write.
//!
//! No PIV command tells a card's PUK, so what an interruption left has to be
//! written down around the change: before it where it leads, after it that it
//! is done. `docs/operations.md` has the whole argument.

use card_protocol::ChipId;
use subtle::ConstantTimeEq as _;

use crate::keys::{KeyError, MasterKey};

/// What is written on the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// The PUK's generation before the change.
    from: u32,
    /// After it; the same once it is done.
    to: u32,
}

/// The data object as it is on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkerOnCard {
    /// The card has none: no change of its PUK was ever begun.
    Absent,
    /// It is ours, for this card.
    Ours(Marker),
    /// There is one, and we did not write it for this card.
    Foreign,
}

/// What is known of the PUK on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PukState {
    /// It is this generation.
    Generation(u32),
    /// It may be either of two, or the marker contradicts the register.
    Unknown,
}

impl Marker {
    /// The marker that is written before the PUK changes: from where, to where.
    pub(super) const fn intent(from: u32, to: u32) -> Self {
        Self { from, to }
    }

    /// The marker that is written once the PUK has changed.
    pub(super) const fn done(generation: u32) -> Self {
        Self {
            from: generation,
            to: generation,
        }
    }

    /// The contents of the data object on the card with this chip id.
    pub(super) fn to_bytes(self, master: &MasterKey, chip: &ChipId) -> Result<Vec<u8>, KeyError> {
        let mut bytes = self.fields();
        let proof = master.marker_proof(chip, &bytes)?;
        bytes.extend_from_slice(proof.as_slice());
        Ok(bytes)
    }

    /// Reads the contents of the data object.
    pub(super) fn parse(
        contents: &[u8],
        master: &MasterKey,
        chip: &ChipId,
    ) -> Result<MarkerOnCard, KeyError> {
        let numbers = contents.split_first_chunk::<4>();
        let numbers = numbers.and_then(|(from, rest)| Some((from, rest.split_first_chunk::<4>()?)));
        let Some((from, (to, proof))) = numbers else {
            return Ok(MarkerOnCard::Foreign);
        };
        let marker = Self {
            from: u32::from_be_bytes(*from),
            to: u32::from_be_bytes(*to),
        };
        let expected = master.marker_proof(chip, &marker.fields())?;
        let is_ours = bool::from(expected.as_slice().ct_eq(proof));
        Ok(if is_ours {
            MarkerOnCard::Ours(marker)
        } else {
            MarkerOnCard::Foreign
        })
    }

    fn fields(self) -> Vec<u8> {
        [self.from.to_be_bytes(), self.to.to_be_bytes()].concat()
    }
}

/// Which PUK is on a card whose register says `registered`.
pub(super) const fn resolve(registered: u32, marker: MarkerOnCard) -> PukState {
    match marker {
        // Never replaced, or the register was told by the card's own answers.
        MarkerOnCard::Absent => PukState::Generation(registered),
        // What is done is at least what the register knows: the answer that
        // says so may have been lost.
        MarkerOnCard::Ours(Marker { from, to }) if from == to && to >= registered => {
            PukState::Generation(to)
        }
        // The last word of the card was lost, and the one before it was not.
        MarkerOnCard::Ours(Marker { from, to }) if from != to && to == registered => {
            PukState::Generation(to)
        }
        MarkerOnCard::Ours(_) | MarkerOnCard::Foreign => PukState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ours_for_this_card_is_read() {
        let master = MasterKey::from_bytes([7; 32]);
        let (one, two) = (ChipId([1; 16]), ChipId([2; 16]));
        let marker = Marker::intent(3, 4);
        let bytes = marker.to_bytes(&master, &one).unwrap();
        assert_eq!(
            Marker::parse(&bytes, &master, &one).unwrap(),
            MarkerOnCard::Ours(marker)
        );
        assert_eq!(
            Marker::parse(&bytes, &master, &two).unwrap(),
            MarkerOnCard::Foreign
        );
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(
                Marker::parse(&changed, &master, &one).unwrap(),
                MarkerOnCard::Foreign,
                "{at}"
            );
        }
        assert_eq!(
            Marker::parse(&[], &master, &one).unwrap(),
            MarkerOnCard::Foreign
        );
    }

    #[test]
    fn what_may_be_either_is_unknown() {
        let resolve = |marker| resolve(2, marker);
        assert_eq!(resolve(MarkerOnCard::Absent), PukState::Generation(2));
        assert_eq!(
            resolve(MarkerOnCard::Ours(Marker::done(2))),
            PukState::Generation(2)
        );
        assert_eq!(
            resolve(MarkerOnCard::Ours(Marker::done(3))),
            PukState::Generation(3)
        );
        assert_eq!(
            resolve(MarkerOnCard::Ours(Marker::intent(1, 2))),
            PukState::Generation(2)
        );
        assert_eq!(
            resolve(MarkerOnCard::Ours(Marker::intent(2, 3))),
            PukState::Unknown
        );
        assert_eq!(
            resolve(MarkerOnCard::Ours(Marker::done(1))),
            PukState::Unknown
        );
        assert_eq!(resolve(MarkerOnCard::Foreign), PukState::Unknown);
    }
}
