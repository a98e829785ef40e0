//! Faults that are no crash, on a server that works: a short sample of what
//! `cargo xtask test faults` runs at length (`IC_CARD_FAULTS=long`).

mod amid_service;
mod card_making;
mod full_disk;
mod hang_ups;
mod lag;
mod register_fixture;
mod soak;
mod stopped;
mod ways;
mod workers;

pub(crate) use test_support::length::long_or;
