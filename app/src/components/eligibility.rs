//! Whether 延期 or 解锁 of a card in a list is called for, or why it can't be
//! done.

use card_domain::Menu;

use crate::api::{model::CardRow, operation::Eligibility};

/// The answer of the service for the act of a menu; nothing for other acts.
pub(crate) const fn of_menu(menu: Menu, row: &CardRow) -> Option<Eligibility> {
    match menu {
        Menu::Renew => Some(row.renew),
        Menu::Unlock => Some(row.unlock),
        _ => None,
    }
}
