//! `cargo xtask`: the whole tool chain. `run` starts the product with its
//! demo, `test` checks everything, `build` and `bench` do what they say.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod compress;
mod console;
mod error;
mod files;
mod npm;
mod packages;
mod process;
mod size;
mod style;
mod wasm;

/// The tool chain of IC卡自主管理.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Builds the browser's part into target/site: wasm, JS and style sheet.
    Site,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Site => site(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::step(&format!("xtask: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Everything that the server serves as files.
fn site() -> error::Result<()> {
    wasm::build()?;
    style::build()?;
    size::report()
}
