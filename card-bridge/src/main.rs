//! `card-bridge`: connects web pages of allowed origins to smart cards.

mod cli;

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::Parser as _;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("CARD_BRIDGE_LOG")
                .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    match cli::execute(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a standard error stream there is nobody to tell.
            let _ = writeln!(io::stderr(), "card-bridge: {error}");
            ExitCode::FAILURE
        }
    }
}
