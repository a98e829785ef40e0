//! `cargo xtask bench`: the figures of the storage and of the login, on both databases,
//! beside their floors; those of 延期 and 解锁, beside another tool and the card's own
//! time; and the size of what a browser is sent.

use crate::{
    console,
    error::Result,
    native::cargo,
    packages,
    postgres::{self, Postgres},
    process,
    processes::Children,
    site::Site,
    size,
};

/// Runs them in the release profile; then says how big the built site is, if
/// there is one.
///
/// # Errors
/// What cargo says.
pub(crate) fn run() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::CARDS, packages::POSTGRES])?;
    console::step("The figures (release profile; a million cards take minutes)");
    process::run(cargo("bench").args(["--package", "server", "--bench", "figures"]))?;
    console::step("冻结 on PostgreSQL, and what is left of it after a silence");
    on_postgres()?;
    console::step("What a command to the card costs by way of the bridge");
    process::run(
        cargo("bench")
            .args(["--package", "card-bridge", "--bench", "apdus"])
            .args(["--features", "demo,pcsc"]),
    )?;
    console::step("延期, 解锁 and login on a card behind pcscd");
    process::run(cargo("bench").args(["--package", "server", "--bench", "operations"]))?;
    if let Some(site) = Site::built()? {
        return size::report(&site);
    }
    console::result("size: no site is built (cargo xtask site builds it)");
    Ok(())
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
