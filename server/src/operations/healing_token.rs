//! What a terminal goes on with when a card with something unfinished is in its
//! reader. First it is a challenge: the server keeps nothing of it, so who only
//! says that a card is there disturbs nobody. After the card's proof it is a
//! capability for that one conversation and its next report. Both are signed
//! (HMAC, RFC 2104) with a key that only the server has.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::progress::{OperationProgram, OperationProgress};
use crate::{
    card_program::StoredBridgeKey,
    keys::{KeyError, MasterKey},
    service::ServiceError,
};

/// How long a token may be used.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Longest token, in bytes.
const MAX_TOKEN: usize = 4096;

/// What the holder of a token may report on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HealingToken {
    /// The operation that is healed.
    pub(super) operation: Uuid,
    /// The conversation that it goes on with: of this insertion only.
    pub(super) exchange: Uuid,
    /// How far that is.
    pub(super) stage: HealingStage,
    /// In seconds (Unix time).
    expires_at: i64,
}

/// How far a healing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum HealingStage {
    /// The card was asked to prove itself. The journal knows nothing of it.
    Challenged {
        /// The version of the operation's row: what happens to it meanwhile
        /// makes the challenge void, and so does its own success.
        version: i64,
        /// Where the conversation is; the journal does not know it.
        at: Challenge,
    },
    /// The card proved itself. This is the number of the program that is out.
    Proven {
        /// See [`OperationProgress::sequence`].
        sequence: u32,
    },
}

/// What of an operation's progress is the challenge's own. The rest stands in the
/// row, and nothing of it is for whoever holds the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Challenge {
    sequence: u32,
    program: OperationProgram,
    bridge: Option<StoredBridgeKey>,
    looks: u32,
}

impl Challenge {
    /// What `progress` says of it.
    pub(super) fn of(progress: &OperationProgress) -> Self {
        Self {
            sequence: progress.sequence,
            program: progress.program.clone(),
            bridge: progress.bridge.clone(),
            looks: progress.looks,
        }
    }

    /// Whether it only asks: no token takes part in anything that writes.
    const fn only_asks(&self) -> bool {
        matches!(
            self.program,
            OperationProgram::Witness | OperationProgram::Look { .. }
        )
    }

    /// The progress of the operation, whose row says `stored`, in this conversation.
    pub(super) fn resume(self, stored: OperationProgress, exchange: Uuid) -> OperationProgress {
        OperationProgress {
            sequence: self.sequence,
            program: self.program,
            bridge: self.bridge,
            looks: self.looks,
            ..stored.in_conversation(Some(exchange))
        }
    }
}

impl HealingToken {
    pub(super) fn new(
        operation: Uuid,
        exchange: Uuid,
        stage: HealingStage,
        now: Timestamp,
    ) -> Self {
        Self {
            operation,
            exchange,
            stage,
            expires_at: (now + TOKEN_LIFE).as_second(),
        }
    }

    /// The token as the terminal gets it.
    ///
    /// # Errors
    /// [`ServiceError`] if it can't be made.
    pub(super) fn sign(&self, master: &MasterKey) -> Result<String, ServiceError> {
        let body = serde_json::to_vec(self)?;
        let tag = mac(master, &body)?.finalize().into_bytes();
        let (body, tag) = (URL_SAFE_NO_PAD.encode(body), URL_SAFE_NO_PAD.encode(tag));
        Ok(format!("{body}.{tag}"))
    }

    /// Reads what a terminal hands in; `None` if it is not ours, or too old.
    ///
    /// # Errors
    /// [`KeyError`]
    pub(super) fn verify(
        text: &str,
        master: &MasterKey,
        now: Timestamp,
    ) -> Result<Option<Self>, KeyError> {
        let parts = || {
            let (body, tag) = Some(text)
                .filter(|text| text.len() <= MAX_TOKEN)?
                .split_once('.')?;
            let body = URL_SAFE_NO_PAD.decode(body).ok()?;
            let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
            Some((body, tag))
        };
        let Some((body, tag)) = parts() else {
            return Ok(None);
        };
        if mac(master, &body)?.verify_slice(&tag).is_err() {
            return Ok(None);
        }
        let token: Option<Self> = serde_json::from_slice(&body).ok();
        let token = token.filter(|token| match &token.stage {
            HealingStage::Challenged { at, .. } => at.only_asks(),
            HealingStage::Proven { .. } => true,
        });
        Ok(token.filter(|token| now.as_second() <= token.expires_at))
    }
}

fn mac(master: &MasterKey, body: &[u8]) -> Result<Hmac<Sha256>, KeyError> {
    let key = master.healing_key()?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).map_err(|_length| KeyError::Derivation)?;
    mac.update(body);
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_ours_and_young_or_none() {
        let master = MasterKey::from_bytes([7; 32]);
        let now = Timestamp::from_second(1_000_000).unwrap();
        let stage = HealingStage::Challenged {
            version: 3,
            at: Challenge::of(&OperationProgress::new(false).then(OperationProgram::Witness)),
        };
        let token = HealingToken::new(Uuid::from_u128(1), Uuid::from_u128(2), stage, now);
        let text = token.sign(&master).unwrap();
        let verify = |text: &str, now| HealingToken::verify(text, &master, now).unwrap();
        assert_eq!(verify(&text, now), Some(token.clone()));
        assert_eq!(verify(&text, now + TOKEN_LIFE), Some(token));
        let late = now + TOKEN_LIFE + SignedDuration::from_secs(1);
        assert_eq!(verify(&text, late), None);
        let other = MasterKey::from_bytes([8; 32]);
        assert_eq!(HealingToken::verify(&text, &other, now).unwrap(), None);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last character of base64 has bits that mean nothing.
            let same = changed.len() == at + 1;
            assert!(same || verify(&changed, now).is_none(), "{at}");
        }
        for text in ["", ".", "a.b", &"A".repeat(5000)] {
            assert_eq!(verify(text, now), None);
        }
    }
}
