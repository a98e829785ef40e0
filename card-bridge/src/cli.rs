//! The command line.

mod allow;
mod enroll;
mod readers;
mod run;

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use card_bridge::{
    config::{ConfigError, Settings},
    enroll::EnrollError,
    http::HttpError,
    origin::Origin,
    paths::{self, NoFolder},
};
use card_operations::key::KeyError;
use card_protocol::CardError;
use clap::{Parser, Subcommand};
use serde::Serialize;

/// Connects web pages of allowed origins to PIV smart cards.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// The folder of the settings [default: card-bridge in the user's folder of settings]
    #[arg(long, global = true, value_name = "FOLDER")]
    allow_config: Option<PathBuf>,
    /// The folder where it is noted which programs ran [default: card-bridge in
    /// the user's folder of states]
    #[arg(long, global = true, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Answers in JSON, one value
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Waits for pages (this is what happens without a command, too)
    Run(run::Options),
    /// Allows the pages of an origin, and pins its server's program-signing keys
    Allow(allow::Options),
    /// Takes an origin off the list
    Disallow {
        /// As it was allowed
        origin: Origin,
    },
    /// Lists the allowed origins
    Allowed,
    /// Lists the readers and what is in them
    Readers,
    /// Makes a card (制卡)
    Enroll(enroll::Options),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("what the server gave: {0}")]
    Key(#[from] KeyError),
    #[error("{0} is not allowed: `card-bridge allow {0}` first")]
    NotAllowed(Origin),
    #[error("{0} is allowed for the whole machine, in {1}: whoever installed it can take it off")]
    OfMachine(Origin, String),
    #[error(
        "no key for making cards was taken over from {0}: `card-bridge allow {0}` again, once its server has one"
    )]
    NoEnrolKey(Origin),
    #[error(transparent)]
    Card(#[from] CardError),
    #[error(transparent)]
    Enroll(#[from] EnrollError),
    #[error("the smart-card service (pcscd) can't be reached")]
    NoService,
    #[error(
        "the system's policy refuses the smart-card service (pcscd) to this user: on Linux ask for a polkit rule for org.debian.pcsc-lite.access_pcsc, or work in front of the machine"
    )]
    ServiceRefused,
    #[error("name one of these with --reader: {0}")]
    WhichReader(String),
    #[error("no token: use --token-file, or CARD_BRIDGE_TOKEN")]
    NoToken,
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[cfg(feature = "demo")]
    #[error(transparent)]
    SoftwareCard(#[from] virtual_card::CardError),
}

/// Carries out what the command line says.
pub(crate) fn execute(cli: Cli) -> Result<(), CliError> {
    let settings = match cli.allow_config {
        // Who names a folder means that one and nothing else.
        Some(folder) => Settings::from(folder),
        None => Settings {
            user: paths::settings_folder()?,
            machine: paths::machine_file(),
        },
    };
    let state = || match cli.state.clone() {
        Some(folder) => Ok(folder),
        None => paths::state_folder(),
    };
    let output = Output { json: cli.json };
    match cli.command {
        None => run::run(&run::Options::default(), settings, state()?, output),
        Some(Command::Run(options)) => run::run(&options, settings, state()?, output),
        Some(Command::Allow(options)) => allow::allow(options, &settings, output),
        Some(Command::Disallow { origin }) => allow::disallow(&origin, &settings, output),
        Some(Command::Allowed) => allow::list(&settings, output),
        Some(Command::Readers) => readers::list(output),
        Some(Command::Enroll(options)) => enroll::enroll(options, &settings, state()?, output),
    }
}

/// Where answers go.
#[derive(Clone, Copy, Debug)]
struct Output {
    json: bool,
}

impl Output {
    /// Prints `value` in JSON, or else the lines of `text`.
    fn print(self, value: &impl Serialize, text: &str) -> Result<(), CliError> {
        let mut stdout = io::stdout().lock();
        if self.json {
            writeln!(stdout, "{}", serde_json::to_string(value)?)?;
        } else {
            writeln!(stdout, "{text}")?;
        }
        Ok(stdout.flush()?)
    }
}
