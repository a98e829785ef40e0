//! A column's heading by which the list can be ordered: a link, so that the
//! order stands in the address and works before wasm arrives.

use card_domain::Menu;
use leptos::prelude::*;

use crate::{
    api::model::Sort,
    components::icon::{Icon, Symbol},
    pages::list::address::ListAddress,
    preferences::Column,
    text::{Text, list},
};

/// The heading.
#[component]
pub(crate) fn SortHeader(
    /// The column's name.
    name: Text,
    /// Which column it is, of those that may be left out.
    #[prop(optional)]
    column: Option<Column>,
    /// The ascending order by this column.
    up: Sort,
    /// The descending order by this column.
    down: Sort,
    /// Whose list it is.
    menu: Menu,
    /// What was asked.
    address: ListAddress,
) -> impl IntoView {
    let current = address.sort.unwrap_or_else(|| Sort::default_of(menu));
    let (sorted, symbol, next) = if current == up {
        ("ascending", Symbol::Up, down)
    } else if current == down {
        ("descending", Symbol::Down, up)
    } else {
        // A column of dates is asked for its newest first, the number for its smallest.
        let first = match up {
            Sort::LastLoginAsc => down,
            _ => up,
        };
        ("none", Symbol::UpDown, first)
    };
    let hint = if next == up {
        list::SORT_ASCENDING
    } else {
        list::SORT_DESCENDING
    };
    view! {
        <th scope="col" aria-sort=sorted data-column=column.map(Column::name)>
            <a class="sort" href=address.sorted(next).href(menu) title=hint>
                {name}
                <Icon symbol />
            </a>
        </th>
    }
}
