//! The names of the steps of all programs: the answers are looked up by them,
//! and people and events are told of them.

use std::fmt;

/// A step of a program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StepName {
    /// Asks for the witness of the management key.
    Witness,
    /// Has the card sign with its own key (9E).
    ProveCard,
    /// Answers the witness and has the card answer our challenge.
    Answer,
    /// Asks about the management key.
    ManagementKeyMetadata,
    /// Asks about the PUK.
    PukMetadata,
    /// Asks for the PIN's tries.
    PinStatus,
    /// Presents the PIN of a blank card.
    VerifyFactoryPin,
    /// Makes a key pair in slot 9A.
    Generate,
    /// Makes a key pair in slot 9E.
    GenerateCardKey,
    /// Has the card attest that it made the key in slot 9A.
    AttestLoginKey,
    /// Has the card attest that it made the key in slot 9E.
    AttestCardKey,
    /// Reads the certificate of the key that attests.
    GetAttestationCertificate,
    /// Has the key in slot 9A sign.
    Sign,
    /// Writes the chip id.
    PutChuid,
    /// Reads the chip id's object (CHUID) back.
    GetChuid,
    /// Writes the certificate of slot 9A.
    PutCertificate,
    /// Reads the certificate's object.
    GetCertificate,
    /// Reads the marker of the PUK's generation.
    GetMarker,
    /// Writes where the change of the PUK leads.
    PutIntentMarker,
    /// Writes that it is done.
    PutDoneMarker,
    /// Sets the tries of PIN and PUK, and both to the factory's.
    SetPinRetries,
    /// Replaces the management key.
    SetManagementKey,
    /// Replaces the PUK.
    ChangePuk,
    /// Replaces the PIN of a blank card.
    ChangePin,
    /// Sets a PIN under the PUK.
    ResetRetryCounter,
}

impl StepName {
    /// As the standard, or the maker, calls the command.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Witness => "GENERAL AUTHENTICATE 9B (witness)",
            Self::ProveCard => "GENERAL AUTHENTICATE 9E",
            Self::Answer => "GENERAL AUTHENTICATE 9B (answer)",
            Self::ManagementKeyMetadata => "GET METADATA 9B",
            Self::PukMetadata => "GET METADATA PUK",
            Self::PinStatus => "VERIFY (status)",
            Self::VerifyFactoryPin => "VERIFY factory PIN",
            Self::Generate => "GENERATE 9A",
            Self::GenerateCardKey => "GENERATE 9E",
            Self::AttestLoginKey => "ATTEST 9A",
            Self::AttestCardKey => "ATTEST 9E",
            Self::GetAttestationCertificate => "GET DATA attestation certificate",
            Self::Sign => "GENERAL AUTHENTICATE 9A",
            Self::PutChuid => "PUT DATA CHUID",
            Self::GetChuid => "GET DATA CHUID",
            Self::PutCertificate => "PUT DATA certificate",
            Self::GetCertificate => "GET DATA certificate",
            Self::GetMarker => "GET DATA marker",
            Self::PutIntentMarker => "PUT DATA marker (before)",
            Self::PutDoneMarker => "PUT DATA marker (after)",
            Self::SetPinRetries => "SET PIN RETRIES",
            Self::SetManagementKey => "SET MANAGEMENT KEY",
            Self::ChangePuk => "CHANGE REFERENCE DATA PUK",
            Self::ChangePin => "CHANGE REFERENCE DATA PIN",
            Self::ResetRetryCounter => "RESET RETRY COUNTER",
        }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
