//! The 32-byte digests by which secrets and certificates are found. The
//! secrets themselves (tokens, nonces, ID numbers) never reach the store.

use crate::signed_statement::SignedStatement;

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub [u8; 32]);
    };
}

digest!(
    /// SHA-256 of a session's or an enrolment's token, or of an administrator's.
    TokenHash
);
digest!(
    /// SHA-256 of a nonce.
    NonceHash
);
impl From<&SignedStatement> for NonceHash {
    fn from(signed: &SignedStatement) -> Self {
        Self(*signed.nonce_hash())
    }
}
digest!(
    /// SHA-256 of a certificate's DER.
    CertificateDigest
);
digest!(
    /// The keyed blind index of a 证件编号.
    IdNumberIndex
);
