//! A workbook of one sheet (Office Open XML). Every cell is text: a spreadsheet
//! takes no number for one, keeps leading zeros and all thirteen digits, and takes
//! nothing for a formula.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// How wide a column may get for its longest cell, in letters.
const WIDEST: usize = 60;

/// The file with these headings and rows. It is made in memory as a whole: the
/// caller bounds the rows.
///
/// # Errors
///
/// [`XlsxError`], also of more rows than a sheet has.
pub(crate) fn workbook<'a, Row>(
    sheet: &str,
    headings: &[&str],
    rows: impl IntoIterator<Item = Row>,
) -> Result<Vec<u8>, XlsxError>
where
    Row: IntoIterator<Item = &'a str>,
{
    let mut book = Workbook::new();
    let text = Format::new().set_num_format("@");
    let heading = Format::new().set_bold();
    let page = book.add_worksheet();
    page.set_name(sheet)?;
    page.set_freeze_panes(1, 0)?;
    let mut widths: Vec<usize> = headings.iter().map(|cell| width(cell)).collect();
    for (column, cell) in (0_u16..).zip(headings) {
        page.write_string_with_format(0, column, *cell, &heading)?;
    }
    for (line, row) in (1_u32..).zip(rows) {
        for ((column, cell), widest) in (0_u16..).zip(row).zip(&mut widths) {
            page.write_string_with_format(line, column, cell, &text)?;
            *widest = width(cell).max(*widest);
        }
    }
    for (column, widest) in (0_u16..).zip(widths) {
        let letters = u32::try_from(widest.min(WIDEST)).unwrap_or(0);
        page.set_column_width(column, f64::from(letters) + 2.0)?;
    }
    book.save_to_buffer()
}

/// Letters of a cell, of which Chinese ones are as wide as two.
fn width(cell: &str) -> usize {
    cell.chars()
        .map(|letter| if letter.is_ascii() { 1 } else { 2 })
        .sum()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;

    fn part(file: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        let mut text = String::new();
        let mut part = archive.by_name(name).unwrap();
        part.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn every_cell_is_text() {
        let rows = [["0001", "8930000000018", "=1+2"], ["", "a<b&c", "+86"]];
        let file = workbook("名单", &["编号", "卡号", "x"], rows).unwrap();
        let sheet = part(&file, "xl/worksheets/sheet1.xml");
        // A shared string, or empty; never a number, never a formula.
        let cells: Vec<&str> = sheet.split("<c ").skip(1).collect();
        assert!(cells.len() >= 8, "{sheet}");
        for cell in cells {
            let is_text = cell.contains("t=\"s\"");
            assert!(is_text || !cell.contains("<v>"), "{cell}");
        }
        assert!(!sheet.contains("<f>"), "{sheet}");
        let strings = part(&file, "xl/sharedStrings.xml");
        for text in ["编号", "0001", "8930000000018", "=1+2", "a&lt;b&amp;c"] {
            assert!(strings.contains(text), "{strings}");
        }
        assert!(part(&file, "xl/workbook.xml").contains("名单"));
    }
}
