//! Events: append-only, one for each act and each refusal that matters.

use card_domain::{CardId, ClientInfo, EnterpriseId, EventAct, EventOutcome};
use jiff::Timestamp;

use super::digest::CertificateDigest;
use crate::signed_statement::SignedStatement;

/// A statement with its signature, as an event or a batch keeps it. That it is
/// good, the row does not say: `audit` verifies it, and what is to be done needs a
/// [`SignedStatement`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRecord {
    /// The sentence that was shown.
    pub text: String,
    /// The structured form, exactly as it was signed.
    pub structured: String,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    /// The certificate that it verifies with; as a whole it is in the register.
    pub certificate: CertificateDigest,
    /// The nonce under the signature; absent in what was signed before it was kept.
    pub nonce: Option<String>,
    /// The origin under the signature; absent likewise.
    pub origin: Option<String>,
}

impl From<&SignedStatement> for StatementRecord {
    fn from(signed: &SignedStatement) -> Self {
        let parts = signed.parts();
        Self {
            text: parts.text.clone(),
            structured: parts.structured.clone(),
            signature: parts.signature.clone(),
            certificate: CertificateDigest(parts.certificate),
            nonce: Some(parts.nonce.clone()),
            origin: Some(parts.origin.clone()),
        }
    }
}

/// An event that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// When it happened.
    pub at: Timestamp,
    /// In which enterprise; none when the card is unknown.
    pub enterprise: Option<EnterpriseId>,
    /// The card of the person who acted.
    pub actor: Option<CardId>,
    /// What was done.
    pub act: EventAct,
    /// The card to which it was done.
    pub target: Option<CardId>,
    /// How it came out.
    pub outcome: EventOutcome,
    /// The proof, of a step after the beginning. What begins with a signature
    /// brings that itself: `Act` and `NewBatch`.
    pub statement: Option<StatementRecord>,
    /// From where it came.
    pub client: ClientInfo,
    /// What else has to be known, for example the reason of a refusal.
    pub detail: Option<String>,
    /// What a machine reads of it: JSON, see `event_log::facts`.
    pub facts: Option<String>,
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// The sequence number, rising.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// In which enterprise.
    pub enterprise: Option<EnterpriseId>,
    /// The card of the person who acted.
    pub actor: Option<CardId>,
    /// The code of what was done. That of a newer version is no [`EventAct`].
    pub act: String,
    /// The card to which it was done.
    pub target: Option<CardId>,
    /// How it came out.
    pub outcome: EventOutcome,
    /// The proof, where the act needs one.
    pub statement: Option<StatementRecord>,
    /// From where it came.
    pub client: ClientInfo,
    /// What else has to be known.
    pub detail: Option<String>,
    /// What a machine reads of it.
    pub facts: Option<String>,
}
