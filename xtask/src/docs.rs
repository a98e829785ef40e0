//! The parts of the docs that the code prints: the tables of the lifecycle and
//! of the operations on cards; and the pictures, which Graphviz draws.

use card_domain::{Action, table};

use crate::{
    console,
    error::{Error, Result},
    files, packages,
};

mod pictures;

/// Writes the tables of `card-domain` into `docs/lifecycle.md`, each after its
/// heading.
///
/// # Errors
/// When the page has no place for one of them.
pub(crate) fn write() -> Result<()> {
    let path = files::root().join("docs/lifecycle.md");
    let mut page = files::read_text(&path)?;
    for (heading, table) in [
        ("## The table\n\n", table::markdown()),
        (
            "### The table of 延期\n\n",
            table::operation_markdown(Action::Renew),
        ),
        (
            "### The table of 解锁\n\n",
            table::operation_markdown(Action::Unlock),
        ),
    ] {
        let Some((before, rest)) = page.split_once(heading) else {
            return Err(Error::Said(format!(
                "{} has no `{}`",
                path.display(),
                heading.trim()
            )));
        };
        let after: String = rest
            .split_inclusive('\n')
            .skip_while(|line| line.starts_with('|'))
            .collect();
        page = format!("{before}{heading}{table}{after}");
    }
    files::write(&path, page)?;
    console::result(&format!("wrote {}", path.display()));
    packages::ensure(&[packages::PICTURES])?;
    pictures::draw()
}
