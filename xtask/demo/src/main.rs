//! `make-demo`: one enterprise with invented people, whose cards are made and
//! used in the real way. A server runs in this process with a clock that is
//! set to the past; software cards are enrolled, logged in, frozen and reported
//! lost over its HTTP routes. Only the last look at a blocked PIN is noted
//! directly, as the register has no route for it yet.

mod acts;
mod cast;
mod error;
mod http;
mod manifest;
mod office;
mod story;
mod workshop;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, ValueEnum};

use crate::{
    cast::Cast,
    error::{Error, Result},
};

/// Makes the demo in a folder that is empty or not there.
#[derive(Debug, Parser)]
struct Cli {
    /// The folder: configuration, database, keys, cards, demo.json.
    #[arg(long)]
    data: PathBuf,
    /// The origin under which browsers will reach the server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    origin: String,
    /// The built pages.
    #[arg(long)]
    site: PathBuf,
    /// Takes the keys of this folder instead of making some: cards of the same
    /// CA that another register does not know.
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Who is in it.
    #[arg(long, value_enum, default_value_t = Size::Full)]
    cast: Size,
    /// Keeps everybody's software card, not only those of the demo.
    #[arg(long)]
    keep_all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Size {
    /// The legal person and 26 operators.
    Full,
    /// The legal person and one operator.
    Small,
}

fn main() -> ExitCode {
    // The applet calls every missing object an error.
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("error,piv_authenticator=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    match make(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("make-demo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn make(cli: &Cli) -> Result<()> {
    let cast = match cli.cast {
        Size::Full => Cast::full(),
        Size::Small => Cast::small(),
    };
    // The configuration takes a relative path to lie in its own folder.
    let site = std::path::absolute(&cli.site).map_err(Error::file(&cli.site))?;
    let office = office::Office::open(&cli.data, &cli.origin, &site, cli.keys.as_deref(), &cast)?;
    let made = story::play(&office, &cast, cli.keep_all)?;
    office.close(&cast, &made)?;
    manifest::write(&cli.data, &cli.origin, &cast, &made)
}

/// Progress, on standard error.
fn say(text: &str) {
    // A closed terminal is no reason to leave a demo half made.
    let _ = writeln!(io::stderr(), "{text}");
}
