//! `card-bridge run`: the bridge itself.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use card_bridge::{
    bridge_key::BridgeKey,
    clock,
    config::{Config, Settings},
    hub::Hub,
    listener::Listener,
    reader::{ReaderBackend, pcsc::PcscReaders},
    replay_guard::ReplayGuard,
};
use card_protocol::bridge::PinEntry;
use clap::Args;
use serde_json::json;
use tokio::sync::oneshot;

use super::{CliError, Output};

/// How long threads may take to end that work on cards.
const LAST_THREADS: Duration = Duration::from_secs(1);

#[derive(Debug, Default, Args)]
pub(super) struct Options {
    /// Listens on this port instead of the first free one of the fixed ones
    #[arg(long)]
    port: Option<u16>,
    /// Ends when standard input does: whoever started the bridge is gone then
    #[arg(long)]
    until_input_ends: bool,
    /// Adds two virtual readers for the software cards in this folder (demo)
    #[cfg(feature = "demo")]
    #[arg(long = "virtual", value_name = "FOLDER")]
    software_cards: Option<PathBuf>,
    /// Leaves the machine's real readers alone (demo)
    #[cfg(feature = "demo")]
    #[arg(long, requires = "software_cards")]
    no_pcsc: bool,
}

pub(super) fn run(
    options: &Options,
    settings: Settings,
    state: PathBuf,
    output: Output,
) -> Result<(), CliError> {
    let config = settings.read()?;
    if config.origin.is_empty() {
        tracing::warn!("no origin is allowed yet: card-bridge allow https://…");
    }
    let clock = clock::system();
    let key = BridgeKey::in_folder(&state);
    if let Err(error) = &key {
        // A browser that knows this bridge says so; others find it all the same.
        tracing::error!(%error, "this bridge proves to no page that it is the one");
    }
    let replay_guard = ReplayGuard::in_folder(state);
    if let Err(error) = replay_guard.compact(clock::moment(&clock)) {
        // Logins and signatures work all the same; each program tries it again.
        tracing::error!(%error, "programs can't be noted, so none is run");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let backends = backends(options, config)?;
        let hub = Hub::new(backends, settings, clock, replay_guard, key.ok());
        let listener = Listener::bind(options.port).await?;
        let address = listener.address()?;
        output.print(
            &json!({ "listening": format!("ws://{address}") }),
            &format!("listening on ws://{address}"),
        )?;
        let closing = Arc::clone(&hub);
        let end = end_signal(options.until_input_ends)?;
        tokio::spawn(async move {
            end.await;
            closing.close();
        });
        listener.serve(hub).await;
        Ok(())
    });
    // A card that does not answer has a thread that can't be ended: the system lets go of
    // it, as of all that this program has.
    runtime.shutdown_timeout(LAST_THREADS);
    served
}

fn backends(options: &Options, config: Config) -> Result<Vec<Arc<dyn ReaderBackend>>, CliError> {
    let mut backends: Vec<Arc<dyn ReaderBackend>> = Vec::new();
    #[cfg(feature = "demo")]
    if let Some(folder) = &options.software_cards {
        let readers =
            card_bridge::reader::demo::SoftwareReaders::new(folder.clone(), &config.readers);
        backends.push(Arc::new(readers));
    }
    #[cfg(feature = "demo")]
    let with_pcsc = !options.no_pcsc;
    #[cfg(not(feature = "demo"))]
    let (with_pcsc, _) = (true, options);
    if with_pcsc {
        let readers = PcscReaders::start(config.pin_entry == PinEntry::PinPad, config.readers)?;
        backends.push(Arc::new(readers));
    }
    Ok(backends)
}

/// Becomes ready when the user or the system wants an end, or with `input` when
/// standard input ends.
fn end_signal(input: bool) -> io::Result<impl Future<Output = ()>> {
    let asked = asked_to_end()?;
    let input_ended = input.then(input_end).transpose()?;
    Ok(async move {
        match input_ended {
            Some(input_ended) => tokio::select! {
                () = asked => {}
                // However the thread ends, nobody holds the other end any more.
                _ = input_ended => {}
            },
            None => asked.await,
        }
    })
}

#[cfg(unix)]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C, the window of a console that is closed, and the end of the session.
#[cfg(windows)]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
    let (mut interrupt, mut close) = (ctrl_c()?, ctrl_close()?);
    let (mut logoff, mut shutdown) = (ctrl_logoff()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = close.recv() => {}
            _ = logoff.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}

/// The end of standard input. Whatever comes over it is not looked at. It waits
/// in a thread of its own, which nobody waits for: a read can't be given up.
fn input_end() -> io::Result<oneshot::Receiver<()>> {
    let (tell, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name("standard-input".to_owned())
        .spawn(move || {
            // An error is an end, too.
            drop(io::copy(&mut io::stdin(), &mut io::sink()));
            drop(tell);
        })?;
    Ok(ended)
}
