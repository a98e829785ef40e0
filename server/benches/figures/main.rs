//! The figures of the service: a page of a list, 冻结 with its event, and the
//! login, at 10 000 and at 1 000 000 cards on SQLite, each beside its floor in
//! the same run. Absolute numbers say what this machine does today; the ratios are
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

mod audit;
mod data;
mod floor;
mod freeze;
mod list;
mod login;
mod people;
mod postgres;
mod report;
mod rounds;
mod share;
mod signed;

use std::{process::ExitCode, time::Duration};

use data::Register;
use report::Report;
use tokio::time::timeout;

/// Sizes of the register, in cards.
const SIZES: [u32; 2] = [10_000, 1_000_000];

/// What one size may take: far more than it needs on a slow machine.
const SIZE_TIMEOUT: Duration = Duration::from_mins(10);

#[tokio::main]
async fn main() -> ExitCode {
    let largest = std::env::args()
        .skip_while(|argument| argument != "--cards")
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(SIZES[1]);
    let mut report = Report::default();
    let mut verify = std::env::args().skip_while(|argument| argument != signed::VERIFY);
    if let (Some(_), Some(url), Some(folder)) = (verify.next(), verify.next(), verify.next()) {
        signed::verify_only(&url, &folder).await;
        return ExitCode::SUCCESS;
    }
    // `--only-audit` has the log's figures alone, `--only-signed` the whole verification,
    // `--only-cards` lists, acts and logins, `--only-logins` the logins of one register,
    // `--only-postgres` what is measured on PostgreSQL.
    let only = |what: &str| std::env::args().any(|argument| argument == what);
    if only("--only-signed") {
        signed::measure(audit::long(), &mut report).await;
        report.print();
        return ExitCode::SUCCESS;
    }
    if only("--only-logins") {
        logins(largest, &mut report).await;
        report.print();
        return ExitCode::SUCCESS;
    }
    if only("--only-postgres") {
        postgres::measure().await.print();
        return ExitCode::SUCCESS;
    }
    if !only("--only-cards") {
        audit::measure(&mut report).await;
    }
    if only("--only-audit") {
        report.print();
        return ExitCode::SUCCESS;
    }
    for cards in [SIZES[0], largest] {
        if timeout(SIZE_TIMEOUT, measure(cards, &mut report))
            .await
            .is_err()
        {
            report.print();
            eprintln!("{cards} cards were not measured to the end in {SIZE_TIMEOUT:?}; given up");
            return ExitCode::FAILURE;
        }
    }
    report.print();
    ExitCode::SUCCESS
}

/// Everything, at one size of the register.
async fn measure(cards: u32, report: &mut Report) {
    let register = Register::fill(cards).await;
    list::measure(&register, report).await;
    freeze::measure(&register, report).await;
    register.close().await;
    logins(cards, report).await;
}

/// Cards whose events the service follows: those of the freezes nobody signed.
async fn logins(cards: u32, report: &mut Report) {
    let register = Register::fill(cards).await;
    login::measure(&register, report).await;
    register.close().await;
}
