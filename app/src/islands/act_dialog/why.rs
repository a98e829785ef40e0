//! The step before the questions of 挂失 and 冻结: why it is done, and of a 冻结 with which
//! day it ends by itself, if it does. Nothing is chosen beforehand, for what nobody chose
//! would be signed all the same.

use std::iter::{once, repeat_with};

use card_domain::{Action, CauseKind, cause::MAX_WORDS};
use leptos::{ev::SubmitEvent, html, prelude::*};

use super::TITLE;
use crate::{
    islands::{
        keyboard::{Place, Typing, WORDS},
        sign_act::Terms,
    },
    terminal::is_terminal,
    text::{Text, common, dialog, names},
};

/// The id of what is wrong with the choice.
const WRONG: &str = "cause-wrong";

/// What keeps from going on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// No cause is chosen.
    Cause,
    /// 其他 has no words.
    Words,
    /// The day was begun: to the browser such a field is as empty as an untouched one, and
    /// a freeze without an end would be signed that nobody meant.
    Day,
}

impl Wrong {
    const fn sentence(self) -> Text {
        match self {
            Self::Cause => dialog::CAUSE_MISSING,
            Self::Words => dialog::WORDS_MISSING,
            Self::Day => dialog::UNTIL_HALF,
        }
    }
}

/// What was chosen and written so far.
#[derive(Clone, Copy)]
struct Draft {
    kind: RwSignal<Option<CauseKind>>,
    words: RwSignal<String>,
    /// The last day of a freeze; empty for one without.
    until: RwSignal<String>,
    /// Where the day is typed, of a freeze.
    day: NodeRef<html::Input>,
    wrong: RwSignal<Option<Wrong>>,
}

impl Draft {
    /// What it comes to; says what is missing where something is.
    fn terms(self) -> Option<Terms> {
        let kind = self.kind.get_untracked();
        let cause = kind.and_then(|kind| self.words.with_untracked(|words| kind.with(words)));
        let day = self.day.get_untracked();
        let wrong = match (kind, &cause) {
            (None, None) => Some(Wrong::Cause),
            (Some(_), None) => Some(Wrong::Words),
            (_, Some(_)) => day
                .is_some_and(|day| !day.check_validity())
                .then_some(Wrong::Day),
        };
        self.wrong.set(wrong);
        let until = self.until.get_untracked();
        cause.filter(|_| wrong.is_none()).map(|cause| Terms {
            cause: Some(cause),
            until: (!until.is_empty()).then_some(until),
        })
    }

    fn is(self, wrong: Wrong) -> Option<&'static str> {
        (self.wrong.get() == Some(wrong)).then_some("true")
    }
}

/// The step.
#[component]
pub(super) fn Why(
    /// 挂失 or 冻结.
    action: Action,
    /// Whose card it is about, or how many.
    whose: String,
    /// Runs with what was chosen.
    #[prop(into)]
    on_next: Callback<Terms>,
    /// Runs on 取消.
    #[prop(into)]
    on_cancel: Callback<()>,
) -> impl IntoView {
    let draft = Draft {
        kind: RwSignal::new(None),
        words: RwSignal::new(String::new()),
        until: RwSignal::new(String::new()),
        day: NodeRef::new(),
        wrong: RwSignal::new(None),
    };
    let is_other = Memo::new(move |_| draft.kind.get() == Some(CauseKind::Other));
    let first = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if let Some(first) = first.get() {
            // The dialog opens in this very moment.
            request_animation_frame(move || {
                // A dialog that was closed by now has no focus to give.
                let _gone = first.focus();
            });
        }
    });
    let choices = CauseKind::of(action)
        .iter()
        .zip(once(first).chain(repeat_with(NodeRef::new)));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(terms) = draft.terms() {
            on_next.run(terms);
        }
    };
    view! {
        <form class="cause" on:submit=on_submit novalidate>
            <h2 class="dialog__title" id=TITLE>
                {dialog::why(action)}
            </h2>
            <p class="dialog__text">{whose}</p>
            <div
                class="cause__choices"
                role="radiogroup"
                aria-labelledby=TITLE
                aria-describedby=WRONG
            >
                {choices.map(|(kind, input)| choice(*kind, draft, input)).collect_view()}
            </div>
            <Show when=move || is_other.get()>
                <Words action draft />
            </Show>
            {(action == Action::Freeze).then(|| view! { <Until draft /> })}
            {is_terminal().then(|| view! { <Typing place=Place::Dialog /> })}
            <p class="field__error" id=WRONG role="alert">
                {move || draft.wrong.get().map(Wrong::sentence)}
            </p>
            <p class="dialog__text">{dialog::CAUSE_SIGNED}</p>
            <div class="dialog__actions">
                <button class="button" type="button" on:click=move |_| on_cancel.run(())>
                    {common::CANCEL}
                </button>
                <button class="button button--primary" type="submit">
                    {common::NEXT}
                </button>
            </div>
        </form>
    }
}

fn choice(kind: CauseKind, draft: Draft, input: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <label class="cause__choice">
            <input
                class="cause__radio"
                node_ref=input
                type="radio"
                name="cause"
                value=kind.name()
                autocomplete="off"
                on:change=move |_| {
                    draft.kind.set(Some(kind));
                    draft.wrong.set(None);
                }
            />
            <span class="cause__name">{names::cause(kind)}</span>
            <span class="cause__hint">{dialog::cause_hint(kind)}</span>
        </label>
    }
}

/// The words of 其他: typed, or written by a touch.
#[component]
fn Words(action: Action, draft: Draft) -> impl IntoView {
    let phrase = |words: Text| {
        view! {
            <button
                class="button"
                type="button"
                on:click=move |_| {
                    draft.words.set(String::from(words));
                    draft.wrong.set(None);
                }
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="cause__phrases" role="group" aria-label=dialog::PHRASES>
            {dialog::phrases(action).iter().copied().map(phrase).collect_view()}
        </div>
        <label class="field">
            <span class="field__name">{dialog::WORDS}</span>
            <input
                class="input"
                type="text"
                name=WORDS
                maxlength=MAX_WORDS
                autocomplete="off"
                prop:value=move || draft.words.get()
                aria-describedby=WRONG
                aria-invalid=move || draft.is(Wrong::Words)
                on:input=move |event| {
                    draft.words.set(event_target_value(&event));
                    draft.wrong.set(None);
                }
            />
        </label>
    }
}

/// The day with which a freeze ends by itself; of one that is left empty, somebody ends it.
#[component]
fn Until(draft: Draft) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field__name">{dialog::UNTIL}</span>
            <input
                class="input"
                type="date"
                name="until"
                node_ref=draft.day
                autocomplete="off"
                prop:value=move || draft.until.get()
                aria-describedby=WRONG
                aria-invalid=move || draft.is(Wrong::Day)
                on:input=move |event| {
                    draft.until.set(event_target_value(&event));
                    draft.wrong.set(None);
                }
            />
            <span class="field__hint">{dialog::UNTIL_HINT}</span>
        </label>
    }
}
