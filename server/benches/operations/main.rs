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
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and stops at the first thing that goes wrong"
)]

mod contact;
#[path = "../../tests/it/database.rs"]
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the integration tests do more with it"
)]
mod database;
mod ours;
#[expect(dead_code, reason = "the same")]
mod service;
mod times;
mod tool;

use contact::Tally;
use database::{TestDatabase, on_sqlite};
use ours::Stand;
use times::Goal;
use tool::{Tool, Way};

#[tokio::main]
async fn main() {
    on_sqlite(measure).await;
}

async fn measure(database: TestDatabase) {
    let mut stand = Stand::new(&database).await;
    println!("\nAPDUs and bytes, both ways, on a software card behind pcscd");
    let (_, renewal) = stand.renewal().await;
    let (_, unlocking) = stand.unlocking().await;
    let tool = Tool::new(&stand.certificate().await);
    let card = stand.pull().await;
    compare("延期", renewal, tool.renewal(&mut stand).await);
    compare("解锁", unlocking, tool.unlocking(&mut stand).await);
    println!("\nTime on a card of the field ({})", contact::MODEL);
    stand.insert_slow(card).await;
    stand.renewal_times().await.print("延期", Goal::Ratio(1.10));
    stand
        .unlocking_times()
        .await
        .print("解锁", Goal::Ratio(1.10));
    stand.login_times().await.print("login", Goal::Above(30));
    stand.pull().await;
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
