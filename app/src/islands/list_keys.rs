//! The list by keyboard: `/` goes to the query, ↑ and ↓ go from row to row,
//! Enter (the link's own) opens 查看.

use leptos::{
    ev::{self, KeyboardEvent},
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{Element, HtmlElement},
};

/// Marks the link of a row, see `card_table`.
const ROW: &str = "[data-row]";
/// The first field of the query.
const FIRST_FIELD: &str = ".query input, .query select";

/// Listens as long as the page is there, and shows nothing.
#[island(lazy)]
pub(crate) fn ListKeys() -> impl IntoView {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, |event| {
            if on_key(&event).is_some() {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Does what the key stands for; `None` when it stands for nothing here.
fn on_key(event: &KeyboardEvent) -> Option<()> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing() || in_dialog() {
        return None;
    }
    match event.key().as_str() {
        "/" => focus(document().query_selector(FIRST_FIELD).ok()??),
        "ArrowDown" => step(true),
        "ArrowUp" => step(false),
        _ => None,
    }
}

fn is_typing() -> bool {
    document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA")
    })
}

fn in_dialog() -> bool {
    matches!(document().query_selector("dialog[open]"), Ok(Some(_)))
}

/// Moves the focus to the row after or before; from anywhere else, to the first.
fn step(down: bool) -> Option<()> {
    let here = document()
        .active_element()
        .filter(|active| matches!(active.matches(ROW), Ok(true)));
    let Some(here) = here else {
        return focus(document().query_selector(ROW).ok()??);
    };
    let row = here.closest("tr").ok()??;
    let there = if down {
        row.next_element_sibling()?
    } else {
        row.previous_element_sibling()?
    };
    focus(there.query_selector(ROW).ok()??)
}

fn focus(element: Element) -> Option<()> {
    element.dyn_into::<HtmlElement>().ok()?.focus().ok()
}
