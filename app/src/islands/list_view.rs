//! Which columns a list has and how close its rows are: a small panel over the list. The
//! page came as the cookie says; what is changed here is changed in the table at once and
//! kept in the cookie.

use leptos::{prelude::*, web_sys::Element};

use crate::{
    islands::hydrated::use_hydrated,
    preferences::{Column, ListPreferences},
    text::list as text,
};

/// The table, see `card_table`.
const TABLE: &str = ".table";
/// What its style looks for.
const DENSE: &str = "data-dense";
const HIDDEN: &str = "data-hidden";

/// The panel.
#[island(lazy)]
pub(crate) fn ListView(
    /// What the page came with.
    liked: ListPreferences,
    /// The rows that the address asks for, which are liked from now on.
    rows: Option<u32>,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let kept_rows = liked.rows;
    let liked = RwSignal::new(ListPreferences {
        rows: rows.or(kept_rows),
        ..liked
    });
    Effect::new(move |_| {
        if rows.is_some() && rows != kept_rows {
            liked.with_untracked(keep);
        }
    });
    let change = move |change: &dyn Fn(&mut ListPreferences)| {
        liked.update(|liked| change(liked));
        liked.with_untracked(|liked| {
            show(liked);
            keep(liked);
        });
    };
    let columns = Column::ALL
        .map(|column| {
            view! {
                <label class="list-view__choice">
                    <input
                        class="choose"
                        type="checkbox"
                        autocomplete="off"
                        aria-label=text::show_column(column)
                        disabled=move || !hydrated.get()
                        checked=!liked.with_untracked(|liked| liked.hidden.contains(&column))
                        on:change=move |event| {
                            let is_shown = event_target_checked(&event);
                            change(&move |liked| {
                                liked.hidden.retain(|hidden| *hidden != column);
                                if !is_shown {
                                    liked.hidden.push(column);
                                }
                            });
                        }
                    />
                    {text::column(column)}
                </label>
            }
        })
        .collect_view();
    view! {
        <details class="list-view">
            <summary class="button">{text::VIEW_OPTIONS}</summary>
            <fieldset class="list-view__panel panel">
                <legend class="unseen">{text::COLUMNS_SHOWN}</legend>
                <p class="list-view__title">{text::COLUMNS_SHOWN}</p>
                {columns}
                <p class="list-view__title">{text::DENSITY}</p>
                <label class="list-view__choice">
                    <input
                        class="choose"
                        type="checkbox"
                        autocomplete="off"
                        disabled=move || !hydrated.get()
                        checked=liked.with_untracked(|liked| liked.is_dense)
                        on:change=move |event| {
                            let is_dense = event_target_checked(&event);
                            change(&move |liked| liked.is_dense = is_dense);
                        }
                    />
                    {text::DENSE}
                </label>
            </fieldset>
        </details>
    }
}

/// Has the table look as it is liked.
fn show(liked: &ListPreferences) {
    if let Ok(Some(table)) = document().query_selector(TABLE) {
        set(&table, DENSE, liked.is_dense.then(String::new));
        set(&table, HIDDEN, liked.hidden_names());
    }
}

fn set(table: &Element, name: &str, value: Option<String>) {
    // Without it the table looks as before, until the page is loaded again.
    let _unchanged = match value {
        Some(value) => table.set_attribute(name, &value),
        None => table.remove_attribute(name),
    };
}

/// Keeps it for the next page.
#[cfg(feature = "hydrate")]
fn keep(liked: &ListPreferences) {
    // A year; it says nothing about a person.
    let cookie = format!(
        "{}={}; Path=/manage; Max-Age=31536000; SameSite=Strict",
        ListPreferences::COOKIE,
        liked.write()
    );
    // A browser that keeps none has the page as it is.
    let _not_kept = js_sys::Reflect::set(&document(), &"cookie".into(), &cookie.into());
}

#[cfg(not(feature = "hydrate"))]
const fn keep(_liked: &ListPreferences) {}
