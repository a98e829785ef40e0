//! CSV (RFC 4180) for people who open it in a spreadsheet: UTF-8 with a byte
//! order mark, and no cell that the spreadsheet would take for a formula.

/// What a spreadsheet begins a formula with, or skips before one.
const DANGEROUS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes rows.
pub(crate) struct CsvWriter;

impl CsvWriter {
    /// What a file begins with.
    pub(crate) const MARK: &str = "\u{feff}";

    /// A row with its line end.
    pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
        let mut row = String::new();
        for (number, cell) in cells.into_iter().enumerate() {
            if number > 0 {
                row.push(',');
            }
            let neutral = if cell.starts_with(DANGEROUS) { "'" } else { "" };
            let quoted = neutral == "'" || cell.contains([',', '"', '\r', '\n']);
            if quoted {
                row.push('"');
                row.push_str(neutral);
                row.push_str(&cell.replace('"', "\"\""));
                row.push('"');
            } else {
                row.push_str(cell);
            }
        }
        row.push_str("\r\n");
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_and_nothing_else() {
        for (cell, written) in [
            ("冻结", "冻结"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"yes\"", "\"say \"\"yes\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+2", "\"'=1+2\""),
            ("+86", "\"'+86\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("=\"a\"", "\"'=\"\"a\"\"\""),
        ] {
            assert_eq!(CsvWriter::row([cell]), format!("{written}\r\n"), "{cell:?}");
        }
        assert_eq!(CsvWriter::row(["a", "", "b"]), "a,,b\r\n");
    }
}
