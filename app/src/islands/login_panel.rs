//! The card in the reader, 登录密码, 确定. The form works once wasm is there. A
//! PIN goes from the field to the card and nowhere else, and nothing sends one
//! a second time by itself.
#![expect(
    clippy::unnecessary_wraps,
    reason = "what wasm_split loads may fail to load"
)]

use std::pin::Pin;

use card_protocol::{
    CardError,
    bridge::{PinEntry, PinText},
};
use leptos::{
    ev::SubmitEvent,
    html,
    prelude::*,
    task::spawn_local,
    wasm_split::{SplitLoaderError, wasm_split},
};

use crate::{
    api::{
        ApiError, ErrorCode, calls,
        model::{Challenge, SessionView},
    },
    components::{
        icon::{Icon, Symbol},
        notice::{Notice, Trouble},
    },
    device::{ChosenCard, Device, Wanted, again::outlives_its_card, use_device},
    islands::{
        bridge_update::BridgeUpdate,
        card_status::CardStatus,
        hydrated::use_hydrated,
        pin_pad::{PinField, PinInput, clear, focus, take_well_formed_pin},
        usb_key::UsbOffer,
    },
    text::{Text, device as words, errors, login as text, operate},
};

/// How far a login is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nothing is under way.
    Idle,
    /// The service makes a challenge.
    Challenging,
    /// The card verifies the PIN and signs.
    OnCard,
    /// The service checks the token.
    LoggingIn,
}

/// Why a login did not work.
#[derive(Clone)]
enum Failure {
    /// No card can be asked; the status above says why. Whether one is wanted
    /// back.
    NotReady(bool),
    /// What was typed is no PIN.
    Form,
    /// The card, or the way to it.
    Card(CardError),
    /// The service.
    Service(ApiError),
}

/// What the card is put back for: the session that waits for it.
#[derive(Clone)]
pub(crate) struct Back {
    /// The card that logged in.
    pub(super) signer: Wanted,
    /// Runs when the session goes on.
    pub(super) on_back: Callback<()>,
}

/// The card and the form.
#[island]
pub(crate) fn LoginPanel() -> impl IntoView {
    // Whatever session was before, it is over.
    use_device().let_go_when_connected();
    // The login needs it, and so does the page after it.
    Effect::new(|| {
        spawn_local(async {
            // The login itself tries again, and says so.
            let _loaded = preload_log_in().await;
        });
    });
    view! {
        <CardStatus />
        <BridgeUpdate />
        <LoginForm />
        // Below, so that the field stays where it is.
        <UsbOffer />
    }
}

/// 登录密码 and 确定: logs in, or goes on with a session that waits.
#[component]
pub(super) fn LoginForm(
    /// Goes on with a session, instead of opening one.
    #[prop(optional)]
    back: Option<Back>,
) -> impl IntoView {
    let back = StoredValue::new(back);
    let device = use_device();
    let hydrated = use_hydrated();
    let input = NodeRef::<html::Input>::new();
    let progress = RwSignal::new(Progress::Idle);
    let failure = RwSignal::new(None::<Failure>);
    let idle = move || progress.get() == Progress::Idle;
    let in_page = move || device.pin_entry.get() == PinEntry::Page;
    // Nobody's PIN is for somebody else's card, nor for a foreign one: there is no field
    // for it.
    let wanted = Memo::new(move |_| {
        let is_wanted =
            back.with_value(|back| back.as_ref().is_none_or(|back| device.holds(&back.signer)));
        is_wanted && !device.takes_no_pin()
    });

    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if progress.get_untracked() != Progress::Idle {
            return;
        }
        failure.set(None);
        if !wanted.get_untracked() {
            return;
        }
        let back = back.get_value();
        let (card, pin) = match ready(device, input, back.as_ref()) {
            Ok(ready) => ready,
            Err(what) => return failure.set(Some(what)),
        };
        progress.set(Progress::Challenging);
        spawn_local(async move {
            match logged_in(device, card, pin, progress, back.is_some()).await {
                Ok(view) => match back {
                    Some(back) => back.on_back.run(()),
                    // In the place of the login page: 返回 must not lead back to
                    // it. A browser that refuses shows the login as under way.
                    None => {
                        let _refused = window().location().replace(view.home());
                    }
                },
                Err(what) => {
                    progress.set(Progress::Idle);
                    failure.set(Some(what));
                    focus_after_paint(input);
                }
            }
        });
    };
    Effect::new(move || {
        back.with_value(|back| {
            if let Some(back) = back {
                device.prefer(&back.signer);
            }
        });
    });
    // What was typed for one card, or said of it, is not for the next.
    Effect::new(move |before: Option<Option<(String, u64)>>| {
        let card = device.insertion();
        let before = before.flatten();
        if before != card && progress.get_untracked() == Progress::Idle {
            if before.is_some() {
                clear(input);
            }
            let stays = |what: &Failure| match what {
                Failure::Card(error) => outlives_its_card(*error, card.is_none()),
                _ => false,
            };
            if !failure.with_untracked(|what| what.as_ref().is_some_and(stays)) {
                failure.set(None);
            }
        }
        card
    });

    view! {
        <form class="login__form" method="post" action="/login" on:submit=on_submit novalidate>
            <Show when=move || wanted.get() fallback=move || view! { <Stranger back /> }>
                <PinPart
                    input
                    disabled=Signal::derive(move || !hydrated.get() || !idle())
                    invalid=Signal::derive(move || failure.with(|what| is_about_pin(what.as_ref())))
                />
            </Show>
            <div class="login__outcome" role="alert">
                {move || failure.get().map(|what| view! { <Notice trouble=what.into() /> })}
            </div>
            <button
                class="button button--primary login__submit"
                type="submit"
                disabled=move || !hydrated.get() || !idle() || !wanted.get()
            >
                {text::SUBMIT}
            </button>
            <p class="login__progress" role="status">
                {move || {
                    if progress.get() == Progress::LoggingIn && back.with_value(Option::is_some) {
                        operate::UNLOCKING
                    } else {
                        doing(hydrated.get(), progress.get(), in_page())
                    }
                }}
            </p>
            <Foot progress />
        </form>
    }
}

/// 取消 while the card is asked, and what becomes of the PIN.
#[component]
fn Foot(progress: RwSignal<Progress>) -> impl IntoView {
    let device = use_device();
    view! {
        <Show when=move || progress.get() == Progress::OnCard>
            <button
                class="button login__cancel"
                type="button"
                data-busy
                on:click=move |_| spawn_local(async move {
                    // The login itself ends with `Cancelled` and says so.
                    let _said_by_the_login = device.cancel().await;
                })
            >
                {text::CANCEL}
            </button>
        </Show>
        <p class="login__privacy">
            <Icon symbol=Symbol::Lock />
            {text::PRIVACY}
        </p>
    }
}

/// The field, or where else the PIN is typed.
#[component]
fn PinPart(input: PinInput, disabled: Signal<bool>, invalid: Signal<bool>) -> impl IntoView {
    let entry = use_device().pin_entry;
    view! {
        {move || {
            if entry.get() == PinEntry::Page {
                view! { <PinField input id="pin" disabled invalid autofocus=true /> }.into_any()
            } else {
                view! { <p class="login__outside">{outside(entry.get())}</p> }.into_any()
            }
        }}
    }
}

/// Whose card is in the reader instead of the one that is wanted back.
#[component]
fn Stranger(back: StoredValue<Option<Back>>) -> impl IntoView {
    let device = use_device();
    move || {
        let (message, next_step) = back.with_value(|back| {
            let wanted = &back.as_ref()?.signer;
            Some(words::not_the_signer(
                &device.stranger(wanted)?,
                &wanted.holder,
            ))
        })?;
        Some(view! { <p class="login__outside">{message} <br /> {next_step}</p> })
    }
}

/// The card to use and the PIN that was typed, or what is missing.
fn ready(
    device: Device,
    input: PinInput,
    back: Option<&Back>,
) -> Result<(ChosenCard, Option<PinText>), Failure> {
    let card = untrack(|| device.card());
    let card = card.ok_or(Failure::NotReady(back.is_some()))?;
    if device.pin_entry.get_untracked() != PinEntry::Page {
        return Ok((card, None));
    }
    let pin = take_well_formed_pin(input).ok_or(Failure::Form)?;
    Ok((card, Some(pin)))
}

/// [`log_in`], whose code the page asked for when it was ready.
async fn logged_in(
    device: Device,
    card: ChosenCard,
    pin: Option<PinText>,
    progress: RwSignal<Progress>,
    is_back: bool,
) -> Result<SessionView, Failure> {
    match load_log_in(device, card, pin, progress, is_back).await {
        Ok(login) => login.await,
        // The code comes from the service.
        Err(_not_loaded) => Err(Failure::Service(ApiError::new(
            ErrorCode::Network,
            String::new(),
        ))),
    }
}

/// [`log_in`], in the part of the islands that are lazy.
#[wasm_split(
    islands,
    wasm_split_path = ::leptos::wasm_split,
    preload(preload_log_in),
    fallible
)]
fn load_log_in(
    device: Device,
    card: ChosenCard,
    pin: Option<PinText>,
    progress: RwSignal<Progress>,
    is_back: bool,
) -> Result<LoggingIn, SplitLoaderError> {
    Ok(Box::pin(log_in(device, card, pin, progress, is_back)))
}

/// A login under way.
type LoggingIn = Pin<Box<dyn Future<Output = Result<SessionView, Failure>>>>;

async fn log_in(
    device: Device,
    card: ChosenCard,
    pin: Option<PinText>,
    progress: RwSignal<Progress>,
    is_back: bool,
) -> Result<SessionView, Failure> {
    let Challenge { challenge, .. } = calls::challenge().await.map_err(Failure::Service)?;
    progress.set(Progress::OnCard);
    let token = device.authenticate(card, challenge, pin).await;
    let token = token.map_err(Failure::Card)?;
    progress.set(Progress::LoggingIn);
    let answer = if is_back {
        calls::unlock_session(token).await
    } else {
        calls::login(token).await
    };
    answer.map_err(Failure::Service)
}

/// The field is disabled until the page has been drawn idle again.
fn focus_after_paint(input: PinInput) {
    request_animation_frame(move || focus(input));
}

fn is_about_pin(failure: Option<&Failure>) -> bool {
    matches!(
        failure,
        Some(Failure::Form | Failure::Card(CardError::WrongPin { .. }))
    )
}

const fn outside(entry: PinEntry) -> Text {
    match entry {
        PinEntry::PinPad => words::PIN_ON_READER,
        PinEntry::Dialog | PinEntry::Page => words::PIN_IN_DIALOG,
    }
}

const fn doing(hydrated: bool, progress: Progress, in_page: bool) -> Text {
    match progress {
        _ if !hydrated => text::LOADING,
        Progress::Idle => Text::EMPTY,
        Progress::Challenging => text::CHALLENGING,
        Progress::OnCard if in_page => text::VERIFYING,
        Progress::OnCard => text::ENTER_OUTSIDE,
        Progress::LoggingIn => text::LOGGING_IN,
    }
}

impl From<Failure> for Trouble {
    fn from(what: Failure) -> Self {
        match what {
            Failure::NotReady(false) => Self::plain(&text::NOT_READY),
            Failure::NotReady(true) => Self::plain(&operate::NOT_BACK),
            Failure::Form => Self::plain(&words::PIN_FORM),
            Failure::Card(error) => errors::pin_sentences(error).into(),
            // What is said of the person's own card needs no number to name.
            Failure::Service(error) if matches!(error.code, ErrorCode::Login(_)) => {
                (error.message, error.next_step).into()
            }
            Failure::Service(error) => error.into(),
        }
    }
}
