//! The query over a list: an ordinary form, whose answer is the list's address
//! with a token for the 证件编号. The number itself never stands in an address.

use card_domain::{Menu, StateName};
use leptos::prelude::*;

use crate::{
    api::model::StateFilter,
    components::icon::{Icon, Symbol},
    islands::id_number_input::IdNumberInput,
    pages::list::address::{ListAddress, sort_name, state_name},
    text::{Text, fields, list, names},
};

/// The form.
#[component]
pub(crate) fn QueryForm(
    /// Whose list it is.
    menu: Menu,
    /// What the address says.
    address: ListAddress,
) -> impl IntoView {
    let ListAddress {
        card_no,
        name,
        state,
        needs,
        sort,
        rows,
        ..
    } = address.clone();
    let whatever_needed = address.without_needs().href(menu);
    let last = if menu == Menu::History {
        view! { <StateField shown=state.unwrap_or(StateFilter::Only(menu.default_state())) /> }
            .into_any()
    } else {
        view! { <IdNumberField menu address /> }.into_any()
    };
    view! {
        <search>
            <form
                class="panel query"
                method="post"
                action=format!("/manage/{}/query", menu.slug())
                aria-label=list::QUERY_FORM
            >
                <TextField
                    name="card_no"
                    label=fields::CARD_NO
                    hint=list::CARD_NO_HINT
                    value=card_no
                />
                <TextField
                    name="name"
                    label=fields::HOLDER_NAME
                    hint=list::HOLDER_NAME_HINT
                    value=name
                />
                {last}
                {needs
                    .map(|need| {
                        view! {
                            <p class="chip query__needs">
                                <input type="hidden" name="needs" value=need.name() />
                                {list::needs_filter(&names::need(need))}
                                <a
                                    class="chip__clear"
                                    href=whatever_needed
                                    aria-label=list::NEEDS_FILTER_CLEAR
                                    title=list::NEEDS_FILTER_CLEAR
                                >
                                    <Icon symbol=Symbol::Cross />
                                </a>
                            </p>
                        }
                    })}
                {sort
                    .map(|sort| {
                        view! { <input type="hidden" name="sort" value=sort_name(sort) /> }
                    })}
                {rows.map(|rows| view! { <input type="hidden" name="rows" value=rows /> })}
                <div class="query__buttons">
                    <button class="button button--primary" type="submit">
                        <Icon symbol=Symbol::Search />
                        {list::QUERY}
                    </button>
                    <button class="button" type="submit" form="reset-query">
                        {list::RESET}
                    </button>
                </div>
            </form>
        </search>
        <form id="reset-query" method="get" action=format!("/manage/{}", menu.slug())></form>
    }
}

#[component]
fn TextField(name: &'static str, label: Text, hint: Text, value: Option<String>) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field__name">{label}</span>
            <input
                class="input"
                name=name
                value=value
                maxlength="32"
                autocomplete="off"
                spellcheck="false"
                placeholder=hint
            />
        </label>
    }
}

#[component]
fn StateField(shown: StateFilter) -> impl IntoView {
    let only = StateName::ALL.map(|name| (StateFilter::Only(name), names::state(name)));
    let options = [(StateFilter::All, list::ALL_STATES)]
        .into_iter()
        .chain(only)
        .map(|(filter, label)| {
            view! {
                <option value=state_name(filter) selected=shown == filter>
                    {label}
                </option>
            }
        })
        .collect_view();
    view! {
        <label class="field">
            <span class="field__name">{fields::STATE}</span>
            // A reload shows what the list was asked for, not what was chosen since.
            <select class="input" name="state" autocomplete="off">
                {options}
            </select>
        </label>
    }
}

#[component]
fn IdNumberField(menu: Menu, address: ListAddress) -> impl IntoView {
    let cleared = address.without_id().href(menu);
    view! {
        <div class="field">
            <IdNumberInput is_malformed=address.is_id_malformed />
            {address
                .id
                .map(|token| {
                    view! {
                        <p class="chip">
                            <input type="hidden" name="id" value=token />
                            {list::ID_FILTER_ACTIVE}
                            <a
                                class="chip__clear"
                                href=cleared
                                aria-label=list::ID_FILTER_CLEAR
                                title=list::ID_FILTER_CLEAR
                            >
                                <Icon symbol=Symbol::Cross />
                            </a>
                        </p>
                    }
                })}
        </div>
    }
}
