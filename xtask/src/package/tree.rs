//! What a package for Linux puts onto a machine, as a folder that looks like its root.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use super::origin::Allowed;
use crate::{
    error::{Error, Result},
    files, process,
};

/// The user unit. The link beside it starts it with every user's desktop, and the entry
/// for autostart where that does not reach the link's target; who does not want that has
/// `systemctl --user mask card-bridge`.
const UNIT: &str = "usr/lib/systemd/user/card-bridge.service";
const WANTED: &str = "usr/lib/systemd/user/graphical-session.target.wants/card-bridge.service";
const AUTOSTART: &str = "etc/xdg/autostart/card-bridge.desktop";

/// Where browsers read policies, one file for each who has some. Firefox has one
/// file for all, which is the administrator's: an example of it goes to the docs.
const POLICIES: [&str; 3] = [
    "etc/chromium/policies/managed/card-bridge.json",
    "etc/opt/chrome/policies/managed/card-bridge.json",
    "etc/opt/edge/policies/managed/card-bridge.json",
];

/// The machine's origins (`card_bridge::paths`).
const ORIGINS: &str = "etc/card-bridge/origins.toml";

/// What makes a machine a terminal.
const TERMINAL: &str = "usr/share/card-bridge/kiosk";

/// What a terminal's browser may do.
const TERMINAL_POLICY: &str = "chromium-policy.json";

/// Its files, with their modes. What is no program names the server.
const TERMINAL_FILES: [(&str, u32); 5] = [
    ("ic-card-kiosk", 0o755),
    ("ic-card-kiosk.service", 0o644),
    ("ic-card-kiosk.desktop", 0o644),
    (TERMINAL_POLICY, 0o644),
    ("waiting.html", 0o644),
];

const DOCS: &str = "usr/share/doc/card-bridge";

/// Lays out the folder anew.
///
/// # Errors
/// When something can't be copied.
pub(super) fn lay_out(root: &Path, program: &Path, allowed: Option<&Allowed>) -> Result<()> {
    files::remove_folder(root)?;
    let packaging = files::root().join("card-bridge/packaging");
    let place = root.join("usr/bin/card-bridge");
    copy(program, &place, 0o755)?;
    // Names of functions stay out: what is built is kept beside it for who debugs.
    process::run(Command::new("strip").arg(&place))?;
    copy(
        &packaging.join("card-bridge.service"),
        &root.join(UNIT),
        0o644,
    )?;
    copy(
        &packaging.join("card-bridge-session.desktop"),
        &root.join(AUTOSTART),
        0o644,
    )?;
    let wanted = root.join(WANTED);
    if let Some(folder) = wanted.parent() {
        files::make_folder(folder)?;
    }
    symlink("../card-bridge.service", &wanted).map_err(Error::file(&wanted))?;
    let examples = root.join(DOCS).join("examples");
    for name in ["chromium-policy.json", "firefox-policies.json"] {
        copy(&packaging.join(name), &examples.join(name), 0o644)?;
    }
    lay_out_terminal(&packaging.join("kiosk"), &root.join(TERMINAL), allowed)?;
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"] {
        let (from, to) = (files::root().join(name), root.join(DOCS).join(name));
        copy(&from, &to, 0o644)?;
    }
    if let Some(allowed) = allowed {
        write(&root.join(ORIGINS), &allowed.machine_file()?)?;
        for path in POLICIES {
            write(&root.join(path), &allowed.chromium_policy())?;
        }
        let firefox = examples.join("firefox-policies.json");
        write(&firefox, &allowed.firefox_policy())?;
    }
    Ok(())
}

/// What makes a machine a terminal. It lies ready, and is put into its places by hand
/// (docs/kiosk.md): most machines with a bridge are somebody's desk.
fn lay_out_terminal(packaging: &Path, folder: &Path, allowed: Option<&Allowed>) -> Result<()> {
    for (name, mode) in TERMINAL_FILES {
        let from = packaging.join(name);
        let to = folder.join(name);
        copy(&from, &to, mode)?;
        if let Some(allowed) = allowed
            && mode == 0o644
        {
            let example = files::read_text(&from)?;
            let text = if name == TERMINAL_POLICY {
                allowed.terminal_policy(&example)?
            } else {
                allowed.in_place_of_example(&example)
            };
            write(&to, &text)?;
        }
    }
    Ok(())
}

/// What is in a tree: folders before what is in them.
pub(super) struct Entry {
    /// As it is on the machine, from `/`.
    pub(super) path: String,
    pub(super) is_folder: bool,
}

impl Entry {
    /// Whether whoever runs the machine may change it.
    pub(super) fn is_setting(&self) -> bool {
        !self.is_folder && self.path.starts_with("/etc/")
    }
}

/// All that is in a tree, in the order of its names.
///
/// # Errors
/// When a folder can't be read.
pub(super) fn entries(root: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let entry = entry.map_err(Error::file(&folder))?;
            let path = entry.path();
            // A link to a folder would be one thing.
            let is_folder = entry.file_type().map_err(Error::file(&path))?.is_dir();
            let below = path.strip_prefix(root).unwrap_or(&path);
            entries.push(Entry {
                path: format!("/{}", below.display()),
                is_folder,
            });
            if is_folder {
                folders.push(path);
            }
        }
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    files::write(to, files::read(from)?)?;
    set_mode(to, mode)
}

fn write(path: &Path, text: &str) -> Result<()> {
    files::write(path, text)?;
    set_mode(path, 0o644)
}

/// Whatever the umask of who packs.
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(Error::file(path))
}
