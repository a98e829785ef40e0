//! The query over a list. Before wasm arrives it is an ordinary form, whose
//! answer is the list's address with a token for the 证件编号; with wasm the
//! page goes there by itself. The number never stands in an address.

use card_domain::{IdNumber, Menu, StateName};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

use crate::{
    api::{ApiError, calls, model::StateFilter},
    components::{
        error_panel::ErrorPanel,
        icon::{Icon, Symbol},
    },
    pages::list::address::{ListAddress, sort_name, state_from_name, state_name},
    text::{fields, list, names},
};

/// What went wrong with a query before it reached the list.
#[derive(Clone)]
enum Trouble {
    /// The 证件编号 is none.
    Malformed,
    /// The service said no.
    Refused(ApiError),
}

/// The form.
#[component]
pub(crate) fn QueryForm(
    /// Whose list it is.
    menu: Menu,
    /// What the address says.
    address: Memo<ListAddress>,
    /// Asks the same question again.
    #[prop(into)]
    refetch: Callback<()>,
) -> impl IntoView {
    let card_no = NodeRef::<html::Input>::new();
    let name = NodeRef::<html::Input>::new();
    let id_number = NodeRef::<html::Input>::new();
    let state = NodeRef::<html::Select>::new();
    let trouble = RwSignal::new(None);
    let text = |field: NodeRef<html::Input>| {
        move || {
            field
                .get_untracked()
                .map(|field| String::from(field.value().trim()))
                .filter(|text| !text.is_empty())
        }
    };
    let (card_no_text, name_text, id_text) = (text(card_no), text(name), text(id_number));

    // The fields follow the address when it changes (back, 重置), but never
    // overwrite what was typed before wasm arrived.
    Effect::watch(
        move || address.get(),
        move |address, _, _| {
            for (field, value) in [(card_no, &address.card_no), (name, &address.name)] {
                if let Some(field) = field.get_untracked() {
                    field.set_value(value.as_deref().unwrap_or_default());
                }
            }
            if let Some(field) = id_number.get_untracked() {
                field.set_value("");
            }
            if let Some(field) = state.get_untracked() {
                field.set_value(state_name(shown_state(menu, address)));
            }
            trouble.set(None);
        },
        false,
    );

    let navigate = StoredValue::new_local(use_navigate());
    let go = move |next: ListAddress| {
        if next == address.get_untracked() {
            refetch.run(());
        } else {
            navigate.with_value(|navigate| navigate(&next.href(menu), Default::default()));
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        trouble.set(None);
        let old = address.get_untracked();
        let next = ListAddress {
            card_no: card_no_text(),
            name: name_text(),
            id: old.id,
            state: state
                .get_untracked()
                .and_then(|field| state_from_name(&field.value())),
            sort: old.sort,
            after: None,
        };
        match id_text().map(|number| IdNumber::parse(&number)) {
            None => go(next),
            Some(Err(_)) => trouble.set(Some(Trouble::Malformed)),
            Some(Ok(number)) => spawn_local(async move {
                match calls::id_number_token(String::from(number.reveal())).await {
                    Ok(token) => go(ListAddress {
                        id: Some(token),
                        ..next
                    }),
                    Err(error) => trouble.set(Some(Trouble::Refused(error))),
                }
            }),
        }
    };
    let on_reset = move |event: SubmitEvent| {
        event.prevent_default();
        for field in [card_no, name, id_number] {
            if let Some(field) = field.get_untracked() {
                field.set_value("");
            }
        }
        if let Some(field) = state.get_untracked() {
            field.set_value(menu.default_state().name());
        }
        trouble.set(None);
        go(ListAddress::default());
    };

    view! {
        <search>
            <form
                class="panel query"
                method="post"
                action=format!("/manage/{}/query", menu.slug())
                aria-label=list::QUERY_FORM
                on:submit=on_submit
            >
                <label class="field">
                    <span class="field__name">{fields::CARD_NO}</span>
                    <input
                        class="input"
                        name="card_no"
                        node_ref=card_no
                        value=move || address.get().card_no
                        maxlength="32"
                        autocomplete="off"
                        spellcheck="false"
                        placeholder=list::CARD_NO_HINT
                    />
                </label>
                <label class="field">
                    <span class="field__name">{fields::HOLDER_NAME}</span>
                    <input
                        class="input"
                        name="name"
                        node_ref=name
                        value=move || address.get().name
                        maxlength="32"
                        autocomplete="off"
                        spellcheck="false"
                        placeholder=list::HOLDER_NAME_HINT
                    />
                </label>
                {if menu == Menu::History {
                    view! { <StateField menu address state /> }.into_any()
                } else {
                    view! { <IdNumberField menu address id_number trouble /> }.into_any()
                }}
                {move || {
                    address
                        .get()
                        .sort
                        .map(|sort| {
                            view! { <input type="hidden" name="sort" value=sort_name(sort) /> }
                        })
                }}
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
        <form
            id="reset-query"
            method="get"
            action=format!("/manage/{}", menu.slug())
            on:submit=on_reset
        ></form>
        {move || match trouble.get() {
            Some(Trouble::Refused(error)) => Some(view! { <ErrorPanel error /> }),
            _ => None,
        }}
    }
}

/// The 卡状态 that the form shows: what was asked for, else the menu's own.
fn shown_state(menu: Menu, address: &ListAddress) -> StateFilter {
    address
        .state
        .unwrap_or_else(|| StateFilter::Only(menu.default_state()))
}

#[component]
fn StateField(
    menu: Menu,
    address: Memo<ListAddress>,
    state: NodeRef<html::Select>,
) -> impl IntoView {
    let only = StateName::ALL.map(|name| (StateFilter::Only(name), names::state(name)));
    let options = [(StateFilter::All, list::ALL_STATES)]
        .into_iter()
        .chain(only)
        .map(|(filter, label)| {
            let selected = move || shown_state(menu, &address.get()) == filter;
            view! {
                <option value=state_name(filter) selected=selected>
                    {label}
                </option>
            }
        })
        .collect_view();
    view! {
        <label class="field">
            <span class="field__name">{fields::STATE}</span>
            <select class="input" name="state" node_ref=state>
                {options}
            </select>
        </label>
    }
}

#[component]
fn IdNumberField(
    menu: Menu,
    address: Memo<ListAddress>,
    id_number: NodeRef<html::Input>,
    trouble: RwSignal<Option<Trouble>>,
) -> impl IntoView {
    let malformed = move || matches!(trouble.get(), Some(Trouble::Malformed));
    view! {
        <div class="field">
            <label class="field__name" for="id-number">
                {fields::ID_NUMBER}
            </label>
            <input
                class="input"
                id="id-number"
                name="id_number"
                node_ref=id_number
                maxlength="32"
                autocomplete="off"
                spellcheck="false"
                placeholder=list::ID_NUMBER_HINT
                aria-invalid=move || malformed().then_some("true")
                aria-describedby=move || malformed().then_some("id-number-error")
            />
            {move || {
                malformed()
                    .then(|| {
                        view! {
                            <p class="field__error" id="id-number-error" role="alert">
                                {list::ID_NUMBER_MALFORMED}
                            </p>
                        }
                    })
            }}
            {move || {
                let address = address.get();
                address
                    .id
                    .clone()
                    .map(|token| {
                        view! {
                            <p class="chip">
                                <input type="hidden" name="id" value=token />
                                {list::ID_FILTER_ACTIVE}
                                <a
                                    class="chip__clear"
                                    href=address.without_id().href(menu)
                                    aria-label=list::ID_FILTER_CLEAR
                                    title=list::ID_FILTER_CLEAR
                                >
                                    <Icon symbol=Symbol::Cross />
                                </a>
                            </p>
                        }
                    })
            }}
        </div>
    }
}
