//! The shape of each kind of program: which commands, in which order. A program
//! of any other shape is refused before the card gets a byte of it, whoever
//! signed it. So a thief of the server's program key can't have a card do what
//! no operation does, and a program of one kind can't do the work of another.

#[cfg(test)]
mod tests;

use card_protocol::program::ProgramKind;

use super::card_command::CardCommand as C;

/// One place in a shape.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// This command has to stand here.
    One(C),
    /// This command may stand here.
    Maybe(C),
}

use Part::{Maybe, One};

type Shape = &'static [Part];

const LOOK_CLEAR: Shape = &[
    Maybe(C::ProveCard),
    Maybe(C::PinStatus),
    Maybe(C::GetMarker),
    Maybe(C::PukMetadata),
    Maybe(C::GetCertificate),
    Maybe(C::AttestCardAuthentication),
    Maybe(C::GetAttestationCertificate),
    // Some cards forget it with the next command.
    Maybe(C::Witness),
];

const LOOK_SEALED: Shape = &[
    One(C::Answer),
    Maybe(C::PinStatus),
    Maybe(C::GetMarker),
    Maybe(C::PukMetadata),
    Maybe(C::GetCertificate),
    Maybe(C::AttestCardAuthentication),
    Maybe(C::GetAttestationCertificate),
    Maybe(C::Witness),
];

const RENEW: Shape = &[
    One(C::Answer),
    Maybe(C::GenerateCardAuthentication),
    Maybe(C::PutCertificate),
    One(C::GetCertificate),
];

const RENEW_NEW_KEY: Shape = &[
    One(C::Answer),
    One(C::GenerateAuthentication),
    Maybe(C::Witness),
];

/// The same, and the card attests that it made the key, and its own (9E).
const RENEW_NEW_KEY_ATTESTED: Shape = &[
    One(C::Answer),
    One(C::GenerateAuthentication),
    One(C::AttestAuthentication),
    One(C::AttestCardAuthentication),
    One(C::GetAttestationCertificate),
    One(C::Witness),
];

const UNBLOCK: Shape = &[
    One(C::Answer),
    One(C::Unblock),
    One(C::PutMarker),
    One(C::ChangePuk),
    One(C::PutMarker),
    One(C::PinStatus),
];

const ROTATE: Shape = &[
    One(C::Answer),
    One(C::PutMarker),
    One(C::ChangePuk),
    One(C::PutMarker),
    One(C::PinStatus),
];

const KEEP_PUK: Shape = &[One(C::Answer), One(C::PutMarker), One(C::PinStatus)];

const CHECK: Shape = &[One(C::Answer), One(C::PinStatus)];

const ROLL_BACK: Shape = &[
    One(C::Answer),
    One(C::PutCertificate),
    One(C::GetCertificate),
];

/// The rounds of 制卡. The PIN's tries, which reset PIN and PUK on some cards,
/// come before both are set.
const ENROL: &[Shape] = &[
    &[One(C::ManagementKeyMetadata)],
    &[One(C::Witness)],
    &[One(C::Answer)],
    &[
        One(C::PutChuid),
        One(C::GenerateAuthentication),
        One(C::GenerateCardAuthentication),
    ],
    &[
        One(C::PutChuid),
        One(C::GenerateAuthentication),
        One(C::GenerateCardAuthentication),
        One(C::AttestAuthentication),
        One(C::AttestCardAuthentication),
        One(C::GetAttestationCertificate),
    ],
    &[
        One(C::PutCertificate),
        One(C::VerifyFactoryPin),
        One(C::Sign),
        One(C::SetPinRetries),
        One(C::SetManagementKey),
        One(C::ChangePuk),
        One(C::ReplaceFactoryPin),
    ],
    &[
        One(C::ProveCard),
        One(C::GetChuid),
        One(C::GetCertificate),
        One(C::Witness),
    ],
];

/// Whether a program of this kind may be these commands in this order.
pub(super) fn fits(kind: ProgramKind, is_sealed: bool, commands: &[C]) -> bool {
    !commands.is_empty()
        && shapes(kind, is_sealed)
            .iter()
            .any(|shape| matches(shape, commands))
}

/// The shapes of a kind, in the clear or sealed; none where it is never so.
const fn shapes(kind: ProgramKind, is_sealed: bool) -> &'static [Shape] {
    match (kind, is_sealed) {
        (ProgramKind::Look, false) => &[LOOK_CLEAR],
        (ProgramKind::Look, true) => &[LOOK_SEALED],
        (ProgramKind::Renew, true) => &[RENEW],
        (ProgramKind::RenewNewKey, true) => &[RENEW_NEW_KEY, RENEW_NEW_KEY_ATTESTED],
        (ProgramKind::Unblock, true) => &[UNBLOCK],
        (ProgramKind::Rotate, true) => &[ROTATE],
        (ProgramKind::KeepPuk, true) => &[KEEP_PUK],
        (ProgramKind::Check, true) => &[CHECK],
        (ProgramKind::RollBack, true) => &[ROLL_BACK],
        (ProgramKind::Enrol, false) => ENROL,
        // What needs no secret has none to hide, and what has one is hidden.
        (_, false) | (ProgramKind::Enrol, true) => &[],
    }
}

fn matches(shape: &[Part], commands: &[C]) -> bool {
    let Some((part, shape)) = shape.split_first() else {
        return commands.is_empty();
    };
    let (One(wanted) | Maybe(wanted)) = part;
    let is_here = commands
        .split_first()
        .is_some_and(|(command, rest)| command == wanted && matches(shape, rest));
    is_here || matches!(part, Maybe(_)) && matches(shape, commands)
}
