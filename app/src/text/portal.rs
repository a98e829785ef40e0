//! The words of the main page and of the page behind its tile.

/// Greets whoever is logged in.
#[must_use]
pub fn welcome(holder: &str) -> String {
    format!("{holder}，您好")
}

/// Heads the tiles.
pub const SERVICES: &str = "业务系统";
/// What the tile IC卡自主管理 leads to.
pub const TILE_HINT: &str = "办理本企业操作员卡的延期、挂失、解挂、冻结、解冻、解锁和综合查询";
/// Heads the page with the seven entries.
pub const CHOOSE: &str = "请选择要办理的业务";
