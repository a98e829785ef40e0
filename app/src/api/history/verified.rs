//! Whether an event was verified for the answer that has it.

use serde::{Deserialize, Serialize};

/// Whether signature (where there is one) and inclusion in the log were
/// verified for this answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// They were, against the newest signed checkpoint.
    Yes,
    /// They were not.
    No(Unverified),
}

/// Why an event is not verified. The first two and the last are no reason to worry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unverified {
    /// It is newer than the newest checkpoint; a second later it is in.
    NotYetSequenced,
    /// It was signed before nonce and origin were kept with the signature.
    SignedBeforeProof,
    /// It is not in the log although newer events are.
    NotIncluded,
    /// It is not the event that was taken into the log: it was changed.
    LeafDiffers,
    /// The log's own hashes contradict the checkpoint.
    LogDiffers,
    /// There is no checkpoint with a good signature.
    CheckpointBad,
    /// The legal person's signature does not fit the statement.
    SignatureBad,
    /// The certificate of the signature is not one of the actor's legal-person card
    /// in this enterprise, or no trusted CA issued it.
    CertificateForeign,
    /// The signature is good, and neither what was signed nor the certificate names
    /// who signed.
    SignerNotSigned,
}

impl Unverified {
    /// Whether somebody has to look into it.
    #[must_use]
    pub const fn is_alarming(self) -> bool {
        !matches!(
            self,
            Self::NotYetSequenced | Self::SignedBeforeProof | Self::SignerNotSigned
        )
    }
}
