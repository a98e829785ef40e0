//! What every page has at the same place, its upper right: 帮助, 大字版 and
//! the other language.

use leptos::prelude::*;
use leptos_router::location::{RequestUrl, Url};

use crate::{
    components::{language_switch::LanguageSwitch, large_type::LargeTypeSwitch},
    text::help as text,
};

/// Where the help is.
pub(crate) const HELP: &str = "/help";

/// The links, and the switch.
#[component]
pub(crate) fn PageTools(
    /// Whether the page has no bar that they belong to.
    #[prop(optional)]
    alone: bool,
) -> impl IntoView {
    let class = if alone {
        "page-tools page-tools--alone"
    } else {
        "page-tools"
    };
    view! {
        <nav class=class aria-label=text::TOOLS>
            <a class="page-tools__link" href=help_from_here()>
                {text::TITLE}
            </a>
            <LargeTypeSwitch />
            <LanguageSwitch />
        </nav>
    }
}

/// The help, with the way back to here. The page of an error stands outside of the router,
/// so that the request itself says where that is.
fn help_from_here() -> String {
    match use_context::<RequestUrl>().and_then(|url| url.parse().ok()) {
        Some(here) if here.path() != HELP => {
            let query = here.search();
            let mark = if query.is_empty() { "" } else { "?" };
            let from = format!("{}{mark}{query}", here.path());
            format!("{HELP}?from={}", Url::escape(&from))
        }
        _ => String::from(HELP),
    }
}
