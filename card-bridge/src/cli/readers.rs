//! `card-bridge readers`: what the machine's smart-card service sees now.

use std::time::Duration;

use card_bridge::reader::{ReaderBackend as _, pcsc::PcscReaders};
use card_protocol::bridge::{Readers, Slot};

use super::{CliError, Output};

/// The service answers at once if it is there.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn list(output: Output) -> Result<(), CliError> {
    let readers = look(&PcscReaders::start(true, Vec::new())?)?;
    let lines: Vec<_> = readers
        .readers
        .iter()
        .map(|reader| {
            let slot = match &reader.slot {
                Slot::Empty => "empty".to_owned(),
                Slot::Card { atr, .. } => format!("card {atr}"),
                Slot::Mute => "a card that does not answer".to_owned(),
            };
            let pad = if reader.has_pin_pad {
                ", with pin pad"
            } else {
                ""
            };
            format!("{}: {slot}{pad}", reader.name)
        })
        .collect();
    let text = if lines.is_empty() {
        "no reader".to_owned()
    } else {
        lines.join("\n")
    };
    output.print(&readers, &text)
}

/// What the service reports first.
///
/// # Errors
///
/// [`CliError::NoService`] if it stays silent, [`CliError::ServiceRefused`] if it lets
/// this user in no more than that.
pub(super) fn look(backend: &PcscReaders) -> Result<Readers, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    runtime.block_on(async {
        let mut readers = backend.readers();
        let report = readers.wait_for(|readers| readers.service || readers.refused);
        match tokio::time::timeout(PATIENCE, report).await {
            Ok(Ok(readers)) if readers.refused => Err(CliError::ServiceRefused),
            Ok(Ok(readers)) => Ok(readers.clone()),
            Ok(Err(_)) | Err(_) => Err(CliError::NoService),
        }
    })
}
