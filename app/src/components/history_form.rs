//! The filters over a timeline: an ordinary form, whose answer is an address.

use card_domain::{EventAct, EventOutcome, TimelineOf};
use jiff::civil::Date;
use leptos::prelude::*;

use crate::{
    components::icon::{Icon, Symbol},
    pages::history::address::{HistoryAddress, path},
    text::{Text, history as words, list, timeline as text},
};

/// The form.
#[component]
pub(crate) fn HistoryForm(
    /// Whose timeline it is.
    of: TimelineOf,
    /// What the address says.
    address: HistoryAddress,
) -> impl IntoView {
    let kept = address
        .list
        .parts()
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    let reset = HistoryAddress {
        list: address.list.clone(),
        ..HistoryAddress::default()
    };
    view! {
        <search>
            <form
                class="panel query query--history"
                method="get"
                action=path(of)
                aria-label=text::FILTERS
            >
                {kept}
                <ActField shown=address.act />
                <OutcomeField shown=address.outcome />
                <DayField name="from" label=text::FROM value=address.from />
                <DayField name="to" label=text::TO value=address.to />
                <div class="query__buttons">
                    <button class="button button--primary" type="submit">
                        <Icon symbol=Symbol::Search />
                        {list::QUERY}
                    </button>
                    <a class="button" href=reset.href(of)>
                        {list::RESET}
                    </a>
                </div>
            </form>
        </search>
    }
}

#[component]
fn ActField(shown: Option<EventAct>) -> impl IntoView {
    let option = move |act: EventAct| {
        view! {
            <option value=act.name() selected=shown == Some(act)>
                {words::act(act)}
            </option>
        }
    };
    let groups = words::ACT_GROUPS
        .map(|(name, acts)| {
            let options = acts.iter().copied().map(option).collect_view();
            view! { <optgroup label=name>{options}</optgroup> }
        })
        .collect_view();
    // One that an old address asks for and nobody is offered is shown all the same.
    let other = shown
        .filter(|act| !words::ACT_GROUPS.iter().any(|(_, acts)| acts.contains(act)))
        .map(option);
    view! {
        <label class="field">
            <span class="field__name">{text::ACT}</span>
            <select class="input" name="act" autocomplete="off">
                <option value="">{text::ANY}</option>
                {groups} {other}
            </select>
        </label>
    }
}

#[component]
fn OutcomeField(shown: Option<EventOutcome>) -> impl IntoView {
    let options = EventOutcome::ALL
        .map(|outcome| {
            view! {
                <option value=outcome.name() selected=shown == Some(outcome)>
                    {words::outcome(outcome)}
                </option>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <label class="field">
            <span class="field__name">{text::OUTCOME}</span>
            <select class="input" name="outcome" autocomplete="off">
                <option value="">{text::ANY}</option>
                {options}
            </select>
        </label>
    }
}

#[component]
fn DayField(name: &'static str, label: Text, value: Option<Date>) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field__name">{label}</span>
            <input
                class="input"
                type="date"
                name=name
                value=value.map(|day| day.to_string())
                autocomplete="off"
            />
        </label>
    }
}
