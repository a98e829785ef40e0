//! What needs more than the sources: software cards and the bridge behind
//! pcscd, judged by tools that nobody here wrote, and the server on SQLite and
//! on a throw-away PostgreSQL.

use super::postgres::Postgres;
use crate::{children::Children, console, error::Result, native::cargo, packages, process};

/// Runs them all.
///
/// # Errors
/// When something is not as it should be.
pub(super) fn run() -> Result<()> {
    packages::ensure(&[packages::BUILD, packages::CARDS, packages::POSTGRES])?;
    console::step("Software cards, judged by OpenSC and yubico-piv-tool");
    process::run(
        cargo("test")
            .args(["--package", "virtual-card", "--features", "judges"])
            .args(["--test", "judges"]),
    )?;
    console::step("The bridge behind pcscd");
    process::run(
        cargo("test")
            .args(["--package", "card-bridge", "--features", "pcsc"])
            .args(["--test", "pcsc"]),
    )?;
    console::step("The server on SQLite and on PostgreSQL");
    let mut test = cargo("test");
    test.args(["--package", "server", "--test", "it"]);
    let postgres = Postgres::make()?;
    let mut children = Children::new()?;
    postgres.start(&mut children)?;
    test.env(postgres.variable(), postgres.url());
    children.run("cargo test", &mut test)
}
