//! 延期 and 解锁 with the operator's card in the reader: the swap of the cards,
//! the progress, the new PIN, and how it ended. What is shown follows from one
//! state, [`Stage`].

use leptos::{html, prelude::*};

use crate::{
    api::operation::{OperationView, Operations},
    components::{
        icon::{Icon, Symbol},
        notice::{Notice, Trouble},
    },
    device::{DeviceStatus, Wanted, login_card::use_login_card, use_device},
    islands::{
        act_dialog::TITLE,
        countdown::{Countdown, Deadline},
        demo_drawer::DemoDrawer,
        sign_act::Begun,
    },
    text::{Text, common, device, errors, names, operate as text, operations as words},
};

mod flow;
mod new_pin;
mod outcome;

use flow::{Flow, Obstacle, Stage};
use new_pin::NewPin;
use outcome::{Locked, Outcome};

/// The dialog's part from the ticket on.
#[component]
pub(super) fn Relay(
    /// What the signature led to.
    begun: Begun,
    /// The card that has to sign.
    signer: Wanted,
    /// Set while nothing but 取消 leads out.
    keep: RwSignal<bool>,
    /// Runs when there is nothing more to say, with whether all is done.
    #[prop(into)]
    on_close: Callback<bool>,
) -> impl IntoView {
    let ticket = begun.ticket;
    if ticket.locked_until.is_some() {
        // The session waits; its card is pulled next, and verified no more.
        use_device().let_go();
    }
    let locked = ticket.locked_until.map(|until| Locked {
        signer,
        until: Deadline::in_seconds(ticket.seconds_left.saturating_add_signed(
            i32::try_from(until.duration_since(ticket.ends_at).as_secs()).unwrap_or_default(),
        )),
    });
    // Whichever ends first ends the swap.
    let deadline = Deadline::in_seconds(ticket.seconds_left);
    let deadline = locked
        .as_ref()
        .map_or(deadline, |locked| deadline.soonest(locked.until));
    let locked = StoredValue::new(locked);
    let flow = Flow {
        device: use_device(),
        ticket: StoredValue::new(ticket.ticket),
        stage: RwSignal::new(Stage::Swap),
        operations: RwSignal::new(ticket.operations),
        signer: StoredValue::new(begun.signer),
        tried: StoredValue::new(Vec::new()),
        obstacle: RwSignal::new(None),
    };
    let login_card = use_login_card();
    login_card.gives_way.set(true);
    Effect::new(move || flow.watch());
    Effect::new(move || {
        let goes_on = !flow.stage.with(Stage::is_over);
        keep.set(goes_on);
        flow.device.attended.set(goes_on);
    });
    on_cleanup(move || {
        // The page, or its handle to the card, may be gone already.
        let _gone = (
            keep.try_set(false),
            flow.device.attended.try_set(false),
            login_card.gives_way.try_set(false),
        );
    });
    let is_over = Memo::new(move |_| flow.stage.with(Stage::is_over));
    view! {
        <Show
            when=move || !is_over.get()
            fallback=move || {
                view! { <Outcome flow locked=locked.get_value() on_close /> }
            }
        >
            <Course flow deadline />
        </Show>
        <DemoDrawer />
    }
}

/// While it goes on.
#[component]
fn Course(flow: Flow, deadline: Deadline) -> impl IntoView {
    let action = flow.operations.with_untracked(|all| all.action);
    let waiting = Memo::new(move |_| match flow.stage.get() {
        Stage::WantsPin(waiting) => Some(*waiting),
        _ => None,
    });
    let asks = Memo::new(move |_| {
        matches!(flow.stage.get(), Stage::Swap | Stage::Wrong(..)).then(|| ask(flow))
    });
    // While it works no button can be reached, and a small window scrolls all the same.
    let reached = move || flow.stage.with(Stage::is_busy).then_some("0");
    view! {
        <div class="relay" tabindex=reached>
            <h2 class="dialog__title" id=TITLE>
                {names::action(action)}
            </h2>
            <Steps flow />
            <div role="status">
                {move || {
                    asks.get()
                        .map(|ask| {
                            view! {
                                <p class="relay__ask">{ask}</p>
                                <p class="relay__hint">{text::GOES_ON}</p>
                            }
                        })
                }}
            </div>
            <Cards flow />
            <Readers flow />
            <div class="relay__outcome" role="alert">
                {move || trouble(flow).map(|trouble| view! { <Notice trouble /> })}
            </div>
            <p class="relay__doing" role="status">
                {move || flow.stage.with(Stage::doing)}
            </p>
            <Countdown
                label=text::TIME_LEFT
                deadline
                on_end=Callback::new(move |()| flow.time_out())
            />
            {move || match waiting.get() {
                Some(waiting) => view! { <NewPin flow waiting /> }.into_any(),
                None => view! { <Buttons flow /> }.into_any(),
            }}
        </div>
    }
}

/// What the person does now.
fn ask(flow: Flow) -> String {
    let operations = flow.operations.read();
    let any_over = operations.cards.iter().any(|card| !card.state.is_open());
    if any_over {
        String::from(text::NEXT_CARD)
    } else if flow.device.readers.with(|readers| readers.len() > 1) {
        let signer_is_in = flow
            .device
            .insertions()
            .iter()
            .any(|card| flow.is_signer(card));
        String::from(if signer_is_in {
            text::SECOND_READER
        } else {
            text::ANY_READER
        })
    } else {
        text::swap(operations.action)
    }
}

#[component]
fn Buttons(flow: Flow) -> impl IntoView {
    let busy = Memo::new(move |_| flow.stage.with(Stage::is_busy));
    let confirm = NodeRef::<html::Button>::new();
    Effect::new(move || {
        if let (false, Some(confirm)) = (busy.get(), confirm.get()) {
            request_animation_frame(move || {
                // A dialog that was closed by now has no focus to give.
                let _gone = confirm.focus();
            });
        }
    });
    view! {
        <div class="dialog__actions">
            <button
                class="button"
                type="button"
                disabled=move || busy.get()
                on:click=move |_| flow.cancel()
            >
                {common::CANCEL}
            </button>
            <button
                class="button button--primary"
                type="button"
                node_ref=confirm
                disabled=move || busy.get()
                on:click=move |_| flow.confirm()
            >
                {common::CONFIRM}
            </button>
        </div>
    }
}

/// How far it is, in words.
#[component]
fn Steps(flow: Flow) -> impl IntoView {
    let action = flow.operations.with_untracked(|all| all.action);
    let done = Memo::new(move |_| flow.stage.with(Stage::steps_done));
    let step = move |(place, name): (usize, Text)| {
        let class = move || match place.cmp(&done.get()) {
            std::cmp::Ordering::Less => "steps__step steps__step--done",
            std::cmp::Ordering::Equal => "steps__step steps__step--now",
            std::cmp::Ordering::Greater => "steps__step",
        };
        let current = move || (place == done.get()).then_some("step");
        view! {
            <li class=class aria-current=current>
                {name}
            </li>
        }
    };
    view! {
        <ol class="steps" aria-label=text::STEPS>
            {text::steps(action).into_iter().enumerate().map(step).collect_view()}
        </ol>
    }
}

/// The cards that are to be done; of several, how each stands.
#[component]
fn Cards(flow: Flow) -> impl IntoView {
    view! {
        {move || {
            flow.operations
                .with(|all| match all.cards.as_slice() {
                    [card] => {
                        view! {
                            <p class="relay__card">{text::whose(card)}</p>
                            {text::tries(card).map(|tries| view! { <p class="relay__hint">{tries}</p> })}
                        }
                            .into_any()
                    }
                    cards => view! { <List cards=cards.to_vec() /> }.into_any(),
                })
        }}
    }
}

/// Several cards, with a result for each.
#[component]
fn List(cards: Vec<OperationView>) -> impl IntoView {
    let row = |card: OperationView| {
        let standing = text::standing(card.state, card.touched);
        let (class, symbol) = match card.state {
            card_domain::OperationState::Confirmed => ("badge badge--good", Symbol::Check),
            card_domain::OperationState::Abandoned => ("badge badge--plain", Symbol::Cross),
            _ => ("badge badge--plain", Symbol::Clock),
        };
        let problem = card.problem.as_ref().map(|problem| {
            let (message, _) = words::problem_sentences(problem);
            view! { <span class="relay__problem">{message}</span> }
        });
        view! {
            <li class="relay__row">
                <span>{text::whose(&card)}</span>
                <span class=class>
                    <Icon symbol />
                    {standing}
                </span>
                {problem}
            </li>
        }
    };
    // A long one scrolls, by the keyboard too.
    view! {
        <ul class="relay__list" tabindex="0" aria-label=text::CARDS>
            {cards.into_iter().map(row).collect_view()}
        </ul>
    }
}

/// Which card is where, with several readers.
#[component]
fn Readers(flow: Flow) -> impl IntoView {
    let device = flow.device;
    let places = Memo::new(move |_| {
        let inserted = device.insertions();
        let faces = device.faces.get();
        let card_in = |reader: &str| {
            if !inserted.iter().any(|(name, _)| name == reader) {
                return String::from(text::EMPTY_READER);
            }
            let face = faces.iter().find(|face| face.reader == reader);
            face.and_then(|face| face.kind.name())
                .unwrap_or_else(|| String::from(text::SOME_CARD))
        };
        device.readers.with(|readers| {
            let names = readers.iter().map(|reader| reader.name.clone());
            names
                .map(|name| (card_in(&name), device::reader(&name)))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || places.with(|places| places.len() > 1)>
            <dl class="relay__readers" aria-label=text::READERS>
                {move || {
                    let place = |(card, reader)| {
                        view! {
                            <div>
                                <dt>{reader}</dt>
                                <dd>{card}</dd>
                            </div>
                        }
                    };
                    places.get().into_iter().map(place).collect_view()
                }}
            </dl>
        </Show>
    }
}

/// Another card, what the card or the service said, or that it is too early.
fn trouble(flow: Flow) -> Option<Trouble> {
    match flow.stage.get() {
        Stage::Wrong(_, found) => return Some(words::found_sentences(&found).into()),
        Stage::Swap => {
            let missing = flow.device.status.with(|status| {
                let nothing = matches!(status, DeviceStatus::Ready | DeviceStatus::NoCard);
                (!nothing).then(|| device::status_sentences(status))
            });
            if let Some(missing) = missing {
                return Some(missing.into());
            }
        }
        Stage::WantsPin(_) => {}
        _ => return None,
    }
    match flow.obstacle.get() {
        Some(Obstacle::TooEarly(reminder)) => Some(Trouble::plain(&reminder)),
        Some(Obstacle::Card(error)) => Some(errors::card_sentences(error).into()),
        None => flow.operations.with(open_problem),
    }
}

/// What stood in the way of the one card that is still to be done.
fn open_problem(operations: &Operations) -> Option<Trouble> {
    match operations.cards.as_slice() {
        [card] if card.state.is_open() => card
            .problem
            .as_ref()
            .map(|problem| words::problem_sentences(problem).into()),
        _ => None,
    }
}
