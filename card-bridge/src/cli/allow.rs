//! `card-bridge allow`, `disallow`, `allowed`: which pages may use the bridge.

use card_bridge::{
    config::{Allowed, Config, Settings},
    http::Http,
    origin::Origin,
};
use card_operations::key::ProgramKey;
use clap::Args;
use serde_json::json;

use super::{CliError, Output};

/// Where a server shows the key that signs the programs of its pages.
const PROGRAM_KEY: &str = "/.well-known/ic-card-program-key";
/// Where it shows the key that signs the programs of 制卡.
const ENROL_KEY: &str = "/.well-known/ic-card-enrol-key";

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Such as <https://cards.example>; http only on this machine
    origin: Origin,
    /// The key of its programs in base64 [default: asked from the server]
    #[arg(long)]
    key: Option<ProgramKey>,
    /// The key of its programs for 制卡 in base64 [default: asked from the server, without --key]
    #[arg(long)]
    enrol_key: Option<ProgramKey>,
}

pub(super) fn allow(options: Options, settings: &Settings, output: Output) -> Result<(), CliError> {
    let origin = options.origin;
    let http = Http::default();
    let (program_key, enrol_key) = match (options.key, options.enrol_key) {
        // Whoever names the keys does not want to believe the server.
        (Some(key), enrol_key) => (key, enrol_key),
        (None, named) => {
            let key = http.get(&origin.address(PROGRAM_KEY))?.parse()?;
            let shown = http.find(&origin.address(ENROL_KEY))?;
            let shown = shown.map(|text| text.parse()).transpose()?;
            (key, named.or(shown))
        }
    };
    let allowed = Allowed {
        origin,
        program_key,
        enrol_key,
    };
    let mut config = Config::load(&settings.user)?;
    config.allow(allowed.clone());
    config.save(&settings.user)?;
    let mut text = format!(
        "{} is allowed, with the key\n{}",
        allowed.origin, allowed.program_key
    );
    if let Some(key) = &allowed.enrol_key {
        text.extend(["\nand for 制卡 with the key\n", &key.to_string()]);
    }
    output.print(&allowed, &text)
}

pub(super) fn disallow(
    origin: &Origin,
    settings: &Settings,
    output: Output,
) -> Result<(), CliError> {
    let mut config = Config::load(&settings.user)?;
    if !config.disallow(origin) {
        if settings.read()?.allowed(origin.as_str()).is_some() {
            let file = settings.machine.iter().map(|file| file.display());
            let file = file.map(|file| file.to_string()).collect();
            return Err(CliError::OfMachine(origin.clone(), file));
        }
        return Err(CliError::NotAllowed(origin.clone()));
    }
    config.save(&settings.user)?;
    output.print(
        &json!({ "disallowed": origin }),
        &format!("{origin} is not allowed any more"),
    )
}

pub(super) fn list(settings: &Settings, output: Output) -> Result<(), CliError> {
    let allowed = settings.read()?.origin;
    let lines: Vec<_> = allowed
        .iter()
        .map(|allowed| format!("{}  {}", allowed.origin, allowed.program_key))
        .collect();
    output.print(&allowed, &lines.join("\n"))
}
