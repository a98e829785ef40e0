//! How many there are, and the ways to the pages before and after.

use card_domain::Menu;
use leptos::prelude::*;

use crate::{
    api::model::{Cursor, PAGE_SIZE, PAGE_SIZES},
    components::icon::{Icon, Symbol},
    pages::list::address::ListAddress,
    text::{common, list},
};

/// The foot of a list.
#[component]
pub(crate) fn Pager(
    /// Whose list it is.
    menu: Menu,
    /// What was asked.
    address: ListAddress,
    /// The page before.
    previous: Option<Cursor>,
    /// The page after.
    next: Option<Cursor>,
    /// How many match.
    total: u32,
    /// Whether there are more.
    total_is_lower_bound: bool,
) -> impl IntoView {
    let shown = address.rows.unwrap_or(PAGE_SIZE);
    let sizes = PAGE_SIZES
        .map(|rows| {
            let here = (rows == shown).then_some("true");
            view! {
                <a
                    class="page-size__size"
                    href=address.with_rows(rows).href(menu)
                    aria-current=here
                    aria-label=list::rows_a_page(rows)
                >
                    {rows}
                </a>
            }
        })
        .collect_view();
    let href = |cursor: Option<Cursor>| cursor.map(|cursor| address.at(&cursor).href(menu));
    view! {
           <div class="list-foot">
               <p class="list-foot__total" role="status">
                   {common::total(total, total_is_lower_bound)}
                {list::pages(total.div_ceil(shown), total_is_lower_bound)}
               </p>
               <p class="list-foot__hint">{list::SHORTCUT_HINT}</p>
    <nav class="page-size" aria-label=list::PAGE_SIZE>
                   {list::ROWS_A_PAGE}
                   {sizes}
               </nav>
               <nav class="pager" aria-label=list::PAGING>
                   <Step href=href(previous) rel="prev">
                       <Icon symbol=Symbol::Left />
                       {list::PREVIOUS}
                   </Step>
                   <Step href=href(next) rel="next">
                       {list::NEXT}
                       <Icon symbol=Symbol::Right />
                   </Step>
               </nav>
           </div>
       }
}

/// A link, or its disabled form when there is no such page.
#[component]
pub(crate) fn Step(
    /// Where it leads.
    href: Option<String>,
    /// What the page there is to this one.
    rel: &'static str,
    children: Children,
) -> impl IntoView {
    match href {
        Some(href) => view! {
            <a class="button" href=href rel=rel>
                {children()}
            </a>
        }
        .into_any(),
        None => view! {
            <a class="button" role="link" aria-disabled="true">
                {children()}
            </a>
        }
        .into_any(),
    }
}
