//! 大字版: a form, so that it works whatever else of the page does; the page's own script
//! saves the way to the server and back (`root.rs`).

use leptos::prelude::*;

use crate::{preferences::LargeType, text::common};

/// The switch. The page stays where it is.
#[component]
pub(crate) fn LargeTypeSwitch() -> impl IntoView {
    let is_large = LargeType::is_on();
    let next = if is_large {
        LargeType::OFF
    } else {
        LargeType::ON
    };
    view! {
        <form class="large-type" method="post" action=LargeType::ADDRESS>
            <button
                class="button page-tools__button large-type__switch"
                type="submit"
                name=LargeType::FIELD
                value=next
                aria-pressed=is_large.to_string()
            >
                {common::LARGE_TYPE}
            </button>
        </form>
    }
}
