//! The packages for Linux as people install them: they are installed, used and purged on
//! this machine, and leave nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{
    console,
    error::{Error, Result},
    files, native,
    package::{self, NAME, linux::Packages, origin::Allowed},
    process,
    processes::{Children, bound, first_line},
    steps::Steps,
};

mod page;

/// Where the package puts the program.
const PROGRAM: &str = "/usr/bin/card-bridge";

/// Somebody who is not root: `nobody` of every Debian.
const NOBODYS_ID: u32 = 65534;
const NOBODY: [&str; 4] = ["--reuid", "65534", "--regid", "65534"];

/// A port that no other bridge of this machine is at.
const PORT: u16 = 23117;

/// Packs everything, then installs, uses and removes it.
pub(super) fn run(steps: &mut Steps) {
    let mut packed = None;
    steps.run("packages for Linux", || {
        native::release_of(&[NAME])?;
        let program = native::released(NAME);
        let allowed = package::example(&program)?;
        let packages = package::linux::pack(&program, Some(&allowed))?;
        packed = Some((packages, allowed));
        Ok(())
    });
    let Some((packages, allowed)) = packed else {
        return;
    };
    steps.run("the .deb is installed, used and purged", || {
        check_deb(&packages, &allowed)
    });
    steps.run("the .rpm is installed and removed", || check_rpm(&packages));
}

fn check_deb(packages: &Packages, allowed: &Allowed) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        console::note("not root, so it is not installed; only its contents are listed");
        return process::run(
            Command::new("dpkg-deb")
                .arg("--contents")
                .arg(&packages.deb),
        );
    }
    if known_to_dpkg()? {
        return Err(Error::Said(format!(
            "{NAME} is installed on this machine already; it is not touched"
        )));
    }
    let installed = Installed;
    process::run(dpkg().arg("--install").arg(&packages.deb))?;
    let listed = process::read(Command::new("dpkg").args(["--listfiles", NAME]))?;
    use_it(allowed)?;
    drop(installed);
    if known_to_dpkg()? {
        return Err(Error::Said("purged, and dpkg knows it still".into()));
    }
    nothing_is_left(listed.lines().map(Path::new))
}

/// The package, until it is purged, whatever happens in between.
struct Installed;

impl Drop for Installed {
    fn drop(&mut self) {
        if let Err(error) = process::run(dpkg().args(["--purge", NAME])) {
            console::note(&format!("{NAME} is still installed: {error}"));
        }
    }
}

fn dpkg() -> Command {
    let mut dpkg = Command::new("dpkg");
    dpkg.env("DEBIAN_FRONTEND", "noninteractive");
    dpkg
}

/// Whether dpkg knows the package in any state.
fn known_to_dpkg() -> Result<bool> {
    let known =
        process::read(Command::new("dpkg-query").args(["--show", "--showformat", "${Package}\n"]))?;
    Ok(known.lines().any(|name| name == NAME))
}

/// As an ordinary user, with the machine's origins alone.
fn use_it(allowed: &Allowed) -> Result<()> {
    let home = tempfile("home")?;
    let as_nobody = |command: &mut Command| {
        command.env_clear().env("HOME", &home);
    };
    let mut list = Command::new("setpriv");
    list.args(NOBODY).arg("--clear-groups").arg(PROGRAM);
    as_nobody(list.args(["--json", "allowed"]));
    let said = process::read(&mut list)?;
    let origin = format!("\"origin\":\"{}\"", allowed.origin);
    if !said.contains(&origin) {
        return Err(Error::Said(format!("the origin is not allowed: {said}")));
    }
    let mut children = Children::new()?;
    let mut bridge = bound("setpriv");
    bridge.args(NOBODY).arg("--clear-groups").arg(PROGRAM);
    as_nobody(bridge.args(["run", "--port", &PORT.to_string()]));
    let output = children.start(NAME, bridge.stdout(Stdio::piped()))?;
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let line = output.and_then(|output| first_line(output, |_| true));
        // Whoever does not wait any more knows why.
        let _ = line.map(|line| tell.send(line));
    });
    children.wait_until(NAME, Duration::from_secs(20), || told.try_recv().is_ok())?;
    let origin = allowed.origin.clone();
    page::is_not_heard(PORT, &origin)?;
    page::as_user(NOBODYS_ID, move || {
        page::is_served(PORT, &origin)?;
        page::is_turned_away(PORT, &format!("{origin}:8443"))?;
        page::is_told_nothing(PORT, "https://else.example")
    })?;
    children.stop(NAME);
    files::remove_folder(&home)
}

/// A folder for somebody who is not root.
fn tempfile(name: &str) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("xtask-package-{name}-{}", std::process::id()));
    files::make_folder(&folder)?;
    std::os::unix::fs::chown(&folder, Some(NOBODYS_ID), Some(NOBODYS_ID))
        .map_err(Error::file(&folder))?;
    Ok(folder)
}

/// Of what the package had, folders that others use, too, may stay.
fn nothing_is_left<'a>(paths: impl Iterator<Item = &'a Path>) -> Result<()> {
    let left: Vec<_> = paths
        .filter(|path| {
            let of_others = path.is_dir() && !path.to_string_lossy().contains(NAME);
            !of_others && fs::symlink_metadata(path).is_ok()
        })
        .map(|path| path.display().to_string())
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(Error::Said(format!("still there: {}", left.join(", "))))
}

/// In a root of its own, for this machine's packages are dpkg's.
fn check_rpm(packages: &Packages) -> Result<()> {
    let root = package::folder().join("linux/rpm-root");
    files::remove_folder(&root)?;
    files::make_folder(&root)?;
    let rpm = || {
        let mut rpm = Command::new("rpm");
        rpm.arg("--root")
            .arg(&root)
            .args(["--dbpath", "/rpm-database"]);
        rpm
    };
    // Its libraries are Debian's here.
    process::run(rpm().args(["--install", "--nodeps"]).arg(&packages.rpm))?;
    let listed = process::read(rpm().args(["--query", "--list", NAME]))?;
    let inside: Vec<PathBuf> = listed
        .lines()
        .map(|path| root.join(path.trim_start_matches('/')))
        .collect();
    if let Some(missing) = inside
        .iter()
        .find(|path| fs::symlink_metadata(path).is_err())
    {
        return Err(Error::Said(format!("not installed: {}", missing.display())));
    }
    process::run(Command::new(root.join("usr/bin/card-bridge")).arg("--version"))?;
    let needs = process::read(
        Command::new("rpm")
            .args(["--query", "--requires"])
            .arg(&packages.rpm),
    )?;
    for needed in ["libpcsclite.so.1", "pcsc-lite"] {
        if !needs.contains(needed) {
            return Err(Error::Said(format!("the .rpm does not ask for {needed}")));
        }
    }
    process::run(rpm().args(["--erase", NAME]))?;
    nothing_is_left(inside.iter().map(PathBuf::as_path))?;
    files::remove_folder(&root)
}
