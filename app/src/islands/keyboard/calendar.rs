//! A month, whose days are keys.

use leptos::{prelude::*, web_sys::js_sys::Date};

use super::{civil::Month, focused, put};
use crate::{
    components::icon::{Icon, Symbol},
    text::{Text, keyboard as text},
};

/// The calendar of a field.
#[component]
pub(super) fn Calendar() -> impl IntoView {
    let today = today();
    let chosen = RwSignal::new(focused().and_then(|input| Month::parse(&input.value())));
    let shown = RwSignal::new(chosen.get_untracked().map_or(today.0, |(month, _)| month));
    let choose = move |month: Month, day: u32| {
        put(&month.day(day));
        chosen.set(Some((month, day)));
        shown.set(month);
    };
    let turn = move |words: Text, by: i32, symbol: Symbol, twice: bool| {
        view! {
            <button
                class="keyboard__key keyboard__key--turn"
                type="button"
                aria-label=words
                title=words
                on:click=move |_| shown.update(|month| *month = month.moved(by))
            >
                <Icon symbol />
                {twice.then(|| view! { <Icon symbol /> })}
            </button>
        }
    };
    let day = move |day: u32| {
        let month = shown.get();
        let is_chosen = move || chosen.get() == Some((month, day));
        view! {
            <button
                class="keyboard__key"
                type="button"
                aria-label=text::day(month.year, month.month, day)
                aria-pressed=move || if is_chosen() { "true" } else { "false" }
                aria-current=((month, day) == today).then_some("date")
                on:click=move |_| choose(month, day)
            >
                {day}
            </button>
        }
    };
    view! {
        <div class="keyboard__month">
            {turn(text::YEAR_BACK, -12, Symbol::Left, true)}
            {turn(text::MONTH_BACK, -1, Symbol::Left, false)}
            <p class="keyboard__title" aria-live="polite">
                {move || text::month(shown.get().year, shown.get().month)}
            </p>
            {turn(text::MONTH_ON, 1, Symbol::Right, false)}
            {turn(text::YEAR_ON, 12, Symbol::Right, true)}
            <button
                class="keyboard__key keyboard__key--word"
                type="button"
                on:click=move |_| choose(today.0, today.1)
            >
                {text::TODAY}
            </button>
        </div>
        <div class="keyboard__days">
            {text::WEEK
                .map(|name| view! { <span class="keyboard__weekday">{name}</span> })
                .collect_view()}
            {move || {
                let before = (0..shown.get().before()).map(|_| view! { <span></span> });
                before.collect_view()
            }}
            {move || (1..=shown.get().days()).map(day).collect_view()}
        </div>
    }
}

/// The day that it is at this machine.
fn today() -> (Month, u32) {
    let now = Date::new_0();
    let month = Month {
        year: i32::try_from(now.get_full_year()).unwrap_or(2000),
        month: now.get_month() + 1,
    };
    (month, now.get_date())
}
