//! The words of the lists: query form, table, paging.

use card_domain::Menu;

use super::names;

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
pub const HOLDER_NAME_HINT: &str = "输入姓名或其中几个字";
/// What the field 证件编号 takes.
pub const ID_NUMBER_HINT: &str = "输入完整的证件编号";
/// Shown in the place of 证件编号 while a number is asked for.
pub const ID_FILTER_ACTIVE: &str = "已按证件编号筛选";
/// Ends that.
pub const ID_FILTER_CLEAR: &str = "清除证件编号条件";
/// What the key `/` does.
pub const SHORTCUT_HINT: &str = "按 / 键输入查询条件，按 ↑ ↓ 键选择，按 Enter 键查看";
/// Names the paging for assistive technology.
pub const PAGING: &str = "翻页";
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
