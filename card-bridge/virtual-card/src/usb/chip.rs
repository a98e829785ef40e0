//! What the slot asks of the card, and what becomes of it.

use crate::VirtualCard;

/// Something for the card to do. Not `Debug`: an APDU may hold a PIN.
pub(super) enum Job {
    /// Power, or a reset where it has power.
    PowerOn,
    PowerOff,
    /// A command APDU.
    Transmit(Vec<u8>),
}

/// What became of it.
pub(super) enum Outcome {
    /// It has power: its answer to reset.
    On(Vec<u8>),
    Off,
    /// Its answer to the APDU.
    Said(Vec<u8>),
    /// It did not answer.
    Mute,
}

/// Has the card do it.
pub(super) fn run(card: &VirtualCard, job: &Job) -> Outcome {
    let done = match job {
        Job::PowerOn => card.power_on().map(Outcome::On),
        Job::PowerOff => card.power_off().map(|()| Outcome::Off),
        Job::Transmit(apdu) => card.transmit(apdu).map(Outcome::Said),
    };
    done.unwrap_or_else(|error| {
        tracing::error!(%error, "no answer of the card");
        Outcome::Mute
    })
}
