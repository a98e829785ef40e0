//! `cargo xtask`: the whole tool chain. `run` starts the product with its
//! demo, `test` checks everything, `build` and `bench` do what they say.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

mod advisories;
mod bench;
mod bundle;
mod check;
mod compress;
mod console;
mod demo;
mod dev;
mod docs;
mod error;
mod files;
mod interrupt;
mod native;
mod npm;
mod optional;
mod package;
mod packages;
mod postgres;
mod process;
mod processes;
mod run;
mod runner;
mod site;
mod size;
mod stack;
mod steps;
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
    Run(demo::Options),
    /// The same, built for who changes it: a saved file is on the screen in seconds.
    Dev(demo::Options),
    /// Format, lints and unit tests of the crates at hand; installs nothing.
    Check(check::Options),
    /// Checks everything, or one part of it.
    Test(test::Options),
    /// Builds pages, server and bridge in the release profile.
    Build(Build),
    /// Packs the bridge for people's machines: Windows, Debian, systems with rpm.
    Package(package::Options),
    /// Builds the pages into target/site: wasm, JS and style sheet.
    Site,
    /// Measures storage, login and cards beside their floors, the pages with Lighthouse,
    /// and the size of what a browser is sent.
    Bench(bench::Options),
    /// Writes the tables that the code prints into docs/, and draws the pictures.
    Docs,
    /// nextest's set-up script: a PostgreSQL for the tests of its run.
    #[command(hide = true)]
    Postgres(postgres::Options),
}

#[derive(Debug, Args)]
struct Build {
    /// Puts all of it into target/bundle, with an SBOM (`CycloneDX`, where
    /// cargo-cyclonedx is installed) and SHA-256 hashes.
    #[arg(long)]
    release_bundle: bool,
}

fn main() -> ExitCode {
    let task = Cli::parse().task;
    let done = interrupt::listen().and_then(|()| match task {
        Task::Run(options) => run::run(&options),
        Task::Dev(options) => dev::run(&options),
        Task::Check(options) => check::run(&options),
        Task::Postgres(options) => postgres::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Build(options) => build(&options),
        Task::Package(options) => package::run(&options),
        Task::Site => site::build(),
        Task::Bench(options) => bench::run(&options),
        Task::Docs => docs::write(),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::step(&format!("xtask: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The pages and the programs as they are installed.
fn build(options: &Build) -> error::Result<()> {
    packages::ensure(&[packages::BUILD, wasm::Toolchain::choose()?.packages()])?;
    site::build()?;
    native::release()?;
    if options.release_bundle {
        bundle::write()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
