//! Whether an event was really verified for this answer, and why where not.

use leptos::prelude::*;

use crate::{
    api::history::Verified,
    components::icon::{Icon, Symbol},
    text::history as text,
};

/// The mark; its title says what it stands for.
#[component]
pub(crate) fn VerifiedMark(
    /// What the service found.
    verified: Verified,
) -> impl IntoView {
    let (class, symbol, title) = match verified {
        Verified::Yes => ("badge badge--good", Symbol::Check, text::VERIFIED_MEANS),
        Verified::No(why) if why.is_alarming() => {
            ("badge badge--bad", Symbol::Warning, text::unverified(why))
        }
        Verified::No(why) => ("badge badge--plain", Symbol::Clock, text::unverified(why)),
    };
    view! {
        <span class=class title=title>
            <Icon symbol />
            {text::verified(verified)}
        </span>
    }
}
