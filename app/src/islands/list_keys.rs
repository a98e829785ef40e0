//! The list by keyboard: `/` goes to the query, ↑ and ↓ go from row to row,
//! Enter (the link's own) opens 查看. And by mouse: a click anywhere on a row does
//! what its link does.

use leptos::{
    ev::{self, KeyboardEvent, MouseEvent},
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{Element, HtmlElement},
};

/// Marks the link of a row, see `card_table`.
const ROW: &str = "[data-row]";
/// The first field of the query.
const FIRST_FIELD: &str = ".query input, .query select";

/// The table whose rows open; a mark for its style.
const TABLE: &str = ".table";
const OPENS: &str = "data-opens";
/// What has a click of its own in a row.
const OWN_CLICK: &str = "a, button, input, label, select";

/// Listens as long as the page is there, and shows nothing.
#[island(lazy)]
pub(crate) fn ListKeys() -> impl IntoView {
    Effect::new(move |_| {
        if let Ok(Some(table)) = document().query_selector(TABLE) {
            // Without the mark rows open all the same.
            let _unmarked = table.set_attribute(OPENS, "");
        }
        let pressed = StoredValue::new((0, 0));
        let press = window_event_listener(ev::mousedown, move |event| {
            pressed.set_value((event.client_x(), event.client_y()));
        });
        let click = window_event_listener(ev::click, move |event| {
            if !has_moved(&event, pressed.get_value())
                && let Some(link) = row_link(&event)
            {
                link.click();
            }
        });
        on_cleanup(move || {
            press.remove();
            click.remove();
        });
    });
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, |event| {
            if on_key(&event).is_some() {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Whether a click ended elsewhere than it began: text was selected with it.
fn has_moved(event: &MouseEvent, (x, y): (i32, i32)) -> bool {
    // A hand that clicks trembles.
    const TREMBLE: u32 = 4;
    event.client_x().abs_diff(x) > TREMBLE || event.client_y().abs_diff(y) > TREMBLE
}

/// The link of the row that was clicked; none where the click meant something else:
/// a control of its own, another button or key.
fn row_link(event: &MouseEvent) -> Option<HtmlElement> {
    let is_plain = event.button() == 0
        && !event.default_prevented()
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
    let target: Element = event.target()?.dyn_into().ok()?;
    if !is_plain || target.closest(OWN_CLICK).ok()?.is_some() {
        return None;
    }
    let row = target.closest("tbody tr").ok()??;
    row.query_selector(ROW).ok()??.dyn_into().ok()
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
