//! The product with its demo: the server, and the bridge with software cards.

use std::{
    ffi::OsString,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{
    console,
    demo::Demo,
    error::{Error, Result},
    native, process,
    processes::{Children, bound, first_line},
};

/// The names of the programs.
pub(crate) const SERVER: &str = "server";
/// The same.
pub(crate) const BRIDGE: &str = "card-bridge";

/// How the bridge begins the line that says where it is.
const READY: &str = "listening on ";

/// How long a program may take until it answers.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the product is run.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The folder of the demo.
    pub(crate) folder: PathBuf,
    /// The server's port on 127.0.0.1.
    pub(crate) port: u16,
    /// The server's configuration, when it is not that of the demo.
    pub(crate) config: Option<PathBuf>,
    /// What else the server gets into its environment.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// Starts the server, and waits until it answers.
///
/// # Errors
/// When it does not.
pub(crate) fn start_server(children: &mut Children, settings: &Settings) -> Result<()> {
    // Another's answer must not be taken for ours.
    if TcpStream::connect((Ipv4Addr::LOCALHOST, settings.port)).is_ok() {
        return Err(Error::Said(format!(
            "something listens on port {} already; stop it, or choose another with --port",
            settings.port
        )));
    }
    let config = settings.config.as_ref().map(|path| {
        let path: &Path = path;
        [OsString::from("--config"), path.into()]
    });
    children.start(
        SERVER,
        bound(native::program(SERVER))
            .args(config.into_iter().flatten())
            .arg("--data")
            .arg(&settings.folder)
            .args(["serve", "--listen"])
            .arg(format!("127.0.0.1:{}", settings.port))
            .envs(settings.environment.iter().cloned())
            .env("RUST_LOG", "warn"),
    )?;
    children.wait_until(SERVER, PATIENCE, || is_ready(settings.port))
}

/// Starts the bridge with the demo's cards. It allows the demo's server.
///
/// # Errors
/// When it ends at once.
pub(crate) fn start_bridge(
    children: &mut Children,
    settings: &Settings,
    demo: &Demo,
) -> Result<()> {
    let allowed = settings.folder.join("bridge");
    let said = process::read(
        Command::new(native::program(BRIDGE))
            .arg("--allow-config")
            .arg(&allowed)
            .arg("allow")
            .arg(&demo.address),
    )?;
    console::note(said.lines().next().unwrap_or_default());
    let output = children.start(
        BRIDGE,
        bound(native::program(BRIDGE))
            .arg("--allow-config")
            .arg(&allowed)
            .arg("--state")
            .arg(settings.folder.join("bridge-state"))
            .args(["run", "--virtual"])
            .arg(&demo.cards_folder)
            // The software cards' applet calls every missing object an error.
            .env("CARD_BRIDGE_LOG", "warn,piv_authenticator=off")
            .stdout(Stdio::piped()),
    )?;
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let line = output.and_then(|output| first_line(output, |line| line.starts_with(READY)));
        // Whoever does not wait any more knows why.
        let _ = line.map(|line| tell.send(line));
    });
    let mut line = None;
    children.wait_until(BRIDGE, PATIENCE, || {
        line = told.try_recv().ok();
        line.is_some()
    })?;
    console::note(&format!("bridge: {}", line.unwrap_or_default()));
    Ok(())
}

/// Whether `GET /readyz` is answered with 200: what is not well is not waited for, it is
/// seen in the log.
fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
