//! The demo: made by `make-demo` (crate `demo`), described by its `demo.json`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use serde::Deserialize;

use crate::{
    console,
    error::{Error, Result},
    files, native, process, site,
    stack::Settings,
};

/// What can be said about the demo.
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

impl Options {
    /// How the demo is run.
    ///
    /// # Errors
    /// When the folder has no absolute path.
    pub(crate) fn settings(&self) -> Result<Settings> {
        let folder = match &self.data {
            Some(folder) => std::path::absolute(folder).map_err(Error::file(folder))?,
            None => files::target().join("demo"),
        };
        Ok(Settings {
            folder,
            port: self.port,
            config: None,
            environment: Vec::new(),
        })
    }
}

/// What `make-demo` wrote into `demo.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Demo {
    /// The page's address.
    pub(crate) address: String,
    /// The folder of the software cards.
    pub(crate) cards_folder: PathBuf,
    /// The enterprise's name.
    pub(crate) enterprise: String,
    /// The cards on disk.
    pub(crate) cards: Vec<Card>,
}

/// A software card of the demo.
#[derive(Debug, Deserialize)]
pub(crate) struct Card {
    /// What it is called in the drawer.
    pub(crate) label: String,
    /// IC卡号.
    #[serde(rename = "card_no")]
    pub(crate) number: String,
    /// Its PIN.
    pub(crate) pin: String,
}

/// Makes the demo, unless it is there and fits.
///
/// # Errors
/// What `make-demo` says.
pub(crate) fn make(options: &Options) -> Result<Demo> {
    let Settings { folder, port, .. } = &options.settings()?;
    let address = format!("http://127.0.0.1:{port}");
    if let Some(demo) = present(folder).filter(|_| !options.fresh) {
        console::note(&format!("the demo is in {}", folder.display()));
        if demo.address != address {
            move_to(folder, &demo.address, &address)?;
        }
        return read(folder);
    }
    clear(folder)?;
    console::step("Making the demo: an enterprise, its people, and their cards");
    process::run(
        Command::new(native::program("make-demo"))
            .arg("--data")
            .arg(folder)
            .args(["--origin", &address, "--site"])
            .arg(site::folder()),
    )?;
    read(folder)
}

/// Gives a demo another origin. Nothing that a card or the register holds
/// depends on it.
fn move_to(folder: &Path, old: &str, new: &str) -> Result<()> {
    for name in ["config.toml", "demo.json"] {
        let path = folder.join(name);
        let text = files::read_text(&path)?;
        files::write(
            &path,
            text.replace(&format!("{old:?}"), &format!("{new:?}")),
        )?;
    }
    Ok(())
}

/// The demo's configuration with another site, for whoever serves one of their
/// own.
///
/// # Errors
/// When the demo has none.
pub(crate) fn with_site(folder: &Path, site: &Path) -> Result<String> {
    let config = files::read_text(&folder.join("config.toml"))?;
    let mut found = false;
    let lines: Vec<String> = config
        .lines()
        .map(|line| {
            if !line.starts_with("site = ") {
                return line.to_owned();
            }
            found = true;
            format!("site = {:?}", site.display().to_string())
        })
        .collect();
    if found {
        return Ok(lines.join("\n") + "\n");
    }
    Err(Error::Said("the demo's config.toml names no site".into()))
}

fn read(folder: &Path) -> Result<Demo> {
    present(folder).ok_or_else(|| Error::Said("there is no demo.json that can be read".into()))
}

/// Empties the folder of a demo, and only that: a folder that holds something
/// else is left alone.
fn clear(folder: &Path) -> Result<()> {
    let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty && !folder.join("demo.json").exists() && !folder.join(".demo").exists() {
        return Err(Error::Said(format!(
            "{} holds no demo; it is not touched",
            folder.display()
        )));
    }
    files::remove_folder(folder)
}

fn present(folder: &Path) -> Option<Demo> {
    let text = fs::read(folder.join("demo.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

impl Demo {
    /// Prints the address, the cards and their PINs.
    pub(crate) fn print(&self) {
        console::result("");
        console::result(&format!(
            "  {} · IC卡自主管理（演示 / demo）",
            self.enterprise
        ));
        console::result(&format!("  地址 / address:  {}", self.address));
        console::result("");
        console::result("  IC卡号 / card        密码 / PIN  软件卡 / software card");
        for card in &self.cards {
            console::result(&format!(
                "  {:<20} {:<11} {}",
                card.number, card.pin, card.label
            ));
        }
        console::result("");
        console::result(
            "  打开网页右下角的“演示读卡器”插卡、拔卡。 / Insert and pull cards in the page's drawer.",
        );
        console::result("  按 Ctrl-C 停止全部。 / Ctrl-C stops everything.");
        console::result("");
    }
}
