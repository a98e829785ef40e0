//! 延期 for several cards of the list: boxes in the rows, which the server
//! renders, and one button that opens the dialog for all that are ticked.

use card_domain::{Action, CardId, StateName};
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{Element, HtmlInputElement},
};

use crate::{
    device::Wanted,
    islands::{
        act_dialog::{ActDialog, Facts},
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
}

/// The button over the list, and the dialog.
#[island(lazy)]
pub(crate) fn RenewMany(
    /// The holder of the legal-person card that is logged in.
    signer: Wanted,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(Vec::<Chosen>::new());
    let count = Memo::new(move |_| chosen.with(Vec::len));
    Effect::new(move || {
        // The browser keeps ticks when a page is loaded anew.
        chosen.set(read());
        let ticked = window_event_listener(ev::change, move |_| chosen.set(read()));
        on_cleanup(move || ticked.remove());
    });
    let subject = Signal::derive(move || {
        Subject::OnCards(chosen.with(|chosen| chosen.iter().map(|one| one.card).collect()))
    });
    let facts = Signal::derive(move || {
        let facts = |one: Chosen| Facts {
            holder_name: one.holder_name,
            operator_no: one.operator_no,
            card_no: one.card_no,
            state: StateName::Normal,
        };
        chosen.get().into_iter().map(facts).collect()
    });
    view! {
        <div class="list-act">
            <label class="list-act__all">
                <input
                    class="choose"
                    type="checkbox"
                    disabled=move || !hydrated.get()
                    on:change=move |event| tick_all(event_target_checked(&event))
                />
                {text::CHOOSE_ALL}
            </label>
            <p class="list-act__hint">{text::RENEW_MANY_HINT}</p>
            <button
                class="button button--primary"
                type="button"
                disabled=move || !hydrated.get() || count.get() == 0
                on:click=move |_| open.set(true)
            >
                {move || text::renew_chosen(count.get())}
            </button>
        </div>
        <ActDialog action=Action::Renew subject facts signer open />
    }
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
