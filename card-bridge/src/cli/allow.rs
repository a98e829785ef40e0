//! `card-bridge allow`, `disallow`, `allowed`: which pages may use the bridge.

use std::path::Path;

use card_bridge::{
    config::{Allowed, Config},
    http::Http,
    key::ProgramKey,
    origin::Origin,
};
use serde_json::json;

use super::{CliError, Output};

/// Where a server shows its program-signing key.
const WELL_KNOWN: &str = "/.well-known/ic-card-program-key";

pub(super) fn allow(
    origin: Origin,
    key: Option<ProgramKey>,
    settings: &Path,
    output: Output,
) -> Result<(), CliError> {
    let program_key = match key {
        Some(key) => key,
        None => Http::default().get(&origin.address(WELL_KNOWN))?.parse()?,
    };
    let allowed = Allowed {
        origin,
        program_key,
    };
    let mut config = Config::load(settings)?;
    config.allow(allowed.clone());
    config.save(settings)?;
    let text = format!(
        "{} is allowed, with the key\n{}",
        allowed.origin, allowed.program_key
    );
    output.print(&allowed, &text)
}

pub(super) fn disallow(origin: &Origin, settings: &Path, output: Output) -> Result<(), CliError> {
    let mut config = Config::load(settings)?;
    if !config.disallow(origin) {
        return Err(CliError::NotAllowed(origin.clone()));
    }
    config.save(settings)?;
    output.print(
        &json!({ "disallowed": origin }),
        &format!("{origin} is not allowed any more"),
    )
}

pub(super) fn list(settings: &Path, output: Output) -> Result<(), CliError> {
    let allowed = Config::load(settings)?.origin;
    let lines: Vec<_> = allowed
        .iter()
        .map(|allowed| format!("{}  {}", allowed.origin, allowed.program_key))
        .collect();
    output.print(&allowed, &lines.join("\n"))
}
