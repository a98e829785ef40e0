//! Packages for Linux, by the systems' own packers: `dpkg-deb` and `rpmbuild` take
//! the tree as it is, find out which libraries the program needs, and are there
//! within seconds.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    NAME, VERSION, made,
    origin::Allowed,
    tree::{self, Entry},
};
use crate::{
    console,
    error::{Error, Result},
    files, process,
};

/// What was packed.
#[derive(Debug)]
pub(crate) struct Packages {
    /// For Debian and what descends from it.
    pub(crate) deb: PathBuf,
    /// For systems with rpm.
    pub(crate) rpm: PathBuf,
}

/// Packs the bridge `program`, which allows the origin if one is given.
///
/// # Errors
/// What a packer says.
pub(crate) fn pack(program: &Path, allowed: Option<&Allowed>) -> Result<Packages> {
    console::step("Packing for Linux");
    let work = super::folder().join("linux");
    let root = work.join("root");
    tree::lay_out(&root, program, allowed)?;
    let entries = tree::entries(&root)?;
    let rpm = pack_rpm(&work, &root, &entries)?;
    // Last: it puts its own folder into the tree.
    let deb = pack_deb(&work, &root, &entries)?;
    Ok(Packages { deb, rpm })
}

fn pack_deb(work: &Path, root: &Path, entries: &[Entry]) -> Result<PathBuf> {
    let architecture = process::read(Command::new("dpkg").arg("--print-architecture"))?;
    let needed = needed_libraries(work, root)?;
    let template = files::root().join("card-bridge/packaging/linux/control");
    let control = files::read_text(&template)?
        .replace("@VERSION@", VERSION)
        .replace("@ARCHITECTURE@", &architecture)
        .replace("@LIBRARIES@", &needed);
    let folder = root.join("DEBIAN");
    files::write(&folder.join("control"), control)?;
    let settings: String = entries
        .iter()
        .filter(|entry| entry.is_setting())
        .flat_map(|entry| [&entry.path, "\n"])
        .collect();
    files::write(&folder.join("conffiles"), settings)?;
    let package = super::folder().join(format!("{NAME}_{VERSION}_{architecture}.deb"));
    process::run(
        Command::new("dpkg-deb")
            .args(["--root-owner-group", "-Zxz", "--build"])
            .arg(root)
            .arg(&package),
    )?;
    made(&package)?;
    Ok(package)
}

/// Which packages have the libraries that the program is linked to.
fn needed_libraries(work: &Path, root: &Path) -> Result<String> {
    const SAYS: &str = "shlibs:Depends=";
    // It wants to stand in a package's sources.
    let sources = work.join("sources");
    files::write(
        &sources.join("debian/control"),
        format!("Source: {NAME}\n\nPackage: {NAME}\nArchitecture: any\n"),
    )?;
    let said = process::read(
        Command::new("dpkg-shlibdeps")
            .current_dir(&sources)
            .arg("-O")
            .arg(root.join("usr/bin/card-bridge")),
    )?;
    let needed = said.lines().find_map(|line| line.strip_prefix(SAYS));
    needed
        .map(str::to_owned)
        .ok_or_else(|| Error::Said("dpkg-shlibdeps found no library".into()))
}

fn pack_rpm(work: &Path, root: &Path, entries: &[Entry]) -> Result<PathBuf> {
    let list: Vec<String> = entries.iter().filter_map(listed).collect();
    let template = files::root().join("card-bridge/packaging/linux/card-bridge.spec");
    let spec = files::read_text(&template)?
        .replace("@VERSION@", VERSION)
        .replace("@ROOT@", &root.to_string_lossy())
        .replace("@FILES@", &list.join("\n"));
    let (place, built) = (work.join("card-bridge.spec"), work.join("rpm"));
    files::write(&place, spec)?;
    files::remove_folder(&built)?;
    process::run(
        Command::new("rpmbuild")
            .args(["-bb", "--quiet", "--define"])
            .arg(format!("_topdir {}", built.display()))
            .arg("--define")
            .arg(format!("_rpmdir {}", built.display()))
            .args(["--define", "_rpmfilename card-bridge.rpm"])
            .arg(&place),
    )?;
    let architecture = process::read(Command::new("rpm").args(["--eval", "%{_arch}"]))?;
    let package = super::folder().join(format!("{NAME}-{VERSION}-1.{architecture}.rpm"));
    files::write(&package, files::read(&built.join("card-bridge.rpm"))?)?;
    made(&package)?;
    Ok(package)
}

/// A line of the spec's list. Folders that are the system's are not ours to remove.
fn listed(entry: &Entry) -> Option<String> {
    const OF_THE_SYSTEM: [&str; 11] = [
        "/etc",
        "/etc/opt",
        "/etc/xdg",
        "/etc/xdg/autostart",
        "/usr",
        "/usr/bin",
        "/usr/lib",
        "/usr/lib/systemd",
        "/usr/lib/systemd/user",
        "/usr/share",
        "/usr/share/doc",
    ];
    let path = &entry.path;
    if entry.is_folder {
        return (!OF_THE_SYSTEM.contains(&path.as_str())).then(|| format!("%dir {path}"));
    }
    Some(if entry.is_setting() {
        format!("%config(noreplace) {path}")
    } else {
        path.clone()
    })
}
