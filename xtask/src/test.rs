//! `cargo xtask test`: everything, or one part of it, or what in a part has a
//! name. Each runner ends with its own closing lines; at the end stands what
//! failed, all of it.

use clap::{Args, ValueEnum};

use crate::{
    console,
    error::{Error, Result},
    packages::{self, Group},
    steps::Steps,
    wasm::Toolchain,
};

mod e2e;
mod it;
mod kiosk_shell;
mod package;
mod unit;
mod usb;
mod windows;

pub(crate) use e2e::lighthouse;

/// The parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Format, clippy, docs, and the tests inside of the crates.
    Unit,
    /// Software cards and bridge behind pcscd; the server on both databases.
    It,
    /// The pages in Chromium, with screenshots and axe.
    E2e,
    /// A key on USB, seen by Debian's kernel and Chromium in a virtual machine, with which
    /// the pages talk over WebUSB. Left out of the whole, and said so, where its packages
    /// are missing and can't be installed.
    Usb,
    /// The terminal's start script under a bare X, with its browser killed at random.
    KioskShell,
    /// The packages for Linux: packed, installed, used, and removed.
    Package,
    /// The bridge on Windows, under Wine: its installer is built and must not be too
    /// large; it is installed, used from Chromium, and removed. Only when it is named.
    Windows,
    /// Every cut of an operation on a card, and every round of its races; of
    /// these the integration tests run a sample. Only when it is named.
    Sweep,
    /// Faults at length: full disks, processes that stand still, clients that hang up,
    /// 制卡 and acts by a bad way, silences, a standby, restores that are cut off, a soak of
    /// half an hour on each database; of these the integration tests run a sample. Only
    /// when it is named.
    Faults,
    /// Every attack on a log of 100 000 events; of these the integration tests
    /// run a sample. Only when it is named.
    AuditAttacks,
    /// Untrusted bytes for every parser that they reach, half a minute for each; of
    /// this the integration tests run some thousand cases. Only when it is named.
    Fuzz,
}

impl Part {
    /// What it needs from Debian.
    fn packages(self) -> Result<Vec<Group>> {
        let mut groups = vec![packages::BUILD];
        match self {
            Self::Unit => {
                let toolchain = Toolchain::choose()?;
                groups.push(toolchain.packages());
                if matches!(toolchain, Toolchain::Debian { .. }) {
                    groups.push(packages::WASM_CLIPPY);
                }
            }
            Self::AuditAttacks | Self::Fuzz => groups.push(packages::CARDS),
            Self::It | Self::Sweep | Self::Faults => {
                groups.extend([packages::CARDS, packages::POSTGRES, packages::FAULTS]);
            }
            Self::Package => groups.push(packages::PACKAGING),
            Self::KioskShell => groups.extend([packages::BROWSERS, packages::SCREEN]),
            Self::Windows => groups.extend([
                Toolchain::choose()?.packages(),
                packages::CARDS,
                packages::BROWSERS,
                packages::WINDOWS,
                packages::WINE,
            ]),
            Self::Usb => {
                groups.push(Toolchain::choose()?.packages());
                groups.extend(usb::NEEDED);
            }
            Self::E2e => groups.extend([
                Toolchain::choose()?.packages(),
                packages::CARDS,
                packages::BROWSERS,
                packages::CAMERA,
                packages::FAULTS,
            ]),
        }
        Ok(groups)
    }
}

/// What can be said about `test`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Which part [default: all].
    part: Option<Part>,
    /// Of unit, it, e2e and usb: only the tests whose path or title holds one of these.
    names: Vec<String>,
    /// For Playwright, after `--`: for instance `--headed`.
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// Runs one part or all.
///
/// # Errors
/// When something is not as it should be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let names = options.names.as_slice();
    let takes_names = matches!(
        options.part,
        Some(Part::Unit | Part::It | Part::E2e | Part::Usb)
    );
    if !names.is_empty() && !takes_names {
        return Err(Error::Said("names go with unit, it, e2e or usb".into()));
    }
    let wanted = |this| options.part.is_none_or(|part| part == this);
    // Who names a part is told what it lacks.
    let no_usb = usb::why_not().filter(|_| options.part.is_none());
    let is_left_out = |part| match part {
        Part::Windows => options.part.is_none(),
        Part::Usb => no_usb.is_some(),
        _ => false,
    };
    let mut groups = Vec::new();
    for part in Part::value_variants() {
        if wanted(*part) && !is_left_out(*part) {
            groups.extend(part.packages()?);
        }
    }
    packages::ensure(&groups)?;
    let mut steps = Steps::default();
    if wanted(Part::Unit) {
        unit::run(&mut steps, names);
    }
    if wanted(Part::It) {
        it::run(&mut steps, names);
    }
    if wanted(Part::E2e) {
        e2e::run(&mut steps, names, &options.playwright);
    }
    if let Some(reason) = &no_usb {
        console::step(&format!(
            "LEFT OUT: a key on USB, in a virtual machine: {reason}"
        ));
    } else if wanted(Part::Usb) {
        usb::run(&mut steps, names, &options.playwright);
    }
    if wanted(Part::KioskShell) {
        kiosk_shell::run(&mut steps, &options.playwright);
    }
    if wanted(Part::Package) {
        package::run(&mut steps);
    }
    // Wine and its screen are much to install for whoever changes a page.
    if options.part == Some(Part::Windows) {
        windows::run(&mut steps, &options.playwright);
    }
    steps.finish()?;
    match options.part {
        Some(Part::Sweep) => it::sweep(),
        Some(Part::Faults) => it::faults(),
        Some(Part::AuditAttacks) => it::audit_attacks(),
        Some(Part::Fuzz) => it::fuzz(),
        _ => Ok(()),
    }
}
