//! What can be wrong with what came back for a proposal.

use event_log::signer::SignatureFault;
use thiserror::Error;

/// Why a signature does not count. Its words are the event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    /// It came after the proposal's five minutes.
    #[error("the proposal is too old")]
    TooOld,
    /// Text or structured form differ.
    #[error("the statement is not the one that was proposed")]
    OtherStatement,
    /// The certificate can't be read.
    #[error("the certificate is not base64")]
    CertificateForm,
    /// Another card's, or an older one of this card.
    #[error("the certificate is not the session card's confirmed one")]
    OtherCertificate,
    /// The register's own certificate is none.
    #[error("the confirmed certificate can't be used")]
    UnusableCertificate,
    /// It has expired, or its CA is not trusted any more.
    #[error("the session card's certificate is not good any more")]
    CertificateNotGood,
    /// The signature can't be read.
    #[error("the signature is not base64")]
    SignatureForm,
    /// The signature is none.
    #[error("the signature is not 64 bytes r ‖ s")]
    SignatureLength,
    /// It is of another key, or over something else.
    #[error("the signature does not fit the statement")]
    BadSignature,
    /// The statement is of a form that is not made any more.
    #[error("the statement is of an older form")]
    OldForm,
    /// The statement is for a page that is none of ours.
    #[error("the statement is for another origin")]
    ForeignOrigin,
    /// Certificate, statement and session do not say the same.
    #[error("certificate, statement and session differ: {0}")]
    Signer(#[from] SignatureFault),
    /// The statement is of other cards than what would be done.
    #[error("the statement is of other cards than the proposal")]
    OtherCards,
    /// The statement says why, and it is not what was asked for.
    #[error("the statement says another cause than the proposal")]
    OtherCause,
    /// The statement ends by itself, and not when it was asked for.
    #[error("the statement has another end than the proposal")]
    OtherEnd,
}

impl Fault {
    /// Whether the session's card is proven to have signed all the same. What
    /// it signed has to hold a nonce of this session: another signature may be
    /// a copy of an old one.
    pub(crate) const fn is_signed(self) -> bool {
        matches!(
            self,
            Self::TooOld
                | Self::OtherStatement
                | Self::OldForm
                | Self::ForeignOrigin
                | Self::Signer(_)
                | Self::OtherCards
                | Self::OtherCause
                | Self::OtherEnd
        )
    }
}
