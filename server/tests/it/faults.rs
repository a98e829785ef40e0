//! Faults that are no crash, on a server that works: a short sample of what
//! `cargo xtask test faults` runs at length (`IC_CARD_FAULTS=long`).

mod amid_service;

/// `short`, or `long` when there is time.
fn long_or<T>(short: T, long: T) -> T {
    if std::env::var("IC_CARD_FAULTS").is_ok_and(|value| value == "long") {
        long
    } else {
        short
    }
}
