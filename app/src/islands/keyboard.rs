//! The keyboard of a terminal, which has no other: digits for numbers, letters for the
//! initials of names, a calendar for days. It opens at the lower edge when a field of a
//! query is touched, and the page makes room for it. A PIN has its own pad.

use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast as _,
    web_sys::{Element, Event, EventTarget, HtmlInputElement},
};

use crate::{
    components::icon::{Icon, Symbol},
    text::{Text, keyboard as text, list},
};

mod calendar;
mod civil;
#[cfg(feature = "hydrate")]
mod room;

use calendar::Calendar;

/// What the field for the words of a cause is called.
pub(crate) const WORDS: &str = "cause_words";

/// What a field is typed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// IC卡号.
    Digits,
    /// 证件编号: digits, and the X that may end them; of other papers letters, too.
    IdNumber,
    /// The initials of a name.
    Letters,
    /// Words, where there are no letters for them.
    Words,
    /// A day.
    Calendar,
}

impl Layout {
    /// What this field takes; `None` is for a field that has its own way.
    fn of(name: &str, kind: &str) -> Option<Self> {
        match (name, kind) {
            (_, "date") => Some(Self::Calendar),
            ("card_no", "text") => Some(Self::Digits),
            ("id_number", "text") => Some(Self::IdNumber),
            ("name", "text") => Some(Self::Letters),
            (WORDS, "text") => Some(Self::Words),
            _ => None,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Digits | Self::IdNumber => "keyboard keyboard--digits",
            Self::Letters | Self::Words => "keyboard keyboard--letters",
            Self::Calendar => "keyboard keyboard--calendar",
        }
    }
}

/// Where the keyboard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the lower edge of the page.
    Page,
    /// In a dialog, whose page behind it nobody can touch.
    Dialog,
}

/// Which field is typed into. The field itself is the one that has the focus.
#[derive(Clone, PartialEq, Eq)]
struct Field {
    layout: Layout,
    name: String,
}

/// The keyboard of a page; nothing while no field wants it.
#[island(lazy)]
pub(crate) fn Keyboard() -> impl IntoView {
    view! { <Typing place=Place::Page /> }
}

/// The keyboard of a page or a dialog, for the fields in there.
#[component]
pub(crate) fn Typing(
    /// See above.
    place: Place,
) -> impl IntoView {
    let field_of = move |touched| field_of(touched, place);
    let field = RwSignal::new(None::<Field>);
    Effect::new(move || {
        let came = window_event_listener(ev::focusin, move |event| {
            field.set(event.target().and_then(field_of));
        });
        // Touched once more: it was put away, or came before this did.
        let touched = window_event_listener(ev::click, move |event| {
            let it = event.target().and_then(field_of);
            if it.is_some() && field.with_untracked(Option::is_none) {
                field.set(it);
            }
        });
        let left = window_event_listener(ev::focusout, move |event| {
            // To the next field it goes with it.
            if event.related_target().is_none() {
                field.set(None);
            }
        });
        let key = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                field.set(None);
            }
        });
        // Touched before all this was there.
        let first = document().active_element();
        field.set(first.and_then(|element| field_of(element.into())));
        on_cleanup(move || {
            came.remove();
            touched.remove();
            left.remove();
            key.remove();
        });
    });
    // Once the page has made room.
    Effect::new(move || {
        if field.with(Option::is_some) {
            request_animation_frame(move || match (focused(), place) {
                (Some(input), Place::Page) => room::show(&input),
                (Some(input), Place::Dialog) => input.scroll_into_view(),
                (None, _) => {}
            });
        }
    });
    view! { {move || field.get().map(|it| view! { <Keys it place on_close=move || field.set(None) /> })} }
}

/// What was touched, if it is a field to be typed into here.
fn field_of(touched: EventTarget, place: Place) -> Option<Field> {
    let input: HtmlInputElement = touched.dyn_into().ok()?;
    let is_in_dialog = input.closest("dialog").is_ok_and(|dialog| dialog.is_some());
    if is_in_dialog != (place == Place::Dialog) {
        return None;
    }
    let layout = Layout::of(&input.name(), &input.type_())?;
    // Neither the machine's own keyboard nor the browser's small calendar.
    let (attribute, value) = match layout {
        Layout::Calendar => ("readonly", ""),
        _ => ("inputmode", "none"),
    };
    // A browser that refuses shows its own besides.
    let _refused = input.set_attribute(attribute, value);
    let name = name_of(&input).unwrap_or_default();
    Some(Field { layout, name })
}

/// The field that is typed into.
fn focused() -> Option<HtmlInputElement> {
    document().active_element()?.dyn_into().ok()
}

fn name_of(input: &Element) -> Option<String> {
    let name = input
        .closest(".field")
        .ok()??
        .query_selector(".field__name");
    name.ok()??.text_content()
}

/// What is shown for a field.
#[component]
fn Keys(it: Field, place: Place, on_close: impl Fn() + Copy + 'static) -> impl IntoView {
    let Field { layout, name } = it;
    let has_letters = RwSignal::new(false);
    let body = match layout {
        Layout::Calendar => view! { <Calendar /> }.into_any(),
        Layout::Letters => view! { <Letters hint=text::INITIALS digits=false /> }.into_any(),
        Layout::Words => view! { <Letters hint=text::WORDS digits=true /> }.into_any(),
        Layout::Digits => view! { <Digits with_x=false /> }.into_any(),
        Layout::IdNumber => view! { <IdNumberKeys has_letters /> }.into_any(),
    };
    let class = move || {
        if has_letters.get() {
            Layout::Letters.class()
        } else {
            layout.class()
        }
    };
    let submit = move |_| {
        if let Some(form) = focused().and_then(|input| input.form()) {
            // What is wrong in the form, it says itself.
            let _said = form.request_submit();
        }
    };
    view! {
        // A key that is pressed takes the focus from no field.
        <section
            class=class
            class:keyboard--inside=place == Place::Dialog
            aria-label=text::name(&name)
            on:mousedown=|event| event.prevent_default()
        >
            <div class="keyboard__keys">{body}</div>
            <div class="keyboard__side">
                {(layout == Layout::IdNumber)
                    .then(|| {
                        view! {
                            <button
                                class="button"
                                type="button"
                                on:click=move |_| has_letters.update(|has| *has = !*has)
                            >
                                {move || {
                                    if has_letters.get() { text::DIGITS } else { text::LETTERS }
                                }}
                            </button>
                        }
                    })}
                <button
                    class="button"
                    type="button"
                    on:click=move |_| put("")
                >
                    {text::CLEAR}
                </button>
                <button class="button" type="button" on:click=move |_| on_close()>
                    <Icon symbol=Symbol::Down />
                    {text::CLOSE}
                </button>
                {(place == Place::Page)
                    .then(|| {
                        view! {
                            <button class="button button--primary" type="button" on:click=submit>
                                <Icon symbol=Symbol::Search />
                                {list::QUERY}
                            </button>
                        }
                    })}
            </div>
        </section>
    }
}

/// Digits, or letters for papers that have some.
#[component]
fn IdNumberKeys(has_letters: RwSignal<bool>) -> impl IntoView {
    move || {
        if has_letters.get() {
            view! {
                {('A'..='Z').map(key).collect_view()}
                <Back />
            }
            .into_any()
        } else {
            view! { <Digits with_x=true /> }.into_any()
        }
    }
}

#[component]
fn Digits(with_x: bool) -> impl IntoView {
    view! {
        {('1'..='9').map(key).collect_view()}
        {if with_x {
            key('X').into_any()
        } else {
            view! { <span></span> }.into_any()
        }}
        {key('0')}
        <Back />
    }
}

#[component]
fn Letters(hint: Text, digits: bool) -> impl IntoView {
    view! {
        <p class="keyboard__hint">{hint}</p>
        {digits.then(|| ('0'..='9').map(key).collect_view())}
        {('A'..='Z').map(key).collect_view()}
        <Back />
    }
}

#[component]
fn Back() -> impl IntoView {
    view! {
        <button
            class="keyboard__key keyboard__key--word"
            type="button"
            on:click=move |_| {
                if let Some(input) = focused() {
                    let mut typed = input.value();
                    typed.pop();
                    put(&typed);
                }
            }
        >
            {text::BACK}
        </button>
    }
}

fn key(character: char) -> impl IntoView {
    view! {
        <button
            class="keyboard__key"
            type="button"
            on:click=move |_| add(character)
        >
            {character}
        </button>
    }
}

/// Types a character at the end, if the field takes one more.
fn add(character: char) {
    let Some(input) = focused() else {
        return;
    };
    let mut typed = input.value();
    let room = usize::try_from(input.max_length()).unwrap_or(usize::MAX);
    if typed.chars().count() < room {
        typed.push(character);
        put(&typed);
    }
}

/// Sets what stands in the field, and tells whoever listens as typing would.
fn put(value: &str) {
    let Some(input) = focused() else {
        return;
    };
    input.set_value(value);
    for kind in ["input", "change"] {
        if let Ok(event) = Event::new(kind) {
            event.init_event_with_bubbles(kind, true);
            // Nobody can prevent it.
            let _done = input.dispatch_event(&event);
        }
    }
}

/// Outside of a browser nothing is covered.
#[cfg(not(feature = "hydrate"))]
mod room {
    pub(super) const fn show(_input: &super::HtmlInputElement) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_of_queries_have_the_keyboard() {
        for (name, kind, layout) in [
            ("card_no", "text", Some(Layout::Digits)),
            ("id_number", "text", Some(Layout::IdNumber)),
            ("name", "text", Some(Layout::Letters)),
            (WORDS, "text", Some(Layout::Words)),
            ("from", "date", Some(Layout::Calendar)),
            ("", "text", None),
            ("", "password", None),
            ("name", "password", None),
            ("card_no", "checkbox", None),
        ] {
            assert_eq!(Layout::of(name, kind), layout, "{name} {kind}");
        }
    }
}
