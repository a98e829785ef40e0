//! What the legal person signs, to the letter: Chinese. Whoever reads English reads it in
//! English first.

use leptos::prelude::*;

use crate::text::{Language, statement};

/// The statement.
#[component]
pub(crate) fn SignedText(text: String, class: &'static str) -> impl IntoView {
    let is_english = Language::current() == Language::English;
    let english = is_english.then(|| {
        view! {
            <p class="sign__lead">{statement::READING}</p>
            <blockquote class=class>{statement::in_english(&text)}</blockquote>
            <p class="sign__lead">{statement::IN_CHINESE}</p>
        }
    });
    let lang = is_english.then(|| Language::Chinese.tag());
    view! {
        {english}
        <blockquote class=class lang=lang>
            {text}
        </blockquote>
    }
}
