//! `cargo xtask bench`: the figures of the storage and of the login, on both databases,
//! beside their floors; those of 延期 and 解锁, beside another tool and the card's own
//! time; what Lighthouse says of the pages; and the size of what a browser is sent.

use clap::{Args, ValueEnum};

use crate::{
    console,
    error::Result,
    native::cargo,
    packages,
    postgres::{self, Postgres},
    process,
    processes::Children,
    site::Site,
    size, test,
};

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only this.
    #[arg(long)]
    only: Option<Part>,
}

/// A part of the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Storage, login and cards, in the release profile.
    Programs,
    /// The login page and lists on a slow telephone, as Lighthouse imagines one.
    Lighthouse,
    /// What a browser is sent, if the site is built.
    Size,
}

/// Measures and prints.
///
/// # Errors
/// What cargo says.
pub(crate) fn run(options: &Options) -> Result<()> {
    let is_wanted = |part| options.only.is_none_or(|only| only == part);
    if is_wanted(Part::Programs) {
        programs()?;
    }
    if is_wanted(Part::Lighthouse) {
        test::lighthouse()?;
    }
    if is_wanted(Part::Size) {
        if let Some(site) = Site::built()? {
            return size::report(&site);
        }
        console::result("size: no site is built (cargo xtask site builds it)");
    }
    Ok(())
}

/// Those of the programs.
fn programs() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::CARDS, packages::POSTGRES])?;
    console::step("The figures (release profile; a million cards take minutes)");
    process::run(cargo("bench").args(["--package", "server", "--bench", "figures"]))?;
    console::step("A page of a list beside the same rows as JSON");
    process::run(
        cargo("bench")
            .args(["--package", "app", "--bench", "render"])
            .args(["--features", "ssr"]),
    )?;
    console::step("冻结 on PostgreSQL, and what is left of it after a silence");
    on_postgres()?;
    console::step("What a command to the card costs by way of the bridge");
    process::run(
        cargo("bench")
            .args(["--package", "card-bridge", "--bench", "apdus"])
            .args(["--features", "demo,pcsc"]),
    )?;
    console::step("延期, 解锁 and login on a card behind pcscd");
    process::run(cargo("bench").args(["--package", "server", "--bench", "operations"]))
}

/// The figures of a throw-away PostgreSQL on this machine.
fn on_postgres() -> Result<()> {
    let cluster = Postgres::make()?;
    let mut children = Children::new()?;
    cluster.start(&mut children)?;
    children.run(
        "cargo bench",
        cargo("bench")
            .args(["--package", "server", "--bench", "figures"])
            .args(["--", "--only-postgres"])
            .env(postgres::VARIABLE, cluster.url()),
    )
}
