//! How fast a card is spoken to: Fi and Di of TA1 (ISO/IEC 7816-3 §8.3, tables 7 and 8),
//! and the times that follow from them (§10.2, §11.4.3).

use core::time::Duration;

use super::functional::FunctionalDescriptor;
use crate::atr::DEFAULT_RATES;

/// Fi, by the upper half byte of TA1; 0 is reserved.
const FI: [u32; 16] = [
    372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0,
];
/// Di, by the lower half byte of TA1; 0 is reserved.
const DI: [u32; 16] = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];
/// A clock where the reader names none: the usual 3.58 MHz.
const USUAL_CLOCK: u32 = 3_580;

/// Bit/s that a card with this TA1 takes at so many kHz; `None` where TA1 is reserved.
#[must_use]
pub fn data_rate(clock: u32, rates: u8) -> Option<u32> {
    let clock_rate = FI
        .get(usize::from(rates >> 4))
        .copied()
        .filter(|fi| *fi != 0)?;
    let divider = DI
        .get(usize::from(rates & 0x0F))
        .copied()
        .filter(|di| *di != 0)?;
    let rate = u64::from(clock) * 1000 * u64::from(divider) / u64::from(clock_rate);
    u32::try_from(rate).ok()
}

/// Whether the reader goes along with the card's TA1: faster than the default, within
/// what the reader says, and at a rate of its list where it has one.
pub(super) fn goes_along(reader: &FunctionalDescriptor, listed: &[u32], rates: u8) -> bool {
    let clock = reader.default_clock;
    let (Some(rate), Some(default)) = (data_rate(clock, rates), data_rate(clock, DEFAULT_RATES))
    else {
        return false;
    };
    // Lists are rounded one way or the other.
    let is_listed = reader.rates == 0 || listed.iter().any(|one| one.abs_diff(rate) <= 2);
    rate > default && rate <= reader.maximum_rate && is_listed
}

/// The block waiting time (§11.4.3): 11 etu and 2^BWI × 960 × Fd / f.
pub(super) fn block_waiting_time(reader: &FunctionalDescriptor, waiting_integers: u8) -> Duration {
    let clock = match reader.default_clock {
        0 => USUAL_CLOCK,
        clock => clock,
    };
    // Ten is the highest BWI that is not reserved.
    let exponent = u32::from(waiting_integers >> 4).min(10);
    let clocks = (960_u64 << exponent).saturating_add(11) * 372;
    Duration::from_micros(clocks * 1000 / u64::from(clock))
}
