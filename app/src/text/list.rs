//! The words of the lists: query form, table, paging.

use card_domain::Menu;

use super::{Text, fields, names};
use crate::preferences::Column;

/// Sends the query.
pub const QUERY: Text = text!("查询", "Search");
/// Clears the query.
pub const RESET: Text = text!("重置", "Reset");
/// Opens a card's details.
pub const VIEW: Text = text!("查看", "View");
/// The page before.
pub const PREVIOUS: Text = text!("上一页", "Previous page");
/// The page after.
pub const NEXT: Text = text!("下一页", "Next page");
/// Every state, in 综合查询.
pub const ALL_STATES: Text = text!("全部", "All");
/// Heads the query form for assistive technology.
pub const QUERY_FORM: Text = text!("查询条件", "Search");
/// What the field IC卡号 takes.
pub const CARD_NO_HINT: Text = text!("输入卡号或开头几位", "Number or first digits");
/// What the field 操作员姓名 takes.
pub const HOLDER_NAME_HINT: Text = text!(
    "姓名、其中几个字或拼音首字母",
    "Name, part of it, or pinyin initials"
);
/// What the field 证件编号 takes.
pub const ID_NUMBER_HINT: Text = text!("输入完整的证件编号", "The whole ID number");
/// Shown in the place of 证件编号 while a number is asked for.
pub const ID_FILTER_ACTIVE: Text = text!("已按证件编号筛选", "Searched by ID number");
/// Ends that.
pub const ID_FILTER_CLEAR: Text = text!("清除证件编号条件", "Clear the ID number");
/// Shown while only cards that need something are listed.
#[must_use]
pub fn needs_filter(need: &str) -> String {
    say!("只显示：{need}", "Showing only: {need}")
}

/// Ends that.
pub const NEEDS_FILTER_CLEAR: Text = text!("显示全部", "Show all");
/// What the key `/` does.
pub const SHORTCUT_HINT: Text = text!(
    "按 / 键输入查询条件，按 ↑ ↓ 键选择，按 Enter 键查看",
    "Press / to search, ↑ and ↓ to choose, and Enter to view"
);
/// Names the paging for assistive technology.
pub const PAGING: Text = text!("翻页", "Pages");
/// Names the choice of how many rows a page has, for assistive technology.
pub const PAGE_SIZE: Text = text!("每页行数", "Rows on a page");
/// What stands before the numbers of that choice.
pub const ROWS_A_PAGE: Text = text!("每页", "Rows per page");

/// The accessible name of one of them.
#[must_use]
pub fn rows_a_page(rows: u32) -> String {
    say!("{ROWS_A_PAGE} {rows} 行", "{ROWS_A_PAGE} {rows}")
}

/// How many pages that are; nothing where one holds all.
#[must_use]
pub fn pages(pages: u32, is_lower_bound: bool) -> String {
    match (pages, is_lower_bound) {
        (0 | 1, false) => String::new(),
        (pages, false) => say!("，{pages} 页", ", {pages} pages"),
        (pages, true) => say!("，{pages} 页以上", ", {pages} or more pages"),
    }
}

/// What a click on a sortable heading does now.
pub const SORT_ASCENDING: Text = text!("按升序排列", "Sort in ascending order");
/// What a click on a sortable heading does now.
pub const SORT_DESCENDING: Text = text!("按降序排列", "Sort in descending order");

/// The table's caption, for assistive technology.
#[must_use]
pub fn caption(menu: Menu) -> String {
    say!(
        "{}：操作员卡列表",
        "{}: list of operator cards",
        names::menu(menu)
    )
}

/// The accessible name of 查看 in a row: the button's word first.
#[must_use]
pub fn view_of(holder: &str) -> String {
    format!("{VIEW} {holder}")
}

/// Leads from an empty answer back to the default list.
pub const CLEAR_QUERY: Text = text!("清除查询条件", "Clear the search");
/// Only a whole 证件编号 is found.
pub const ID_NUMBER_WHOLE: Text = text!("只能按完整号码查询", "Only the whole number is found");
/// What was typed is no 证件编号, and the list under it does not answer it.
pub const ID_NUMBER_MALFORMED_LIST_STAYS: Text = text!(
    "证件编号应为6至20位字母或数字，请检查后重新输入。尚未查询，下方仍是原来的列表。",
    "An ID number has 6 to 20 letters or digits. Check it and enter it again. Nothing was searched: the list below is still the one from before."
);
/// What was typed is no 证件编号.
pub const ID_NUMBER_MALFORMED: Text = text!(
    "证件编号应为6至20位字母或数字，请检查后重新输入。",
    "An ID number has 6 to 20 letters or digits. Check it and enter it again."
);

/// The headings of a downloaded list.
pub const COLUMNS: [Text; 7] = [
    fields::OPERATOR_NO,
    fields::HOLDER_NAME,
    fields::ID_NUMBER,
    fields::CARD_NO,
    fields::STATE,
    fields::VALID_UNTIL,
    fields::LAST_LOGIN,
];
/// The sheet of a workbook.
pub const SHEET: Text = text!("操作员卡", "Operator cards");
/// The name of a downloaded list.
pub const CSV_NAME: Text = text!("操作员卡.csv", "operator-cards.csv");
/// The name of a downloaded workbook.
pub const XLSX_NAME: Text = text!("操作员卡.xlsx", "operator-cards.xlsx");
/// Downloads the list as a workbook.
pub const EXPORT_XLSX: Text = text!("导出Excel（XLSX）", "Export to Excel (XLSX)");
/// Downloads the list as CSV.
pub const EXPORT_CSV: Text = text!("导出表格（CSV）", "Export a table (CSV)");
/// Prints the page of the list.
pub const PRINT: Text = text!("打印本页", "Print this page");
/// Names what can be done with the list as a whole, for assistive technology.
pub const TOOLS: Text = text!("列表工具", "List tools");

/// Opens the choice of columns and of how close rows are.
pub const VIEW_OPTIONS: Text = text!("列与行距", "Columns and spacing");
/// Heads the columns of that choice.
pub const COLUMNS_SHOWN: Text = text!("显示的列", "Columns shown");
/// Heads the closeness.
pub const DENSITY: Text = text!("行距", "Spacing");
/// Rows are closer.
pub const DENSE: Text = text!("紧凑", "Compact");

/// The accessible name of its choice, which is not the query's field.
#[must_use]
pub fn show_column(shown: Column) -> String {
    say!("显示 {}", "Show {}", column(shown))
}

/// What a column that may be left out is called.
#[must_use]
pub const fn column(column: Column) -> Text {
    match column {
        Column::IdNumber => fields::ID_NUMBER,
        Column::CardNo => fields::CARD_NO,
        Column::ValidUntil => fields::VALID_UNTIL,
        Column::LastLogin => fields::LAST_LOGIN,
    }
}
