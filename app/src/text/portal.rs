//! The words of the main page and of the page behind its tile.

use super::Text;

/// Greets whoever is logged in.
#[must_use]
pub fn welcome(holder: &str) -> String {
    say!("{holder}，您好", "Welcome, {holder}")
}

/// Heads the tiles.
pub const SERVICES: Text = text!("业务系统", "Services");
/// What the tile IC卡自主管理 leads to.
pub const TILE_HINT: Text = text!(
    "办理本企业操作员卡的延期、挂失、解挂、冻结、解冻、解锁和综合查询",
    "Renew operator cards, report them lost or cancel the report, freeze, unfreeze and unblock them, and see their records"
);
/// Heads the page with the seven entries.
pub const CHOOSE: Text = text!("请选择要办理的业务", "Choose what to do");
