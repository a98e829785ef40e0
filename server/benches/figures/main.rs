//! The figures of the store: a page of a list, and 冻结 with its event, at
//! 10 000 and at 1 000 000 cards on SQLite, each beside its floor in the same
//! run. Absolute numbers say what this machine does today; the ratios are
//! what the goals are about.
//!
//! `cargo bench -p server --bench figures`, or `cargo xtask bench`. A smaller
//! register for a quick look: `-- --cards 100000`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and stops at the first thing that goes wrong"
)]

mod data;
mod floor;
mod freeze;
mod list;
mod report;

use report::Report;

/// Sizes of the register, in cards.
const SIZES: [u32; 2] = [10_000, 1_000_000];

#[tokio::main]
async fn main() {
    let largest = std::env::args()
        .skip_while(|argument| argument != "--cards")
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(SIZES[1]);
    let mut report = Report::default();
    for cards in [SIZES[0], largest] {
        let register = data::Register::fill(cards).await;
        list::measure(&register, &mut report).await;
        freeze::measure(&register, &mut report).await;
        register.close().await;
    }
    report.print();
}
