//! A claim is not a fact. What a terminal reports is a [`Claim`]: a page, a
//! proxy or a program may have made it up. What follows from a card's answer to
//! our own challenge, in the same program, is [`Proven`]. Nothing but the
//! latter changes the register or frees a secret; the functions that do either
//! ask for a [`Proof`], which only this engine makes.

use super::{Answers, BridgeKey, CardKey, MutualAuth, mutual_auth::AuthOutcome};
use card_protocol::{piv::ManagementKey, program::NONCE_LENGTH};

/// What a terminal reports.
pub(crate) struct Claim<T>(T);

impl<T> Claim<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(value)
    }

    /// The report, for a sentence on the screen and for choosing what the card is
    /// asked next. Nothing else may rest on it.
    pub(crate) const fn as_told(&self) -> &T {
        &self.0
    }
}

/// What a card that proved itself answered in the program of its proof.
pub(crate) struct Proven<T> {
    value: T,
    proof: Proof,
}

/// Stands for a card's proof of the key that the register knows it by. There is
/// no way to keep one: it ends with the request that brought the card's answer.
pub(crate) struct Proof {
    bridge: BridgeKey,
}

impl<T> Proven<T> {
    /// What was answered.
    pub(crate) const fn value(&self) -> &T {
        &self.value
    }

    /// What frees, and what was answered.
    pub(crate) const fn parts(&self) -> (&Proof, &T) {
        (&self.proof, &self.value)
    }

    /// Frees what follows from the proof.
    pub(crate) const fn proof(&self) -> &Proof {
        &self.proof
    }
}

impl Proof {
    /// The key of the bridge at which the card proved itself.
    pub(crate) const fn bridge(&self) -> &BridgeKey {
        &self.bridge
    }

    /// For tests of what asks for a proof.
    #[cfg(test)]
    pub(crate) const fn for_test(bridge: BridgeKey) -> Self {
        Self { bridge }
    }
}

/// Why a report proves nothing.
pub(crate) enum Unproven {
    /// The card refused, or so it is said: it was pulled, another program used
    /// it in between, or it has another key.
    Refused(Claim<Answers>),
    /// It answered, and not as the card does that has the key.
    NotAuthentic,
}

impl Claim<Answers> {
    /// Whether the card signed `nonce` and the bridge's key with the
    /// card-authentication key (9E) that the register has of it.
    ///
    /// # Errors
    /// [`Unproven`]
    pub(crate) fn by_card_key(
        self,
        key: &CardKey,
        nonce: &[u8; NONCE_LENGTH],
    ) -> Result<Proven<Answers>, Unproven> {
        let (Some(signature), Some(bridge)) = (self.0.card_signature(), self.0.bridge_key()) else {
            return Err(Unproven::Refused(self));
        };
        if !key.has_signed(nonce, bridge, signature) {
            return Err(Unproven::NotAuthentic);
        }
        let proof = Proof {
            bridge: bridge.clone(),
        };
        Ok(Proven {
            value: self.0,
            proof,
        })
    }

    /// Whether the card answered our challenge with its management key (9B). The
    /// challenge went out sealed to `bridge`, so whoever passed the answer on
    /// had the card at that bridge.
    ///
    /// # Errors
    /// [`Unproven`]
    pub(crate) fn by_management_key(
        self,
        key: &ManagementKey,
        auth: &MutualAuth,
        bridge: &BridgeKey,
    ) -> Result<Proven<Answers>, Unproven> {
        match auth.check(key, &self.0) {
            AuthOutcome::Proven(_card) => Ok(Proven {
                value: self.0,
                proof: Proof {
                    bridge: bridge.clone(),
                },
            }),
            AuthOutcome::Refused => Err(Unproven::Refused(self)),
            AuthOutcome::NotAuthentic(_error) => Err(Unproven::NotAuthentic),
        }
    }
}
