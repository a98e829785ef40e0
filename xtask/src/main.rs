//! `cargo xtask`: the whole tool chain. `run` starts the product with its
//! demo, `test` checks everything, `build` and `bench` do what they say.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod children;
mod compress;
mod console;
mod demo;
mod docs;
mod error;
mod files;
mod native;
mod npm;
mod packages;
mod process;
mod run;
mod site;
mod size;
mod style;
mod test;
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
    /// Builds everything, makes the demo, starts it and prints where it is.
    Run(run::Options),
    /// Checks everything, or one part of it.
    Test(test::Options),
    /// Builds pages, server and bridge in the release profile.
    Build,
    /// Builds the pages into target/site: wasm, JS and style sheet.
    Site,
    /// Measures storage and login beside their floors, and the size of the pages.
    Bench,
    /// Writes the tables that the code prints into docs/.
    Docs,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Run(options) => run::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Build => build(),
        Task::Site => site::build(),
        Task::Bench => bench::run(),
        Task::Docs => docs::write(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::step(&format!("xtask: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The pages and the programs as they are installed.
fn build() -> error::Result<()> {
    packages::ensure(&[packages::BUILD, wasm::Toolchain::choose()?.packages()])?;
    site::build()?;
    native::release()
}
