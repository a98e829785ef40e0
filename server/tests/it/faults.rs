//! Faults that are no crash, on a server that works: a short sample of what
//! `cargo xtask test faults` runs at length (`IC_CARD_FAULTS=long`).

mod amid_service;
mod card_making;
mod full_disk;
mod ground;
mod hang_ups;
pub(crate) mod process;
mod soak;
mod stopped;
mod ways;
mod workers;

/// `short`, or `long` when there is time.
pub(crate) fn long_or<T>(short: T, long: T) -> T {
    if std::env::var("IC_CARD_FAULTS").is_ok_and(|value| value == "long") {
        long
    } else {
        short
    }
}
