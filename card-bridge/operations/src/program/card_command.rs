//! The commands that any program may hold, as a closed list. A command is
//! recognised when it is, byte for byte, what `card_protocol::piv` builds for
//! its purpose; what is left open is only what differs from card to card.

#[cfg(test)]
pub(super) mod tests;

use card_protocol::{
    Command, Ins,
    piv::{self, Algorithm, Chuid, DataObject, MANAGEMENT_KEY, PIN_REFERENCE, PUK_REFERENCE, Slot},
};

/// The PIN of a blank card, padded to the eight bytes that a card compares.
const FACTORY_PIN: &[u8; 8] = b"123456\xFF\xFF";
/// Most bytes of the marker: two numbers and a proof.
const MAX_MARKER: usize = 64;
/// Most tries of a PIN or PUK: what `63CX` can say.
const MAX_TRIES: u8 = 15;

/// Where the marker lies that says which PUK a card has.
const MARKER: DataObject = DataObject::SecurityObject;

/// One command, or one step, that a program may hold. What each of them may
/// change, and who has to be authenticated for it, is the card's to know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CardCommand {
    /// VERIFY without data: the PIN's tries.
    PinStatus,
    /// VERIFY of the PIN that a blank card has.
    VerifyFactoryPin,
    /// GET DATA of the CHUID.
    GetChuid,
    /// GET DATA of the certificate of 9A.
    GetCertificate,
    /// GET DATA of the marker.
    GetMarker,
    /// GET DATA of the certificate of the attestation key (F9).
    GetAttestationCertificate,
    /// GET METADATA of the PUK.
    PukMetadata,
    /// GET METADATA of the management key.
    ManagementKeyMetadata,
    /// GENERAL AUTHENTICATE with 9B: asks for a witness.
    Witness,
    /// GENERAL AUTHENTICATE with 9B: the decrypted witness and a challenge.
    Answer,
    /// The step that has the card sign for the bridge's key, with 9E.
    ProveCard,
    /// GENERATE of a P-256 key in 9A.
    GenerateAuthentication,
    /// GENERATE of a P-256 key in 9E.
    GenerateCardAuthentication,
    /// ATTEST of the key in 9A.
    AttestAuthentication,
    /// ATTEST of the key in 9E.
    AttestCardAuthentication,
    /// PUT DATA of a CHUID.
    PutChuid,
    /// PUT DATA of a certificate for 9A.
    PutCertificate,
    /// PUT DATA of the marker.
    PutMarker,
    /// GENERAL AUTHENTICATE with 9A over a digest.
    Sign,
    /// SET PIN RETRIES.
    SetPinRetries,
    /// SET MANAGEMENT KEY to an AES-256 key.
    SetManagementKey,
    /// CHANGE REFERENCE DATA of the PUK.
    ChangePuk,
    /// RESET RETRY COUNTER with the PUK and the PIN that the terminal appends.
    Unblock,
    /// CHANGE REFERENCE DATA from the factory PIN to the one that is appended.
    ReplaceFactoryPin,
}

impl CardCommand {
    /// Which one `command` is; `None` for any other.
    pub(super) fn recognise(command: &Command) -> Option<Self> {
        if command.class() != 0 {
            return None;
        }
        match (command.ins()?, command.p2()) {
            (Ins::Verify, _) if command.data().is_empty() => {
                exactly(command, &piv::verify_status(), Self::PinStatus)
            }
            (Ins::Verify, PIN_REFERENCE) => {
                let is_factory = command.data() == FACTORY_PIN;
                has(command, 0, is_factory, Self::VerifyFactoryPin)
            }
            (Ins::GetData, _) => [
                (DataObject::Chuid, Self::GetChuid),
                (DataObject::AuthenticationCertificate, Self::GetCertificate),
                (MARKER, Self::GetMarker),
                (
                    DataObject::AttestationCertificate,
                    Self::GetAttestationCertificate,
                ),
            ]
            .into_iter()
            .find_map(|(object, named)| exactly(command, &piv::get_data(object), named)),
            (Ins::GetMetadata, reference @ PUK_REFERENCE) => {
                exactly(command, &piv::get_metadata(reference), Self::PukMetadata)
            }
            (Ins::GetMetadata, reference @ MANAGEMENT_KEY) => exactly(
                command,
                &piv::get_metadata(reference),
                Self::ManagementKeyMetadata,
            ),
            (Ins::GeneralAuthenticate, MANAGEMENT_KEY) => {
                let algorithm = Algorithm::try_from(command.p1()).ok()?;
                let request = piv::request_witness(algorithm).ok()?;
                exactly(command, &request, Self::Witness)
                    .or_else(|| piv::is_witness_answer(command).then_some(Self::Answer))
            }
            (Ins::GeneralAuthenticate, _) => {
                let digest = command.data().last_chunk::<32>()?;
                let sign = piv::sign(Slot::Authentication, Algorithm::P256, digest).ok()?;
                exactly(command, &sign, Self::Sign)
            }
            (Ins::Generate, _) => [
                (Slot::Authentication, Self::GenerateAuthentication),
                (Slot::CardAuthentication, Self::GenerateCardAuthentication),
            ]
            .into_iter()
            .find_map(|(slot, named)| {
                let generate = piv::generate_key(slot, Algorithm::P256).ok()?;
                exactly(command, &generate, named)
            }),
            (Ins::Attest, _) => [
                (Slot::Authentication, Self::AttestAuthentication),
                (Slot::CardAuthentication, Self::AttestCardAuthentication),
            ]
            .into_iter()
            .find_map(|(slot, named)| exactly(command, &piv::attest(slot), named)),
            (Ins::PutData, _) => written(command),
            (Ins::SetPinRetries, puk) => {
                let tries = 1..=MAX_TRIES;
                let is_sound = tries.contains(&command.p1()) && tries.contains(&puk);
                (is_sound && command.data().is_empty() && command.expected().is_none())
                    .then_some(Self::SetPinRetries)
            }
            // Without touching the card at each use (FF), AES-256 in 32 bytes.
            (Ins::SetManagementKey, 0xFF) => {
                let aes = Algorithm::Aes256.identifier();
                let is_ours = command.data().starts_with(&[aes, MANAGEMENT_KEY, 32])
                    && command.data().len() == 3 + 32;
                has(command, 0xFF, is_ours, Self::SetManagementKey)
            }
            (Ins::ChangeReferenceData, PUK_REFERENCE) => {
                let is_pair = command.data().len() == 16;
                has(command, 0, is_pair, Self::ChangePuk)
            }
            // A PIN that the server knows, another application, and what the
            // bridge's own exchange sends.
            _ => None,
        }
    }

    /// Which one `command` is that still lacks the terminal's PIN.
    pub(super) fn recognise_before_pin(command: &Command) -> Option<Self> {
        if command.class() != 0 || command.p2() != PIN_REFERENCE {
            return None;
        }
        match command.ins()? {
            Ins::ResetRetryCounter => has(command, 0, command.data().len() == 8, Self::Unblock),
            Ins::ChangeReferenceData => {
                let is_factory = command.data() == FACTORY_PIN;
                has(command, 0, is_factory, Self::ReplaceFactoryPin)
            }
            _ => None,
        }
    }
}

/// `named`, if the command is `canonical` and nothing else.
fn exactly(command: &Command, canonical: &Command, named: CardCommand) -> Option<CardCommand> {
    (command == canonical).then_some(named)
}

/// `named`, if P1 is this one, no answer is expected, and the data `is_right`.
fn has(command: &Command, p1: u8, is_right: bool, named: CardCommand) -> Option<CardCommand> {
    (command.p1() == p1 && command.expected().is_none() && is_right).then_some(named)
}

/// Which object a PUT DATA writes, if its contents are what belongs there.
fn written(command: &Command) -> Option<CardCommand> {
    let (object, contents) = piv::parse_put_data(command)?;
    let (belongs_there, named) = match object {
        DataObject::Chuid => (Chuid::parse(contents).is_ok(), CardCommand::PutChuid),
        DataObject::AuthenticationCertificate => {
            let is_one = piv::parse_certificate_object(contents).is_ok();
            (is_one, CardCommand::PutCertificate)
        }
        MARKER => {
            let is_one = (1..=MAX_MARKER).contains(&contents.len());
            (is_one, CardCommand::PutMarker)
        }
        _ => return None,
    };
    belongs_there.then_some(named)
}
