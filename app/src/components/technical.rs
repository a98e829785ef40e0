//! 技术信息: what only who looks into a fault or checks a proof needs. Folded, so that the
//! facts of people come first; a browser's own folding, so that it needs no script.

use leptos::prelude::*;

use crate::text::common;

/// Names and values, folded.
#[component]
pub(crate) fn TechnicalFacts(children: Children) -> impl IntoView {
    view! {
        <details class="technical">
            <summary class="technical__summary">{common::TECHNICAL}</summary>
            <dl class="facts__list facts__list--proof">{children()}</dl>
        </details>
    }
}
