//! A statement as a window shows it: nothing of it is hidden, reordered or read
//! as markup, and what does not fit into one window follows in the next.

use card_protocol::legible::legible;

/// Lines of a text that are shown at once.
const MAX_LINES: usize = 14;
/// Bytes that are shown at once, as [`escaped`] counts them: pinentry takes lines
/// of at most 1000 (Assuan), in which the command and the page's origin stand too.
const MAX_BYTES: usize = 600;

/// The text in pages, none of them empty unless the text is.
pub(super) fn pages(text: &str) -> Vec<String> {
    let mut pages = Vec::new();
    let mut page = Vec::new();
    let mut bytes = 0;
    for line in shown(text) {
        let more = escaped(&line) + escaped("\n");
        if page.len() == MAX_LINES || (!page.is_empty() && bytes + more > MAX_BYTES) {
            pages.push(page.join("\n"));
            page.clear();
            bytes = 0;
        }
        bytes += more;
        page.push(line);
    }
    pages.push(page.join("\n"));
    pages
}

/// The lines of a text, as they are shown: each short enough for a page.
pub(super) fn shown(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        // Some windows read what looks like HTML as such.
        let line = legible(line).replace('<', "〔U+003C〕");
        let mut part = String::new();
        let mut bytes = 0;
        for letter in line.chars() {
            let more = escaped(letter.encode_utf8(&mut [0; 4]));
            if bytes + more > MAX_BYTES / 2 {
                lines.push(std::mem::take(&mut part));
                bytes = 0;
            }
            bytes += more;
            part.push(letter);
        }
        lines.push(part);
    }
    lines
}

/// The bytes of a text when pinentry is told it.
fn escaped(text: &str) -> usize {
    let is_escaped = |byte: &u8| matches!(byte, b'%' | b'\r' | b'\n');
    text.len() + 2 * text.bytes().filter(is_escaped).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_one_page_as_it_is() {
        let text = "本人以企业法人身份确认：对下列操作员卡进行冻结操作。\n操作：冻结\nIC卡号：1";
        assert_eq!(pages(text), [text]);
        assert_eq!(pages(""), [""]);
    }

    #[test]
    fn all_of_a_long_text_is_shown() {
        let lines: Vec<_> = (1..=60)
            .map(|place| format!("第 {place} 张：IC卡号 8600000000017，操作员编号 0017"))
            .collect();
        let text = lines.join("\n");
        let pages = pages(&text);
        assert!(pages.len() > 2, "{}", pages.len());
        assert_eq!(pages.join("\n"), text);
        for page in &pages {
            assert!(escaped(page) <= MAX_BYTES, "{page}");
            assert!(page.lines().count() <= MAX_LINES);
        }
    }

    #[test]
    fn a_line_without_an_end_is_shown_too() {
        let text = "企".repeat(2_000);
        let pages = pages(&text);
        assert!(pages.iter().all(|page| escaped(page) <= MAX_BYTES));
        let shown: String = pages.concat().chars().filter(|one| *one != '\n').collect();
        assert_eq!(shown, text);
    }

    #[test]
    fn nothing_changes_how_it_reads() {
        for (text, is) in [
            ("解冻\u{202e}结冻", "解冻〔U+202E〕结冻"),
            ("a\u{200b}b", "a〔U+200B〕b"),
            ("a\rb\tc\u{8}", "a〔U+000D〕b〔U+0009〕c〔U+0008〕"),
            ("a\u{2028}b", "a〔U+2028〕b"),
            ("<b>x</b>", "〔U+003C〕b>x〔U+003C〕/b>"),
            ("100%\n&amp;", "100%\n&amp;"),
        ] {
            assert_eq!(pages(text), [is]);
        }
    }
}
