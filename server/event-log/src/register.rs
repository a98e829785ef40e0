//! The register as the log explains it: the events that changed what decides
//! about cards, folded into the state that every card must have ([`fold`]), each
//! change judged by the rule of its act ([`rules`]), and compared with the rows. A
//! single card can be followed by itself ([`link`]).

pub mod fold;
pub mod link;
pub mod rules;

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    card_facts::{CardFacts, CertificateStanding},
    source::LogSource,
    tree::Hash,
};

/// A card's row, as the register has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredCard {
    /// The card's key in the register.
    pub card: Uuid,
    /// The number of the event that the row names as the one that made it so.
    pub state_event: Option<i64>,
    /// What of it decides something.
    pub facts: CardFacts,
    /// All its certificates: the digest that the row says, that of the DER that
    /// is kept, and the standing.
    pub certificates: Vec<RegisteredCertificate>,
}

/// A certificate's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredCertificate {
    /// SHA-256 as the row has it, which must be that of `der`.
    pub sha256: Hash,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// What it counts as.
    pub standing: CertificateStanding,
}

/// A log with the register that it is to explain.
#[async_trait]
pub trait RegisterSource: LogSource {
    /// The cards of all enterprises after this one, in the order of their keys,
    /// at most `limit`.
    async fn cards(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<RegisteredCard>, Self::Error>;
}
