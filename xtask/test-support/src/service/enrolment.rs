//! The making of a card as the register sees it, without a card: begun, its
//! certificate held, confirmed.

use card_domain::{CardId, CardNo, EventAct};
use card_protocol::ChipId;
use jiff::{SignedDuration, Timestamp};
use server::{
    keys::CardKeyMadeAt,
    storage::{
        CardKeyRecord, CertificateDigest, ConfirmOutcome, Confirmation, EnrolmentStart,
        EnrolmentUpdate, NewCertificate, NewEnrolment, NewEvent, SharedStore, TokenHash,
    },
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::samples::unique;

/// The step after [`begin`].
pub const BEGUN: &str = "begun";

/// Begins to make a card, for the enterprise and at the time of the event. Ten
/// minutes later it expires.
pub async fn begin(store: &SharedStore, card: CardId, event: NewEvent) -> (Uuid, TokenHash) {
    let (id, token) = (Uuid::now_v7(), TokenHash(unique()));
    let enrolment = NewEnrolment {
        id,
        enterprise: event.enterprise.unwrap(),
        card,
        token,
        step: String::from(BEGUN),
        payload: String::from("{}"),
        created_at: event.at,
        expires_at: event.at + SignedDuration::from_mins(10),
    };
    let event = NewEvent {
        act: EventAct::Enrol,
        ..event
    };
    let begun = store.begin_enrolment(enrolment, event).await;
    assert_eq!(begun.unwrap(), EnrolmentStart::Begun);
    (id, token)
}

/// Holds a certificate for it, which is then at `step`.
pub async fn hold(
    store: &SharedStore,
    enrolment: Uuid,
    step: &str,
    (serial, der): (Vec<u8>, Vec<u8>),
    at: Timestamp,
) -> CertificateDigest {
    let sha256 = CertificateDigest(Sha256::digest(&der).into());
    let certificate = NewCertificate {
        id: Uuid::now_v7(),
        serial,
        der,
        sha256,
        created_at: at,
    };
    let step = EnrolmentUpdate {
        id: enrolment,
        before: String::from(BEGUN),
        step: String::from(step),
        payload: String::from("{}"),
    };
    assert!(store.hold_certificate(step, certificate).await.unwrap());
    sha256
}

/// The key of a card that nobody has: no operation goes on with it.
pub const fn nobodys_card_key() -> CardKeyRecord {
    CardKeyRecord {
        point: [4; 65],
        made_at: CardKeyMadeAt::CardMaking,
        proof: [0; 16],
    }
}

/// Confirms that the certificate is on a card that nobody saw before.
pub async fn confirm(
    store: &SharedStore,
    enrolment: Uuid,
    certificate: CertificateDigest,
    (card_no, pin_tries): (CardNo, u8),
    event: NewEvent,
) -> ConfirmOutcome {
    let confirmation = Confirmation {
        enrolment,
        certificate,
        card_no,
        chip_id: ChipId(*Uuid::now_v7().as_bytes()),
        card_key: nobodys_card_key(),
        attestation: None,
        pin_tries: Some(pin_tries),
        payload: String::from("{}"),
        at: event.at,
        event,
    };
    store.confirm_enrolment(confirmation).await.unwrap()
}
