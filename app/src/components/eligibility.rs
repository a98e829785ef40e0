//! Whether 延期 or 解锁 of a card in a list is called for, or why it can't be
//! done.

use card_domain::Menu;
use leptos::prelude::*;

use crate::{
    api::{model::CardRow, operation::Eligibility},
    text::{detail, errors},
};

/// The answer of the service for the act of a menu; nothing for other acts.
pub(crate) const fn of_menu(menu: Menu, row: &CardRow) -> Option<Eligibility> {
    match menu {
        Menu::Renew => Some(row.renew),
        Menu::Unlock => Some(row.unlock),
        _ => None,
    }
}

/// Why the act of the menu can't be done; nothing where it can.
#[component]
pub(crate) fn WhyNot(
    /// The menu.
    menu: Menu,
    /// What the service says.
    eligibility: Option<Eligibility>,
) -> impl IntoView {
    let (Some(Eligibility::No { why }), Some(action)) = (eligibility, menu.action()) else {
        return None;
    };
    let (message, next_step) = errors::cannot_sentences(why);
    Some(view! {
        <span class="table__why" title=message + &next_step>
            {detail::not_possible(action)}
        </span>
    })
}
