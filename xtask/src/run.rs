//! `cargo xtask run`: builds what is missing, makes the demo, starts the
//! server and the bridge with software cards, and waits for Ctrl-C.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use clap::Args;

use crate::{
    children::{Children, Event, bound},
    console, demo,
    error::{Error, Result},
    files, native, packages, site,
    wasm::Toolchain,
};

/// How long a program may take until it answers.
const PATIENCE: Duration = Duration::from_mins(1);

/// What can be said about `run`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The port of the server on 127.0.0.1.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The folder of the demo [default: target/demo].
    #[arg(long)]
    data: Option<PathBuf>,
    /// Makes the demo anew.
    #[arg(long)]
    fresh: bool,
}

/// Starts the product with its demo.
///
/// # Errors
/// When something can't be built or started, or ends by itself.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = match &options.data {
        Some(folder) => std::path::absolute(folder).map_err(Error::file(folder))?,
        None => files::target().join("demo"),
    };
    packages::ensure(&[packages::BUILD, Toolchain::choose()?.packages()])?;
    site::build()?;
    native::build_all()?;
    let demo = demo::make(&folder, options.port, options.fresh)?;

    let mut children = Children::new()?;
    console::step("Starting the server and the bridge");
    children.start(
        "server",
        bound(native::program("server"))
            .arg("--data")
            .arg(&folder)
            .args(["serve", "--listen"])
            .arg(format!("127.0.0.1:{}", options.port))
            .env("RUST_LOG", "warn"),
    )?;
    children.wait_until("the server", PATIENCE, || is_healthy(options.port))?;
    let settings = folder.join("bridge");
    allow(&settings, &demo)?;
    let bridge = children.start(
        "card-bridge",
        bound(native::program("card-bridge"))
            .arg("--allow-config")
            .arg(&settings)
            .args(["run", "--virtual"])
            .arg(&demo.cards_folder)
            // The software cards' applet calls every missing object an error.
            .env("CARD_BRIDGE_LOG", "warn,piv_authenticator=off")
            .stdout(Stdio::piped()),
    )?;
    if let Some(output) = bridge {
        let line = crate::children::first_line(output, |line| line.starts_with("listening on "));
        console::note(&format!(
            "bridge: {}",
            line.ok_or_else(|| Error::Said("the bridge ended at once".into()))?
        ));
    }
    demo.print();
    match children.wait() {
        Event::Interrupted => {
            console::step("Stopping");
            Ok(())
        }
        event @ Event::Ended { .. } => Err(Error::Said(format!("{event}; stopping the others"))),
    }
}

/// Whether `GET /healthz` is answered with 200.
fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// The bridge's user allows the demo's origin, with the key of its server.
fn allow(settings: &Path, demo: &demo::Demo) -> Result<()> {
    let output = crate::process::read(
        Command::new(native::program("card-bridge"))
            .arg("--allow-config")
            .arg(settings)
            .arg("allow")
            .arg(&demo.address),
    )?;
    console::note(output.lines().next().unwrap_or_default());
    Ok(())
}
