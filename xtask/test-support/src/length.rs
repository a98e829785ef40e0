//! How long the faults that are no crash last: the tests run a short sample, and
//! `cargo xtask test faults` runs them at length (`IC_CARD_FAULTS=long`).

/// `short`, or `long` when there is time.
pub fn long_or<T>(short: T, long: T) -> T {
    if std::env::var("IC_CARD_FAULTS").is_ok_and(|value| value == "long") {
        long
    } else {
        short
    }
}
