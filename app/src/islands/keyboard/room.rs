//! Where the field is while the keyboard is there.

use leptos::{prelude::*, web_sys::HtmlInputElement};

/// So much of the page is to be seen around the field.
const MARGIN: f64 = 24.0;

/// Brings the field to where the keyboard is not.
pub(super) fn show(input: &HtmlInputElement) {
    let Ok(Some(keyboard)) = document().query_selector(".keyboard") else {
        return;
    };
    let field = input.get_bounding_client_rect();
    let below = field.bottom() + MARGIN - keyboard.get_bounding_client_rect().top();
    if below > 0.0 {
        window().scroll_by_with_x_and_y(0.0, below);
    } else if field.top() < MARGIN {
        window().scroll_by_with_x_and_y(0.0, field.top() - MARGIN);
    }
}
