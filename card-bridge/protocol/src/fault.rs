//! What is wrong with a card for this product, before any PIN: each kind of foreign, half
//! made or unfit card by its own name.

use serde::{Deserialize, Serialize};

/// Why a card gets no PIN, whoever wants it to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CardFault {
    /// Its answer to reset names no protocol for commands: a memory card.
    #[error("it is a memory card")]
    NoProtocol,
    /// It has a chip id and no certificate: it was not made to the end.
    #[error("it has no certificate")]
    NoCertificate,
    /// Its certificate is stored compressed (gzip), which no card of ours is.
    #[error("its certificate is compressed")]
    Compressed,
    /// What stands in the certificate's place is none, or something follows it.
    #[error("its certificate makes no sense")]
    BadCertificate,
    /// Its certificate is over an RSA key.
    #[error("its key is an RSA key")]
    RsaKey,
    /// Its certificate is over a key that is neither RSA nor P-256, such as P-384.
    #[error("its key is not a P-256 key")]
    OtherKey,
    /// Its certificate was issued by itself.
    #[error("its certificate is self-signed")]
    SelfSigned,
    /// Its certificate was issued by none of the CAs of the server.
    #[error("its certificate is of another issuer")]
    OtherIssuer,
    /// It does not say, in the words of SP 800-73-4, how many tries its PIN has left.
    #[error("it does not tell its PIN's tries")]
    PinStatus,
}

impl CardFault {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::NoProtocol,
        Self::NoCertificate,
        Self::Compressed,
        Self::BadCertificate,
        Self::RsaKey,
        Self::OtherKey,
        Self::SelfSigned,
        Self::OtherIssuer,
        Self::PinStatus,
    ];
}
