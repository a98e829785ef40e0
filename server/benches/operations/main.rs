//! The figures of what is done with a card in a reader: APDUs and bytes of 延期
//! and 解锁 beside `yubico-piv-tool` doing the same job on the same software
//! card, and the time of a whole 延期, 解锁 and login beside the time that the
//! card itself takes, on a card as slow as those of the field (`contact.rs`).
//!
//! The stack is the real one: page, bridge, pcscd, vpcd, card; page, server,
//! SQLite. `cargo bench -p server --bench operations`, or `cargo xtask bench`,
//! as root, with the packages that `cargo xtask test it` installs.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first thing that goes wrong"
)]

mod contact;
mod ours;
mod times;
mod tool;

use contact::Tally;
use ours::OurJobs;
use test_support::database::{TestDatabase, on_sqlite};
use times::Goal;
use tool::{Tool, Way};

#[tokio::main]
async fn main() {
    on_sqlite(measure).await;
}

async fn measure(database: TestDatabase) {
    let mut ours = OurJobs::new(&database).await;
    println!("\nAPDUs and bytes, both ways, on a software card behind pcscd");
    let (_, renewal) = ours.renewal().await;
    let (_, unlocking) = ours.unlocking().await;
    let tool = Tool::new(&ours.certificate().await);
    let card = ours.pull().await;
    compare("延期", renewal, tool.renewal(&mut ours).await);
    compare("解锁", unlocking, tool.unlocking(&mut ours).await);
    println!("\nTime on a card of the field ({})", contact::MODEL);
    ours.insert_slow(card).await;
    ours.renewal_times().await.print("延期", Goal::Ratio(1.10));
    ours.unlocking_times()
        .await
        .print("解锁", Goal::Ratio(1.15));
    ours.login_times().await.print("login", Goal::Above(30));
    ours.pull().await;
}

/// Ours beside the ways in which the tool does it.
fn compare(job: &str, ours: Tally, theirs: Vec<Way>) {
    println!("{job}  {:<46}{ours}", "ours");
    for (how, tally) in theirs {
        println!(
            "      {how:<46}{tally}   ours is {:.2} of its APDUs, {:.2} of its bytes",
            f64::from(ours.apdus) / f64::from(tally.apdus),
            f64::from(ours.bytes) / f64::from(tally.bytes),
        );
    }
}
