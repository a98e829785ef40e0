//! The parts of the docs that the code prints: the table of the lifecycle.

use crate::{
    console,
    error::{Error, Result},
    files,
};

/// Where the table begins in `docs/lifecycle.md`.
const HEADING: &str = "## The table\n\n";

/// Writes the table of `card-domain` into `docs/lifecycle.md`.
///
/// # Errors
/// When the page has no place for it.
pub(crate) fn write() -> Result<()> {
    let path = files::root().join("docs/lifecycle.md");
    let page = files::read_text(&path)?;
    let Some((before, rest)) = page.split_once(HEADING) else {
        return Err(Error::Said(format!(
            "{} has no `## The table`",
            path.display()
        )));
    };
    let after: String = rest
        .split_inclusive('\n')
        .skip_while(|line| line.starts_with('|'))
        .collect();
    let table = card_domain::table::markdown();
    files::write(&path, format!("{before}{HEADING}{table}{after}"))?;
    console::result(&format!("wrote {}", path.display()));
    Ok(())
}
