//! Small labels: a shape and a word, so that colour is never the only sign.

#[cfg(feature = "ssr")]
mod in_pages;

use std::borrow::Cow;

use card_domain::StateName;
use leptos::prelude::*;

use crate::{
    components::icon::{Icon, Symbol},
    text::names,
};

/// What a label shows.
pub(crate) struct Badge {
    class: &'static str,
    symbol: Symbol,
    words: Cow<'static, str>,
}

impl Badge {
    const fn new(class: &'static str, symbol: Symbol, words: Cow<'static, str>) -> Self {
        Self {
            class,
            symbol,
            words,
        }
    }

    /// 卡状态.
    pub(crate) fn of_state(state: StateName) -> Self {
        let (class, symbol) = match state {
            StateName::Normal => ("badge badge--good", Symbol::Check),
            StateName::Lost => ("badge badge--bad", Symbol::Lost),
            StateName::Frozen => ("badge badge--cold", Symbol::Frozen),
            StateName::NotIssued => ("badge badge--plain", Symbol::Dashed),
            StateName::Cancelled => ("badge badge--plain", Symbol::Cross),
        };
        Self::new(class, symbol, Cow::Borrowed(names::state(state).here()))
    }
}

/// The label in a page.
#[component]
pub(crate) fn Label(
    /// What it shows.
    badge: Badge,
) -> impl IntoView {
    view! {
        <span class=badge.class>
            <Icon symbol=badge.symbol />
            {badge.words}
        </span>
    }
}

/// 卡状态.
#[component]
pub(crate) fn StateBadge(
    /// The card's state.
    state: StateName,
) -> impl IntoView {
    view! { <Label badge=Badge::of_state(state) /> }
}
