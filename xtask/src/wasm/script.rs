//! Scripts without what is written for who reads them: a tenth of what a browser is
//! sent of them.

use crate::error::{Error, Result};

/// Leaves out comments that have lines of their own, and the space before lines.
///
/// # Errors
/// When a text goes over several lines, whose space would be a part of it.
pub(super) fn compact(script: &str) -> Result<String> {
    let mut compact = String::with_capacity(script.len());
    let mut in_comment = false;
    for line in script.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if in_comment {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            if line.matches('`').count() % 2 == 1 {
                return Err(Error::Split(format!(
                    "a text goes over several lines of the script: {line}"
                )));
            }
            compact.extend([line, "\n"]);
        }
    }
    Ok(compact)
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn comments_and_space_before_lines_are_left_out() {
        let script = "/**\n * @param {any} a\n */\nfunction f(a) {\n    // Why.\n    /* once */\n\
            \n    return `${a} // b`; // c\n}";
        assert_eq!(
            compact(script).unwrap(),
            "function f(a) {\nreturn `${a} // b`; // c\n}\n"
        );
    }

    #[test]
    fn a_text_over_several_lines_is_refused() {
        assert!(compact("const text = `a\n    b`;").is_err());
    }
}
