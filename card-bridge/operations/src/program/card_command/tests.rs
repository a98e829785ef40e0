//! One good command of every sort, and many that are nearly one.

use card_protocol::{
    ChipId, Command, Pin, PinTries, Puk, hex,
    piv::{
        self, Algorithm, Chuid, DataObject, MANAGEMENT_KEY, ManagementKey, PUK_REFERENCE, Slot,
        Touch, build_certificate_object,
    },
    program::Step,
};
use jiff::civil::date;

use super::CardCommand as C;

/// Every sort.
pub(in crate::program) const ALL: [C; 24] = [
    C::PinStatus,
    C::VerifyFactoryPin,
    C::GetChuid,
    C::GetCertificate,
    C::GetMarker,
    C::GetAttestationCertificate,
    C::PukMetadata,
    C::ManagementKeyMetadata,
    C::Witness,
    C::Answer,
    C::ProveCard,
    C::GenerateAuthentication,
    C::GenerateCardAuthentication,
    C::AttestAuthentication,
    C::AttestCardAuthentication,
    C::PutChuid,
    C::PutCertificate,
    C::PutMarker,
    C::Sign,
    C::SetPinRetries,
    C::SetManagementKey,
    C::ChangePuk,
    C::Unblock,
    C::ReplaceFactoryPin,
];

/// A command of this sort; `None` for the one step that is no command.
fn sample(sort: C) -> Option<Command> {
    let (pin, puk) = (Pin::new("123456").unwrap(), Puk::new(*b"48291377"));
    let key = ManagementKey::Aes256([7; 32]);
    let chuid = Chuid {
        chip_id: ChipId([9; 16]),
        expires: date(2099, 12, 31),
    };
    let certificate = build_certificate_object(&[0x30; 700]);
    Some(match sort {
        C::PinStatus => piv::verify_status(),
        C::VerifyFactoryPin => piv::verify_pin(&pin),
        C::GetChuid => piv::get_data(DataObject::Chuid),
        C::GetCertificate => piv::get_data(DataObject::AuthenticationCertificate),
        C::GetMarker => piv::get_data(DataObject::SecurityObject),
        C::GetAttestationCertificate => piv::get_data(DataObject::AttestationCertificate),
        C::PukMetadata => piv::get_metadata(PUK_REFERENCE),
        C::ManagementKeyMetadata => piv::get_metadata(MANAGEMENT_KEY),
        C::Witness => piv::request_witness(Algorithm::Aes256).unwrap(),
        C::Answer => piv::answer_witness(&key, &[1; 16], &[2; 16]).unwrap(),
        C::ProveCard => return None,
        C::GenerateAuthentication => {
            piv::generate_key(Slot::Authentication, Algorithm::P256).unwrap()
        }
        C::GenerateCardAuthentication => {
            piv::generate_key(Slot::CardAuthentication, Algorithm::P256).unwrap()
        }
        C::AttestAuthentication => piv::attest(Slot::Authentication),
        C::AttestCardAuthentication => piv::attest(Slot::CardAuthentication),
        C::PutChuid => piv::put_data(DataObject::Chuid, &chuid.to_bytes()),
        C::PutCertificate => piv::put_data(DataObject::AuthenticationCertificate, &certificate),
        C::PutMarker => piv::put_data(DataObject::SecurityObject, &[5; 40]),
        C::Sign => piv::sign(Slot::Authentication, Algorithm::P256, &[3; 32]).unwrap(),
        C::SetPinRetries => piv::set_pin_retries(PinTries(5), PinTries(3)),
        C::SetManagementKey => piv::set_management_key(&key, Touch::Never),
        C::ChangePuk => piv::change_puk(&puk, &puk),
        C::Unblock => piv::reset_retry_counter_to_appended(&puk),
        C::ReplaceFactoryPin => piv::change_pin_to_appended(&pin),
    })
}

const fn takes_pin(sort: C) -> bool {
    matches!(sort, C::Unblock | C::ReplaceFactoryPin)
}

fn recognise(command: &Command, takes_pin: bool) -> Option<C> {
    if takes_pin {
        C::recognise_before_pin(command)
    } else {
        C::recognise(command)
    }
}

/// A step of this sort, as a server writes it.
pub(in crate::program) fn step(sort: C) -> Step {
    let accept = vec!["9000".to_owned()];
    match sample(sort) {
        None => Step::ProveCard {
            nonce: "ab".repeat(32),
        },
        Some(command) if takes_pin(sort) => Step::NewPin {
            command: hex::encode(&[&command.header(), command.data()].concat()),
            accept,
            policy: None,
        },
        Some(command) => Step::Apdu {
            command: hex::encode(&command.encode().unwrap()),
            accept,
            answer_sha256: (sort == C::Answer).then(|| "cd".repeat(32)),
        },
    }
}

#[test]
fn each_command_is_recognised_as_what_it_is() {
    for sort in ALL {
        let Some(command) = sample(sort) else {
            continue;
        };
        let takes_pin = takes_pin(sort);
        assert_eq!(recognise(&command, takes_pin), Some(sort), "{command:?}");
        assert_eq!(recognise(&command, !takes_pin), None, "{command:?}");
    }
    for algorithm in [Algorithm::TripleDes, Algorithm::Aes192] {
        let witness = piv::request_witness(algorithm).unwrap();
        assert_eq!(C::recognise(&witness), Some(C::Witness));
    }
    let factory = ManagementKey::TripleDes(ManagementKey::FACTORY);
    let answer = piv::answer_witness(&factory, &[1; 8], &[2; 8]).unwrap();
    assert_eq!(C::recognise(&answer), Some(C::Answer));
}

/// Another header, another Le, a byte more or less: none of it is the same
/// command, and none becomes another one, but for the three reads and the keys
/// that differ in one byte, and the numbers of tries.
#[test]
fn what_is_nearly_a_command_is_none() {
    let mut tried = 0;
    for sort in ALL {
        let Some(command) = sample(sort) else {
            continue;
        };
        let whole = command.encode().unwrap().to_vec();
        let mut near: Vec<Command> = (0..4)
            .flat_map(|at| (0..=255).map(move |byte| (at, byte)))
            .filter_map(|(at, byte)| {
                let mut bytes = whole.clone();
                bytes[at] = byte;
                Command::parse(&bytes).ok()
            })
            .collect();
        let data = command.data();
        near.push(command.clone().with_data([data, &[0]].concat()));
        if let Some((_, shorter)) = data.split_last() {
            near.push(command.clone().with_data(shorter));
        }
        near.push(command.clone().expecting(17).unwrap());
        for near in near.iter().filter(|near| **near != command) {
            tried += 1;
            let found = recognise(near, takes_pin(sort));
            let header = near.header() != command.header();
            let is_cousin = match (sort, found) {
                (_, None) => true,
                (C::SetPinRetries, Some(C::SetPinRetries))
                | (C::PukMetadata, Some(C::ManagementKeyMetadata))
                | (C::ManagementKeyMetadata, Some(C::PukMetadata))
                | (C::GenerateAuthentication, Some(C::GenerateCardAuthentication))
                | (C::GenerateCardAuthentication, Some(C::GenerateAuthentication))
                | (C::AttestAuthentication, Some(C::AttestCardAuthentication))
                | (C::AttestCardAuthentication, Some(C::AttestAuthentication))
                // Witnesses differ in their algorithm alone; so do answers
                // between AES-192 and AES-256.
                | (C::Witness, Some(C::Witness))
                | (C::Answer, Some(C::Answer))
                // Eight bytes before a PIN are a PUK as well.
                | (C::ReplaceFactoryPin, Some(C::Unblock)) => header,
                // The marker is ours to fill.
                (C::PutMarker, Some(C::PutMarker)) => !header,
                _ => false,
            };
            assert!(is_cousin, "{sort:?}: {near:?} is {found:?}");
        }
    }
    assert!(tried > 15_000, "{tried}");
}

/// What the old list of instructions let through, and what a thief of the
/// program key would like.
#[test]
fn what_no_operation_needs_is_no_command_of_ours() {
    let (pin, puk) = (Pin::new("482913").unwrap(), Puk::new(*b"12345678"));
    let key = ManagementKey::Aes256([7; 32]);
    let triple = ManagementKey::TripleDes([7; 24]);
    let challenge = piv::request_challenge(Algorithm::Aes256).unwrap();
    for command in [
        piv::select(),
        piv::verify_pin(&pin),
        piv::change_pin(&pin, &pin),
        piv::reset_retry_counter(&puk, &pin),
        piv::get_data(DataObject::PrintedInformation),
        piv::put_data(DataObject::Discovery, &[1]),
        piv::put_data(DataObject::KeyHistory, &[1]),
        piv::put_data(DataObject::AuthenticationCertificate, &[]),
        piv::put_data(DataObject::AuthenticationCertificate, b"no certificate"),
        piv::put_data(DataObject::SecurityObject, &[]),
        piv::put_data(DataObject::SecurityObject, &[1; 65]),
        piv::put_data(DataObject::Chuid, &[1]),
        piv::sign(Slot::Signature, Algorithm::P256, &[0; 32]).unwrap(),
        piv::sign(Slot::CardAuthentication, Algorithm::P256, &[0; 32]).unwrap(),
        piv::sign(Slot::Authentication, Algorithm::P384, &[0; 48]).unwrap(),
        piv::generate_key(Slot::Signature, Algorithm::P256).unwrap(),
        piv::generate_key(Slot::Authentication, Algorithm::P384).unwrap(),
        piv::get_metadata(Slot::Authentication.reference()),
        piv::set_management_key(&key, Touch::Always),
        piv::set_management_key(&triple, Touch::Never),
        piv::set_pin_retries(PinTries(0), PinTries(3)),
        piv::set_pin_retries(PinTries(5), PinTries(16)),
        challenge.clone(),
        piv::answer_challenge(&key, &[1; 16]).unwrap(),
        // ATTEST without its Le, of F9 and of 9C, a write of its certificate.
        Command::new(0x00, 0xF9, 0x9A, 0x00),
        Command::new(0x00, 0xF9, 0xF9, 0x00).expecting_everything(),
        piv::attest(Slot::Signature),
        piv::put_data(
            DataObject::AttestationCertificate,
            &build_certificate_object(&[0x30; 700]),
        ),
        // RESET, IMPORT KEY, MOVE KEY, secure messaging, a chained link.
        Command::new(0x00, 0xFB, 0x00, 0x00),
        Command::new(0x00, 0xFE, 0x11, 0x9E).with_data([6, 1, 1]),
        Command::new(0x00, 0xF6, 0x9E, 0x9A),
        Command::new(0x0C, 0xCB, 0x3F, 0xFF),
        Command::new(0x10, 0xDB, 0x3F, 0xFF),
        Command::new(0x80, 0x20, 0x00, 0x80),
    ] {
        assert_eq!(C::recognise(&command), None, "{command:?}");
        assert_eq!(C::recognise_before_pin(&command), None, "{command:?}");
    }
    for (instruction, p2, length) in [(0x24, 0x80, 8), (0x2C, 0x81, 8), (0x2C, 0x80, 7)] {
        let command = Command::new(0, instruction, 0, p2).with_data(vec![0; length]);
        assert_eq!(C::recognise_before_pin(&command), None, "{command:?}");
    }
}
