//! `cargo xtask test`: everything, or one part of it. Each runner ends with its
//! own closing lines; the first one that fails ends the whole.

use clap::{Args, ValueEnum};

use crate::{
    error::Result,
    packages::{self, Group},
    wasm::Toolchain,
};

mod e2e;
mod it;
mod postgres;
mod unit;

/// The parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Format, clippy, docs, and the tests inside of the crates.
    Unit,
    /// Software cards and bridge behind pcscd; the server on both databases.
    It,
    /// The pages in Chromium, with screenshots and axe.
    E2e,
    /// Every cut of an operation on a card, and every round of its races; of
    /// these the integration tests run a sample. Only when it is named.
    Sweep,
    /// Every attack on a log of 100 000 events; of these the integration tests
    /// run a sample. Only when it is named.
    AuditAttacks,
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
            Self::AuditAttacks => groups.push(packages::CARDS),
            Self::It | Self::Sweep => groups.extend([packages::CARDS, packages::POSTGRES]),
            Self::E2e => groups.extend([
                Toolchain::choose()?.packages(),
                packages::CARDS,
                packages::BROWSER,
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
    /// For Playwright, after `--`: for instance a file's name, or `-g 冻结`.
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// Runs one part or all.
///
/// # Errors
/// When something is not as it should be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let wanted = |this| options.part.is_none_or(|part| part == this);
    let mut groups = Vec::new();
    for part in Part::value_variants() {
        if wanted(*part) {
            groups.extend(part.packages()?);
        }
    }
    packages::ensure(&groups)?;
    if wanted(Part::Unit) {
        unit::run()?;
    }
    if wanted(Part::It) {
        it::run()?;
    }
    if wanted(Part::E2e) {
        e2e::run(&options.playwright)?;
    }
    if options.part == Some(Part::Sweep) {
        it::sweep()?;
    }
    if options.part == Some(Part::AuditAttacks) {
        it::audit_attacks()?;
    }
    Ok(())
}
