//! The other language: a form, so that it works whatever else of the page does.

use leptos::prelude::*;

use crate::text::{Language, common};

/// The switch. It is said in the language that it leads to, for whoever reads only that.
#[component]
pub(crate) fn LanguageSwitch() -> impl IntoView {
    let other = Language::current().other();
    view! {
        <form class="language" method="post" action=Language::ADDRESS>
            <button
                class="button page-tools__button"
                type="submit"
                name=Language::FIELD
                value=other.tag()
                lang=other.tag()
            >
                {common::LANGUAGE.of(other)}
            </button>
        </form>
    }
}
