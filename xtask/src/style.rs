//! One style sheet from many: `style/main.css` imports the others, and what it
//! imports is put in its place, in order.

use std::path::Path;

use crate::{
    error::{Error, Result},
    files,
};

#[cfg(test)]
mod contrast;

/// Where a finger is expected without the page's saying so: a coarse pointer, and a large
/// screen on end.
const TOUCH: &str = "(orientation: portrait) and (min-width: 900px), (pointer: coarse)";

/// The one style sheet.
///
/// # Errors
/// When an imported file is missing.
pub(crate) fn sheet() -> Result<String> {
    inline(&files::root().join("style/main.css"))
}

/// The text of a sheet with its relative imports in place. An import with a
/// layer (`@import url("x.css") layer(base);`) becomes a layer block.
fn inline(path: &Path) -> Result<String> {
    let mut sheet = String::new();
    for line in files::read_text(path)?.lines() {
        let Some(import) = line.trim().strip_prefix("@import") else {
            sheet.push_str(line);
            sheet.push('\n');
            continue;
        };
        let (name, rest) = parse(import)
            .ok_or_else(|| Error::Said(format!("{}: can't read `{line}`", path.display())))?;
        let folder = path.parent().unwrap_or(path);
        let content = inline(&folder.join(name))?;
        let layer = rest
            .strip_prefix("layer(")
            .and_then(|rest| rest.split_once(')'));
        let block = match (layer, rest) {
            (Some((layer, "")), _) => format!("@layer {layer} {{\n{content}}}\n"),
            (Some((layer, " touch")), _) => {
                let content = for_fingers(&content);
                format!("@layer {layer} {{\n{content}}}\n")
            }
            (Some((_layer, _)), _) => {
                let said = format!("{}: can't place `{line}`", path.display());
                return Err(Error::Said(said));
            }
            (None, "") => content,
            (None, media) => format!("@media {media} {{\n{content}}}\n"),
        };
        sheet.push_str(&block);
    }
    Ok(sheet)
}

/// Rules for fingers, in which `&` is the document: once for what the browser says of the
/// pointer, once for what the page says of the terminal. No selector can ask for both.
fn for_fingers(rules: &str) -> String {
    format!(
        "@media {TOUCH} {{\n:where(:root) {{\n{rules}}}\n}}\n\
         :where(:root[data-terminal=\"kiosk\"]) {{\n{rules}}}\n"
    )
}

/// The file and what stands behind it, of ` url("name") rest;` or ` "name" rest;`.
fn parse(import: &str) -> Option<(&str, &str)> {
    let import = import.trim().strip_suffix(';')?.trim();
    let (import, close) = match import.strip_prefix("url(") {
        Some(inner) => (inner, ")"),
        None => (import, ""),
    };
    let quote = import.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, rest) = import.strip_prefix(quote)?.split_once(quote)?;
    Some((name, rest.strip_prefix(close)?.trim()))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use super::parse;
    use crate::files;

    /// The classes that stand alone before a rule's `{`: those whose looks it says.
    fn styled(sheet: &str) -> Vec<String> {
        let is_name = |name: &&str| {
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        let heads = sheet
            .split('{')
            .filter_map(|before| before.rsplit(['}', ';', '/']).next());
        heads
            .flat_map(|head| head.split(','))
            .filter_map(|selector| selector.trim().strip_prefix('.'))
            .filter(is_name)
            .map(str::to_owned)
            .collect()
    }

    /// Two things of one name look like neither: the pages' layer wins over the
    /// components', and what it leaves alone stays. The frame places what others style.
    #[test]
    fn no_class_is_styled_by_two_components_or_pages() {
        let mut places = BTreeMap::<String, Vec<String>>::new();
        for folder in ["style/components", "style/pages"] {
            for entry in fs::read_dir(files::root().join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with(Path::new("pages/frame.css")) {
                    continue;
                }
                let mut classes = styled(&fs::read_to_string(&path).unwrap());
                classes.sort();
                classes.dedup();
                for class in classes {
                    let places = places.entry(class).or_default();
                    places.push(path.display().to_string());
                }
            }
        }
        assert!(places.len() > 100, "the sheets were not read");
        places.retain(|_class, places| places.len() > 1);
        assert_eq!(places, BTreeMap::new());
    }

    /// A rule for fingers that is forgotten in one of its two places would be missing on a
    /// terminal whose screen calls itself a mouse.
    #[test]
    fn rules_for_fingers_hold_by_the_pointer_and_by_the_page() {
        let sheet = super::sheet().unwrap();
        let rule = ".pin-pad {\n    display: grid;";
        assert_eq!(sheet.matches(rule).count(), 2);
        let by_page = sheet
            .find(":where(:root[data-terminal=\"kiosk\"]) {")
            .unwrap();
        assert!(sheet.find(super::TOUCH).unwrap() < by_page);
        assert!(!sheet.contains("@import"));
    }

    #[test]
    fn imports_are_read_in_both_forms() {
        assert_eq!(parse(" \"a.css\";"), Some(("a.css", "")));
        assert_eq!(
            parse(" url('b.css') layer(base);"),
            Some(("b.css", "layer(base)"))
        );
        assert_eq!(parse(" url(\"p.css\") print;"), Some(("p.css", "print")));
        assert_eq!(parse(" nothing"), None);
    }
}
