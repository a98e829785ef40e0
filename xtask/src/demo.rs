//! The demo: made by `make-demo` (crate `demo`), described by its `demo.json`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use crate::{
    console,
    error::{Error, Result},
    files, native, process, site,
};

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
pub(crate) fn make(folder: &Path, port: u16, fresh: bool) -> Result<Demo> {
    let address = format!("http://127.0.0.1:{port}");
    if let Some(demo) = present(folder).filter(|_| !fresh) {
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
