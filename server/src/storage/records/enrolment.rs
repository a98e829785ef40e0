//! 制卡 under way: one open enrolment at most for each card.

use card_domain::{CardId, CardNo, CardState, EnterpriseId};
use card_protocol::piv::ChipId;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    card::CardKeyRecord,
    digest::{CertificateDigest, TokenHash},
    event::NewEvent,
};

/// An enrolment that is to begin.
#[derive(Clone, Debug)]
pub struct NewEnrolment {
    /// The key, made by the caller (UUID version 7).
    pub id: Uuid,
    /// The enterprise whose card is made.
    pub enterprise: EnterpriseId,
    /// The card that is made.
    pub card: CardId,
    /// SHA-256 of the token with which the bridge continues.
    pub token: TokenHash,
    /// The step to which it has come; the caller's word.
    pub step: String,
    /// What the caller has to remember, never a secret in the clear.
    pub payload: String,
    /// When it began.
    pub created_at: Timestamp,
    /// After this it is void.
    pub expires_at: Timestamp,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentStart {
    /// It is open; an older one of the same card is void, and the
    /// certificate that it held is revoked.
    Begun,
    /// The card is not 未制卡; nothing was written.
    CardIs(CardState),
}

/// An enrolment as it stands. The caller checks `expires_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentRecord {
    /// The key, which its programs name as their operation.
    pub id: Uuid,
    /// The enterprise whose card is made.
    pub enterprise: EnterpriseId,
    /// The card that is made.
    pub card: CardId,
    /// The step to which it has come.
    pub step: String,
    /// What the caller has to remember.
    pub payload: String,
    /// When it began.
    pub created_at: Timestamp,
    /// After this it is void.
    pub expires_at: Timestamp,
}

/// A step of an enrolment.
#[derive(Clone, Debug)]
pub struct EnrolmentUpdate {
    /// The enrolment that goes on.
    pub id: Uuid,
    /// The step that the caller saw.
    pub before: String,
    /// The step to which it has come now.
    pub step: String,
    /// What the caller has to remember now.
    pub payload: String,
}

/// The end of an enrolment: the card was written and read back.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The enrolment that ends with it.
    pub enrolment: Uuid,
    /// The certificate that was read back; the one that this card holds.
    pub certificate: CertificateDigest,
    /// IC卡号 that was reserved for it and stands in its certificate.
    pub card_no: CardNo,
    /// The chip id that was given.
    pub chip_id: ChipId,
    /// The card's own key, with which it proved itself.
    pub card_key: CardKeyRecord,
    /// The certificate of the key with which the card attested its keys, if it did.
    pub attestation: Option<CertificateDigest>,
    /// PIN tries left, as the card said.
    pub pin_tries: Option<u8>,
    /// What the caller has to remember until the enrolment is void.
    pub payload: String,
    /// When the card was made.
    pub at: Timestamp,
    /// The event that records it.
    pub event: NewEvent,
}

/// What became of it. Everything but `Confirmed` wrote nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// The card is 正常 and its certificate good.
    Confirmed {
        /// The card that was made.
        card: CardId,
        /// IC卡号 that it was given.
        card_no: CardNo,
        /// The event's sequence number.
        event: i64,
    },
    /// The enrolment is not there any more: another one took over.
    Gone,
    /// The card is not 未制卡 any more.
    CardIs(CardState),
    /// The card does not hold this certificate, or has it confirmed already.
    NotHeld,
}
