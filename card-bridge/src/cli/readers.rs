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
    let text = match (readers.service, lines.is_empty()) {
        (false, _) => CliError::NoService.to_string(),
        (true, true) => "no reader".to_owned(),
        (true, false) => lines.join("\n"),
    };
    output.print(&readers, &text)
}

/// What the service reports first; `service: false` if it stays silent.
pub(super) fn look(backend: &PcscReaders) -> Result<Readers, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    Ok(runtime.block_on(async {
        let mut readers = backend.readers();
        let report = readers.wait_for(|readers| readers.service);
        match tokio::time::timeout(PATIENCE, report).await {
            Ok(Ok(readers)) => readers.clone(),
            Ok(Err(_)) | Err(_) => Readers::default(),
        }
    }))
}
