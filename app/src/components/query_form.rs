//! The query over a list. Before wasm arrives it is an ordinary form, whose
//! answer is the list's address with a token for the 证件编号; with wasm the
//! page goes there by itself. The number never stands in an address.

mod inputs;

use card_domain::{InvalidIdNumber, Menu, StateName};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use self::inputs::{Inputs, shown_state};

use crate::{
    api::{ApiError, calls, model::StateFilter},
    components::{
        error_panel::ErrorPanel,
        icon::{Icon, Symbol},
    },
    pages::list::address::{ListAddress, sort_name, state_name},
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
    let inputs = Inputs::new();
    let trouble = RwSignal::new(None);
    // The fields follow the address when it changes (back, 重置), but never
    // overwrite what was typed before wasm arrived.
    Effect::watch(
        move || address.get(),
        move |address, _, _| {
            inputs.fill(menu, address);
            trouble.set(None);
        },
        false,
    );
    // Not a local: the server drops it on another thread than it made it on.
    let navigate = StoredValue::new(use_navigate());
    let go = move |next: ListAddress| {
        if next == address.get_untracked() {
            refetch.run(());
        } else {
            navigate.with_value(|navigate| navigate(&next.href(menu), NavigateOptions::default()));
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        trouble.set(None);
        let next = inputs.address(&address.get_untracked());
        match inputs.id_number() {
            None => go(next),
            Some(Err(InvalidIdNumber)) => trouble.set(Some(Trouble::Malformed)),
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
        inputs.fill(menu, &ListAddress::default());
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
                <TextField
                    name="card_no"
                    label=fields::CARD_NO
                    hint=list::CARD_NO_HINT
                    value=Signal::derive(move || address.get().card_no)
                    input=inputs.card_no
                />
                <TextField
                    name="name"
                    label=fields::HOLDER_NAME
                    hint=list::HOLDER_NAME_HINT
                    value=Signal::derive(move || address.get().name)
                    input=inputs.name
                />
                {if menu == Menu::History {
                    view! { <StateField menu address state=inputs.state /> }.into_any()
                } else {
                    view! { <IdNumberField menu address id_number=inputs.id_number trouble /> }.into_any()
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

#[component]
fn TextField(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    #[prop(into)] value: Signal<Option<String>>,
    input: NodeRef<html::Input>,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field__name">{label}</span>
            <input
                class="input"
                name=name
                node_ref=input
                value=move || value.get()
                maxlength="32"
                autocomplete="off"
                spellcheck="false"
                placeholder=hint
            />
        </label>
    }
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
