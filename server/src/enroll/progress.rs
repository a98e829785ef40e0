//! What is remembered from one request of an enrolment to the next. It holds
//! no secret: challenges travel in the clear anyway, keys are derived anew.

use card_domain::CardId;
use card_protocol::{
    ChipId,
    piv::{Algorithm, ManagementKey},
    program::NONCE_LENGTH,
};
use event_log::card_facts::CardNames;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    card_program::{KeyProof, MutualAuth},
    keys::{MasterKey, RowSeal},
    service::ServiceError,
    storage::EnrolmentRecord,
};

/// What the tag of a progress is for.
const PURPOSE: &str = "enrolments";

/// Where an enrolment is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnrolmentProgress {
    /// The number of the program that was handed out last.
    pub(super) sequence: u32,
    /// Where that is in the enrolment.
    pub(super) step: EnrolmentStep,
    /// The chip id that the card came with, if any.
    pub(super) old_chip: Option<ChipId>,
    /// The chip id that it gets.
    pub(super) new_chip: ChipId,
    /// The SHA-256 of the report that this program answers, in hex; the first
    /// program answers none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answered: Option<String>,
    /// How holder and enterprise are named, for the certificate.
    pub(super) names: CardNames,
}

/// A factory management key to be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Factory {
    /// Most cards.
    TripleDes,
    /// Security keys since firmware 5.7.
    Aes192,
}

impl Factory {
    pub(super) const fn key(self) -> ManagementKey {
        match self {
            Self::TripleDes => ManagementKey::TripleDes(ManagementKey::FACTORY),
            Self::Aes192 => ManagementKey::Aes192(ManagementKey::FACTORY),
        }
    }

    pub(super) const fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::TripleDes => Some(Self::TripleDes),
            Algorithm::Aes192 => Some(Self::Aes192),
            _ => None,
        }
    }
}

/// The programs in their order, with what each needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum EnrolmentStep {
    /// Which algorithm does the management key have?
    Metadata,
    /// The card's witness under a factory key.
    Witness {
        /// The one that is tried.
        factory: Factory,
        /// Whether the other one may be tried after it.
        may_try_other: bool,
    },
    /// The server's answer and its challenge.
    Answer {
        /// The factory key that the card's witness was made with.
        factory: Factory,
        /// The card's witness, and our challenge.
        auth: MutualAuth,
    },
    /// The chip id and the key pair: the first writes.
    Generate {
        /// The card's, of the factory key.
        proof: KeyProof,
        /// Whether the card is asked to attest the keys.
        #[serde(default)]
        attest: bool,
    },
    /// The certificate, the proof of its key, management key, PUK and PIN.
    Write {
        /// The card's, of the factory key.
        proof: KeyProof,
        /// What was issued.
        issued: Issued,
        /// What the card has to sign, hex.
        digest: String,
    },
    /// Everything is read back; the card signs with its own new key (9E), and
    /// gives a witness under the new management key.
    ReadBack {
        /// What was issued.
        issued: Issued,
        /// What the card has to sign.
        nonce: [u8; NONCE_LENGTH],
    },
    /// The card proves that it has the new management key.
    Prove {
        /// What was issued.
        issued: Issued,
        /// The card's witness, and our challenge.
        auth: MutualAuth,
    },
}

impl EnrolmentStep {
    /// The blank card's proof, of the steps that rest on it.
    pub(super) const fn proof(&self) -> Option<&KeyProof> {
        match self {
            Self::Generate { proof, .. } | Self::Write { proof, .. } => Some(proof),
            Self::Metadata
            | Self::Witness { .. }
            | Self::Answer { .. }
            | Self::ReadBack { .. }
            | Self::Prove { .. } => None,
        }
    }
}

/// The certificate that waits for its confirmation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issued {
    /// IC卡号 in it.
    pub(super) card_no: String,
    /// The holder's name in it.
    pub(super) holder_name: String,
    /// The certificate, DER in hex.
    pub(super) der: String,
    /// The card's own key (9E), the uncompressed point in hex.
    pub(super) card_key: String,
    /// SHA-256, hex, of the certificate of the key with which the card attested
    /// both, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) attestation: Option<String>,
}

impl EnrolmentProgress {
    pub(super) fn new(old_chip: Option<ChipId>, new_chip: ChipId, names: CardNames) -> Self {
        Self {
            sequence: 0,
            step: EnrolmentStep::Metadata,
            old_chip,
            new_chip,
            answered: None,
            names,
        }
    }

    /// This step is next, under the next number.
    pub(super) fn then(self, step: EnrolmentStep) -> Self {
        Self {
            sequence: self.sequence + 1,
            step,
            ..self
        }
    }

    /// The chip id that the bridge finds on the card before this program.
    pub(super) const fn chip_on_card(&self) -> Option<ChipId> {
        match self.step {
            EnrolmentStep::Metadata
            | EnrolmentStep::Witness { .. }
            | EnrolmentStep::Answer { .. }
            | EnrolmentStep::Generate { .. } => self.old_chip,
            EnrolmentStep::Write { .. }
            | EnrolmentStep::ReadBack { .. }
            | EnrolmentStep::Prove { .. } => Some(self.new_chip),
        }
    }

    /// What the store knows the step by.
    pub(super) fn step_name(&self) -> String {
        format!("program {}", self.sequence)
    }

    /// As the row of this enrolment for this card keeps it.
    ///
    /// # Errors
    /// [`ServiceError`]
    pub(super) fn seal(
        &self,
        master: &MasterKey,
        enrolment: Uuid,
        card: CardId,
    ) -> Result<String, ServiceError> {
        let text = serde_json::to_string(self)?;
        Ok(RowSeal::new(master, PURPOSE, enrolment, card.0).seal(&text)?)
    }

    /// Reads what the row keeps; `None` if no server wrote it for this enrolment and
    /// card.
    ///
    /// # Errors
    /// [`ServiceError`]
    pub(super) fn of(
        record: &EnrolmentRecord,
        master: &MasterKey,
    ) -> Result<Option<Self>, ServiceError> {
        let seal = RowSeal::new(master, PURPOSE, record.id, record.card.0);
        let text = seal.open(&record.payload)?;
        Ok(text.map(serde_json::from_str).transpose()?)
    }
}
