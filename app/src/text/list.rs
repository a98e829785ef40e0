//! The words of the lists: query form, table, paging.

use card_domain::Menu;

use super::{fields, names};
use crate::preferences::Column;

/// Sends the query.
pub const QUERY: &str = "查询";
/// Clears the query.
pub const RESET: &str = "重置";
/// Opens a card's details.
pub const VIEW: &str = "查看";
/// The page before.
pub const PREVIOUS: &str = "上一页";
/// The page after.
pub const NEXT: &str = "下一页";
/// Every state, in 综合查询.
pub const ALL_STATES: &str = "全部";
/// Heads the query form for assistive technology.
pub const QUERY_FORM: &str = "查询条件";
/// What the field IC卡号 takes.
pub const CARD_NO_HINT: &str = "输入卡号或开头几位";
/// What the field 操作员姓名 takes.
pub const HOLDER_NAME_HINT: &str = "姓名、其中几个字或拼音首字母";
/// What the field 证件编号 takes.
pub const ID_NUMBER_HINT: &str = "输入完整的证件编号";
/// Shown in the place of 证件编号 while a number is asked for.
pub const ID_FILTER_ACTIVE: &str = "已按证件编号筛选";
/// Ends that.
pub const ID_FILTER_CLEAR: &str = "清除证件编号条件";
/// Shown while only cards that need something are listed.
#[must_use]
pub fn needs_filter(need: &str) -> String {
    format!("只显示：{need}")
}

/// Ends that.
pub const NEEDS_FILTER_CLEAR: &str = "显示全部";
/// What the key `/` does.
pub const SHORTCUT_HINT: &str = "按 / 键输入查询条件，按 ↑ ↓ 键选择，按 Enter 键查看";
/// Names the paging for assistive technology.
pub const PAGING: &str = "翻页";
/// Names the choice of how many rows a page has, for assistive technology.
pub const PAGE_SIZE: &str = "每页行数";
/// What stands before the numbers of that choice.
pub const ROWS_A_PAGE: &str = "每页";

/// The accessible name of one of them.
#[must_use]
pub fn rows_a_page(rows: u32) -> String {
    format!("{ROWS_A_PAGE} {rows} 行")
}

/// How many pages that are; nothing where one holds all.
#[must_use]
pub fn pages(pages: u32, is_lower_bound: bool) -> String {
    match (pages, is_lower_bound) {
        (0 | 1, false) => String::new(),
        (pages, false) => format!("，{pages} 页"),
        (pages, true) => format!("，{pages} 页以上"),
    }
}

/// What a click on a sortable heading does now.
pub const SORT_ASCENDING: &str = "按升序排列";
/// What a click on a sortable heading does now.
pub const SORT_DESCENDING: &str = "按降序排列";

/// The table's caption, for assistive technology.
#[must_use]
pub fn caption(menu: Menu) -> String {
    format!("{}：操作员卡列表", names::menu(menu))
}

/// The accessible name of 查看 in a row: the button's word first.
#[must_use]
pub fn view_of(holder: &str) -> String {
    format!("{VIEW} {holder}")
}

/// Leads from an empty answer back to the default list.
pub const CLEAR_QUERY: &str = "清除查询条件";
/// Only a whole 证件编号 is found.
pub const ID_NUMBER_WHOLE: &str = "只能按完整号码查询";
/// What was typed is no 证件编号, and the list under it does not answer it.
pub const ID_NUMBER_MALFORMED_LIST_STAYS: &str =
    "证件编号应为6至20位字母或数字，请检查后重新输入。尚未查询，下方仍是原来的列表。";
/// What was typed is no 证件编号.
pub const ID_NUMBER_MALFORMED: &str = "证件编号应为6至20位字母或数字，请检查后重新输入。";

/// The headings of a downloaded list.
pub const COLUMNS: [&str; 7] = [
    fields::OPERATOR_NO,
    fields::HOLDER_NAME,
    fields::ID_NUMBER,
    fields::CARD_NO,
    fields::STATE,
    fields::VALID_UNTIL,
    fields::LAST_LOGIN,
];
/// The sheet of a workbook.
pub const SHEET: &str = "操作员卡";
/// The name of a downloaded list.
pub const CSV_NAME: &str = "操作员卡.csv";
/// The name of a downloaded workbook.
pub const XLSX_NAME: &str = "操作员卡.xlsx";
/// Downloads the list as a workbook.
pub const EXPORT_XLSX: &str = "导出Excel（XLSX）";
/// Downloads the list as CSV.
pub const EXPORT_CSV: &str = "导出表格（CSV）";
/// Prints the page of the list.
pub const PRINT: &str = "打印本页";
/// Names what can be done with the list as a whole, for assistive technology.
pub const TOOLS: &str = "列表工具";

/// Opens the choice of columns and of how close rows are.
pub const VIEW_OPTIONS: &str = "列与行距";
/// Heads the columns of that choice.
pub const COLUMNS_SHOWN: &str = "显示的列";
/// Heads the closeness.
pub const DENSITY: &str = "行距";
/// Rows are closer.
pub const DENSE: &str = "紧凑";

/// The accessible name of its choice, which is not the query's field.
#[must_use]
pub fn show_column(shown: Column) -> String {
    format!("显示 {}", column(shown))
}

/// What a column that may be left out is called.
#[must_use]
pub const fn column(column: Column) -> &'static str {
    match column {
        Column::IdNumber => fields::ID_NUMBER,
        Column::CardNo => fields::CARD_NO,
        Column::ValidUntil => fields::VALID_UNTIL,
        Column::LastLogin => fields::LAST_LOGIN,
    }
}
