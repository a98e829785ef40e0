//! The PIV card application (NIST SP 800-73-4 part 2), and the few extensions
//! of security keys that personalisation uses.
//!
//! Functions named after a card command build a [`Command`](crate::Command);
//! functions that begin with `parse_` read the data of its answer. Nothing
//! here knows how the bytes travel.

mod application;
mod authenticate;
mod certificate;
mod chip_id;
mod chuid;
mod keypair;
mod management;
mod mutual;
mod object;
mod reference;
mod secret;
mod signature;
mod slot;
mod yubikey;

use crate::{
    apdu::StatusWord,
    tlv::{Tag, TlvError},
};

pub use application::{AID, AID_PREFIX, RID, is_piv_aid, parse_application, select};
pub use certificate::{MAX_CERTIFICATE, build_certificate_object, parse_certificate_object};
pub use chip_id::{ChipId, ChipIdError};
pub use chuid::{Chuid, NON_FEDERAL_FASC_N};
pub use keypair::{PublicKey, generate_key, parse_public_key};
pub use management::ManagementKey;
pub use mutual::{
    answer_challenge, answer_witness, check_answer, expected_answer, is_witness_answer,
    parse_challenge, parse_witness, request_challenge, request_witness,
};
pub use object::{DataObject, get_data, parse_data, parse_put_data, put_data};
pub use reference::{
    PinStatus, change_pin, change_pin_to_appended, change_puk, change_reference,
    reset_retry_counter, reset_retry_counter_to_appended, verify_pin, verify_status,
};
pub use secret::{Pin, PinError, PinTries, Puk};
pub use signature::{EcdsaSignature, parse_ecdsa_signature, parse_signature, sign};
pub use slot::{Algorithm, MANAGEMENT_KEY, PIN_REFERENCE, PUK_REFERENCE, Slot, Unknown};
pub use yubikey::{
    Metadata, Touch, attest, get_metadata, parse_metadata, set_management_key, set_pin_retries,
};

/// What is wrong with an answer of a card, or with what was to be asked of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PivError {
    /// The card said no.
    #[error("card answered {0}")]
    Status(#[from] StatusWord),
    /// The answer is not the data objects it should be.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// A data object has a length it can't have.
    #[error("data object {tag} has {length} bytes")]
    Length {
        /// Which one.
        tag: Tag,
        /// How long it is.
        length: usize,
    },
    /// A data object has contents it can't have.
    #[error("data object {0} has invalid contents")]
    Contents(Tag),
    /// A data object is there twice.
    #[error("data object {0} is there twice")]
    Twice(Tag),
    /// The certificate is stored compressed (gzip), which we never write.
    #[error("certificate is compressed")]
    CompressedCertificate,
    /// An algorithm that does not fit the request.
    #[error("algorithm {0:?} can't do this")]
    WrongAlgorithm(Algorithm),
    /// A digest, challenge or witness of the wrong length for its algorithm.
    #[error("input of {actual} bytes, where {expected} are needed")]
    InputLength {
        /// What the algorithm takes.
        expected: usize,
        /// What came.
        actual: usize,
    },
    /// The answer to our challenge is wrong: the card does not have the key.
    #[error("card did not prove that it has the management key")]
    NotAuthentic,
}
