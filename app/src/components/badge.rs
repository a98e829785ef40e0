//! 卡状态 as a small label: a shape and a word, so that colour is never the
//! only sign.

use card_domain::StateName;
use leptos::prelude::*;

use crate::{
    components::icon::{Icon, Symbol},
    text::names,
};

/// 卡状态.
#[component]
pub(crate) fn StateBadge(
    /// The card's state.
    state: StateName,
) -> impl IntoView {
    let (class, symbol) = match state {
        StateName::Normal => ("badge badge--good", Symbol::Check),
        StateName::Lost => ("badge badge--bad", Symbol::Lost),
        StateName::Frozen => ("badge badge--cold", Symbol::Frozen),
        StateName::NotIssued => ("badge badge--plain", Symbol::Dashed),
        StateName::Cancelled => ("badge badge--plain", Symbol::Cross),
    };
    view! {
        <span class=class>
            <Icon symbol />
            {names::state(state)}
        </span>
    }
}
