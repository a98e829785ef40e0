//! An act on several cards of the list: boxes in the rows, which the server
//! renders, and one button that opens the dialog for all that are ticked, on this page
//! of the list and on others.

mod ticks;

use card_domain::{Action, CardId, StateName};
use leptos::{
    ev, html,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast as _,
    web_sys::{Element, HtmlInputElement},
};

use self::ticks::Ticks;
pub(super) use self::ticks::forget_all as forget_ticks;
use crate::{
    api::{ApiError, ErrorCode, calls},
    components::notice::Notice,
    device::Wanted,
    islands::{
        act_dialog::{ActDialog, Facts, is_grave},
        hydrated::use_hydrated,
        sign_act::Subject,
    },
    text::operate as text,
};

/// The first row of the list.
const FIRST_ROW: &str = ".table tbody tr";

/// The box of a row, see `card_table`; the value is the card's key.
const BOX: &str = "input[data-choose]";

/// A card that was ticked.
#[derive(Clone, PartialEq, Eq)]
struct Chosen {
    card: CardId,
    holder_name: String,
    operator_no: String,
    card_no: String,
    state: StateName,
}

impl From<Chosen> for Facts {
    fn from(one: Chosen) -> Self {
        Self {
            holder_name: one.holder_name,
            operator_no: one.operator_no,
            card_no: one.card_no,
            state: one.state,
        }
    }
}

/// The button over the list, and the dialog.
#[island(lazy)]
pub(crate) fn ActMany(
    /// The act of the list's menu.
    action: Action,
    /// The holder of the legal-person card that is logged in.
    signer: Wanted,
    /// Names the session; what others ticked is not this one's.
    session: String,
    /// The most cards of one signature.
    most: u32,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let open = RwSignal::new(false);
    let ticks = StoredValue::new(Ticks::of(session, action));
    // On this page, and on the pages before and after it.
    let chosen = RwSignal::new(Vec::<Chosen>::new());
    let elsewhere = RwSignal::new(Vec::<CardId>::new());
    // Of those elsewhere, once they are asked for.
    let fetched = RwSignal::new(Vec::<Chosen>::new());
    let count = Memo::new(move |_| chosen.with(Vec::len) + elsewhere.with(Vec::len));
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let all = NodeRef::<html::Input>::new();
    let look = move || {
        let here = read();
        set_mixed(all, here.len());
        let keys = here.iter().map(|one| one.card);
        let keys: Vec<_> = keys.chain(elsewhere.get_untracked()).collect();
        ticks.with_value(|ticks| ticks.keep(&keys));
        chosen.set(here);
    };
    Effect::new(move || {
        let before = ticks.with_value(Ticks::begin);
        elsewhere.set(tick_those(before));
        look();
        on_ticks(all, look);
    });
    let clear = move |_| {
        elsewhere.set(Vec::new());
        tick_all(false);
        look();
    };
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<ApiError>);
    let begin = move |_| {
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let wanted = elsewhere.get_untracked();
            match fetch(wanted.clone()).await {
                // Somebody chose anew meanwhile.
                Ok(_) if elsewhere.get_untracked() != wanted => {}
                Ok(asked) => {
                    elsewhere.set(asked.iter().map(|one| one.card).collect());
                    fetched.set(asked);
                    open.set(true);
                }
                Err(error) => failure.set(Some(error)),
            }
            busy.set(false);
        });
    };
    let subject = Signal::derive(move || {
        let keys = chosen.with(|chosen| chosen.iter().map(|one| one.card).collect::<Vec<_>>());
        Subject::of_many(action, [keys, elsewhere.get()].concat())
    });
    let facts = Signal::derive(move || {
        let both = chosen.get().into_iter().chain(fetched.get());
        both.map(Facts::from).collect()
    });
    view! {
        <div class="list-act">
            <label class="list-act__all">
                <input
                    class="choose"
                    node_ref=all
                    type="checkbox"
                    autocomplete="off"
                    disabled=move || !hydrated.get()
                    on:change=move |event| tick_all(event_target_checked(&event))
                />
                {text::CHOOSE_ALL}
            </label>
            <p class="list-act__hint" role="status">
                {move || text::chosen(action, count.get(), elsewhere.with(Vec::len), most)}
            </p>
            <button class="button" type="button" hidden=move || count.get() == 0 on:click=clear>
                {text::CHOOSE_NONE}
            </button>
            <button
                class="button button--primary"
                class:button--danger=is_grave(action)
                type="button"
                disabled=move || {
                    let count = count.get();
                    !hydrated.get() || busy.get() || count == 0 || count > most
                }
                on:click=begin
            >
                {move || text::act_on_chosen(action, count.get())}
            </button>
            <div class="list-act__failure" role="alert">
                {move || failure.get().map(|error| view! { <Notice trouble=error.into() /> })}
            </div>
        </div>
        <ActDialog
            action
            subject
            facts
            signer
            open
            on_taken=move |()| ticks.with_value(|ticks| ticks.keep(&[]))
        />
    }
}

/// Looks when the box of a row was ticked, or the one for all. The page has other fields,
/// and the dialog too: what is typed there ticks nothing again.
fn on_ticks(all: NodeRef<html::Input>, look: impl Fn() + 'static) {
    let ticked = window_event_listener(ev::change, move |event| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let is_box = target.is_some_and(|target| {
            let is_all = all.get_untracked().is_some_and(|all| all == target);
            is_all || target.matches(BOX).unwrap_or(false)
        });
        if is_box {
            look();
        }
    });
    on_cleanup(move || ticked.remove());
}

/// Ticks those that are on this page; gives the others.
fn tick_those(cards: Vec<CardId>) -> Vec<CardId> {
    let mut others = cards;
    for input in boxes() {
        let is_it = |card: &CardId| card.to_string() == input.value();
        if others.iter().any(is_it) {
            input.set_checked(true);
            others.retain(|card| !is_it(card));
        }
    }
    others
}

/// The box for all says whether all, none or some are ticked.
fn set_mixed(all: NodeRef<html::Input>, ticked: usize) {
    if let Some(all) = all.get_untracked() {
        let there = boxes().count();
        all.set_checked(ticked > 0 && ticked == there);
        all.set_indeterminate(ticked > 0 && ticked < there);
    }
}

/// What the question says of cards of other pages. One that is there no more is left
/// out; where another can't be asked for, nothing is begun.
async fn fetch(cards: Vec<CardId>) -> Result<Vec<Chosen>, ApiError> {
    let mut found = Vec::new();
    for card in cards {
        match calls::card(card).await {
            Ok(detail) => found.push(Chosen {
                card,
                state: detail.row.state.name(),
                holder_name: detail.row.holder_name,
                operator_no: detail.row.operator_no.0,
                card_no: detail
                    .row
                    .card_no
                    .map_or_else(String::new, |number| number.0),
            }),
            Err(error) if error.code == ErrorCode::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The boxes of the page, from row to row.
fn boxes() -> impl Iterator<Item = HtmlInputElement> {
    let first = document().query_selector(FIRST_ROW).ok().flatten();
    std::iter::successors(first, Element::next_element_sibling)
        .filter_map(|row| row.query_selector(BOX).ok()??.dyn_into().ok())
}

/// The cards that are ticked, in the order of the list.
fn read() -> Vec<Chosen> {
    let chosen = |input: HtmlInputElement| {
        let text = |name: &str| input.get_attribute(name).unwrap_or_default();
        Some(Chosen {
            card: input.value().parse().ok()?,
            holder_name: text("data-holder"),
            operator_no: text("data-operator"),
            card_no: text("data-card"),
            state: StateName::from_name(&text("data-state"))?,
        })
    };
    boxes()
        .filter(HtmlInputElement::checked)
        .filter_map(chosen)
        .collect()
}

fn tick_all(ticked: bool) {
    for input in boxes() {
        input.set_checked(ticked);
    }
}
