//! The key of a bridge in one exchange with a card: what is secret in a program
//! is sealed to it. A card that proves itself vouches for the key of the bridge
//! that it is at; only to such a key goes a PUK.

use card_protocol::{ChipId, hex, sealing::KEY_LENGTH};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::Proof;
use crate::keys::{KeyError, MasterKey};

/// A bridge's public key (X25519) of one exchange. Text form: hex.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BridgeKey([u8; KEY_LENGTH]);

impl BridgeKey {
    pub(crate) const fn from_bytes(bytes: [u8; KEY_LENGTH]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }
}

impl Serialize for BridgeKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for BridgeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode_array(&text)
            .map(Self)
            .ok_or_else(|| de::Error::custom("not a key of 32 bytes in hex"))
    }
}

/// The key of a bridge at which the card of an operation proved itself. It is
/// made from a [`Proof`] alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct VouchedKey(BridgeKey);

impl VouchedKey {
    /// The card vouches for its bridge.
    pub(crate) fn by(proof: &Proof) -> Self {
        Self(proof.bridge().clone())
    }

    pub(super) const fn key(&self) -> &BridgeKey {
        &self.0
    }

    /// The form that may lie in the database until the next request: with a tag
    /// under the master key, so that who writes there can't vouch for a bridge.
    pub(crate) fn to_stored(
        &self,
        master: &MasterKey,
        operation: Uuid,
        chip: &ChipId,
    ) -> Result<StoredBridgeKey, KeyError> {
        let tag = master.vouch_tag(operation, chip, self.0.as_bytes())?;
        Ok(StoredBridgeKey {
            key: self.0.clone(),
            vouched: Some(hex::encode(tag.as_slice())),
        })
    }
}

/// The bridge's key of an operation's exchange, in the journal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredBridgeKey {
    key: BridgeKey,
    /// The tag of a key that the card vouched for, hex.
    vouched: Option<String>,
}

impl StoredBridgeKey {
    /// A key that is only said to be the bridge's.
    pub(crate) const fn claimed(key: BridgeKey) -> Self {
        Self { key, vouched: None }
    }

    pub(crate) const fn key(&self) -> &BridgeKey {
        &self.key
    }

    /// The key, if the card with this chip vouched for it in `operation`.
    ///
    /// # Errors
    /// [`KeyError`]
    pub(crate) fn vouched(
        &self,
        master: &MasterKey,
        operation: Uuid,
        chip: &ChipId,
    ) -> Result<Option<VouchedKey>, KeyError> {
        let Some(tag) = self.vouched.as_deref().and_then(hex::decode) else {
            return Ok(None);
        };
        let expected = master.vouch_tag(operation, chip, self.key.as_bytes())?;
        let is_ours = bool::from(expected.as_slice().ct_eq(&tag));
        Ok(is_ours.then(|| VouchedKey(self.key.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_database_vouches_for_nothing_by_itself() {
        let master = MasterKey::from_bytes([7; 32]);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let chip = ChipId([1; 16]);
        let bridge = BridgeKey::from_bytes([1; 32]);
        let vouched = VouchedKey::by(&Proof::for_test(bridge.clone()));
        let stored = vouched.to_stored(&master, one, &chip).unwrap();
        assert_eq!(stored.vouched(&master, one, &chip).unwrap(), Some(vouched));
        assert_eq!(stored.vouched(&master, two, &chip).unwrap(), None);
        assert_eq!(
            stored.vouched(&master, one, &ChipId([2; 16])).unwrap(),
            None
        );
        let swapped = StoredBridgeKey {
            key: BridgeKey::from_bytes([2; 32]),
            ..stored.clone()
        };
        assert_eq!(swapped.vouched(&master, one, &chip).unwrap(), None);
        assert_eq!(
            StoredBridgeKey::claimed(bridge)
                .vouched(&master, one, &chip)
                .unwrap(),
            None
        );
        let other = MasterKey::from_bytes([8; 32]);
        assert_eq!(stored.vouched(&other, one, &chip).unwrap(), None);
        let json = serde_json::to_string(&stored).unwrap();
        assert_eq!(
            serde_json::from_str::<StoredBridgeKey>(&json).unwrap(),
            stored
        );
    }
}
