//! A card with something unfinished is inserted, at whatever page: the service
//! completes it or rolls it back, and the page says so.
#![expect(
    clippy::unnecessary_wraps,
    reason = "what wasm_split loads may fail to load"
)]

use std::{pin::Pin, time::Duration};

use card_protocol::{CardError, ProgramRefusal};
use leptos::{
    prelude::*,
    task::spawn_local,
    wasm_split::{SplitLoaderError, wasm_split},
};

use crate::{
    api::{
        calls,
        operation::{CardReport, Healed, Healing, PendingReason},
    },
    components::icon::{Icon, Symbol},
    device::{CardFace, Device, use_device},
    text::{common, dates, operate, operations as text},
};

/// So long after a ticket's end its card is told of once more.
const AFTER_TICKET: Duration = Duration::from_secs(2);

/// What is said of it.
#[derive(Clone, PartialEq, Eq)]
enum Said {
    /// It is under way.
    Healing,
    /// It is done.
    Healed(Healed),
    /// It can't be done here and now.
    Pending(String),
}

/// Watches the cards that come and go, and shows nothing while all is well.
#[island]
pub(crate) fn Healer() -> impl IntoView {
    let device = use_device();
    let said = RwSignal::new(None::<Said>);
    let told = StoredValue::new(Vec::<(String, u64)>::new());
    Effect::new(move || {
        if device.attended.get() {
            return;
        }
        let faces = device.faces.get();
        let here = |(reader, insertion): &(String, u64)| {
            faces.iter().any(|face| face.is_of(reader, *insertion))
        };
        told.update_value(|told| told.retain(here));
        if faces.is_empty() && said.with_untracked(|said| !matches!(said, Some(Said::Healed(_)))) {
            said.set(None);
        }
        for face in faces {
            let card = (face.reader.clone(), face.insertion);
            if !told.with_value(|told| told.contains(&card)) {
                told.update_value(|told| told.push(card));
                spawn_local(seen(device, face, said));
            }
        }
    });
    view! {
        <div class="healer" role="status">
            {move || said.get().map(|said_now| view! { <Told said_now said /> })}
        </div>
    }
}

/// Tells the service of a card, by code that a page without cards does not need.
async fn seen(device: Device, face: CardFace, said: RwSignal<Option<Said>>) {
    // As a service that can't be reached: told at the next insertion.
    if let Ok(healing) = load_see(device, face, said).await {
        healing.await;
    }
}

/// [`see`], in the part of the islands that are lazy.
#[wasm_split(islands, wasm_split_path = ::leptos::wasm_split, fallible)]
fn load_see(
    device: Device,
    face: CardFace,
    said: RwSignal<Option<Said>>,
) -> Result<Pin<Box<dyn Future<Output = ()>>>, SplitLoaderError> {
    Ok(Box::pin(see(device, face, said)))
}

/// Tells the service of a card and does what it says.
async fn see(device: Device, face: CardFace, said: RwSignal<Option<Said>>) {
    let reader = face.reader.clone();
    let Some(identity) = face.identity.clone() else {
        return;
    };
    let mut answer = calls::card_seen(identity).await;
    let mut may_begin_anew = true;
    // A service that can't be reached is told at the next insertion; nothing
    // was begun, and the page's own calls say that it is away.
    while let Ok(reply) = answer {
        match reply.healing {
            Healing::None => return,
            Healing::Healed { what } => {
                // Its certificate may be another one now, or one at last.
                device.look_again(&face);
                return said.set(Some(Said::Healed(what)));
            }
            Healing::Pending { why, .. } => {
                said.set(Some(Said::Pending(text::pending_sentence(why))));
                if let PendingReason::WaitsForLegalPerson { seconds } = why {
                    see_again(device, face, said, seconds);
                }
                return;
            }
            Healing::Run { token, program, .. } => {
                said.set(Some(Said::Healing));
                let ran = device.run_program(reader.clone(), program, None).await;
                let report = match ran {
                    Ok(outcome) => CardReport::Ran { outcome },
                    // Another program used the card in between: it is proven again.
                    Err(CardError::ProgramRefused {
                        reason: ProgramRefusal::Exchange,
                    }) if may_begin_anew => {
                        may_begin_anew = false;
                        CardReport::Inserted
                    }
                    Err(error) => CardReport::Failed { error },
                };
                answer = calls::heal_next(token, report).await;
            }
        }
    }
    if said.get_untracked() == Some(Said::Healing) {
        let sentence = text::pending_sentence(PendingReason::TryAgain);
        said.set(Some(Said::Pending(sentence)));
    }
}

/// Once the legal person's ticket is over, a card that was left in is completed.
fn see_again(device: Device, face: CardFace, said: RwSignal<Option<Said>>, seconds: u32) {
    let until = Duration::from_secs(seconds.into()) + AFTER_TICKET;
    set_timeout(
        move || {
            let is_there = device.faces.with_untracked(|faces| {
                let mut faces = faces.iter();
                faces.any(|other| other.is_of(&face.reader, face.insertion))
            });
            if is_there {
                spawn_local(seen(device, face, said));
            }
        },
        until,
    );
}

#[component]
fn Told(said_now: Said, said: RwSignal<Option<Said>>) -> impl IntoView {
    let (class, symbol, title, hint) = match &said_now {
        Said::Healing => (
            "notice",
            Symbol::Clock,
            String::from(operate::HEALING),
            String::new(),
        ),
        Said::Healed(what) => (
            "notice notice--good",
            Symbol::Check,
            text::healed_sentence(what),
            healed_hint(what),
        ),
        Said::Pending(sentence) => (
            "notice notice--warn",
            Symbol::Warning,
            sentence.clone(),
            String::new(),
        ),
    };
    let buttons = match said_now {
        Said::Healing => None,
        Said::Pending(_) => Some(view! { <Close said /> }.into_any()),
        // What the page shows may be what was before.
        Said::Healed(_) => Some(
            view! {
                <a class="button" href="">
                    {common::REFRESH}
                </a>
                <Close said />
            }
            .into_any(),
        ),
    };
    view! {
        <div class=class>
            <Icon symbol />
            <div class="notice__body">
                <p class="notice__title">{title}</p>
                <p class="notice__hint">{hint}</p>
            </div>
            {buttons}
        </div>
    }
}

#[component]
fn Close(said: RwSignal<Option<Said>>) -> impl IntoView {
    view! {
        <button class="button" type="button" on:click=move |_| said.set(None)>
            {common::CLOSE}
        </button>
    }
}

/// The validity that holds now, and what is not as it should be all the same.
fn healed_hint(what: &Healed) -> String {
    let (certificate, problem) = match what {
        Healed::Completed {
            certificate,
            problem,
            ..
        } => (certificate, problem.as_ref()),
        Healed::RolledBack { certificate, .. } => (certificate, None),
    };
    let mut hint = certificate.as_ref().map_or_else(String::new, |view| {
        operate::valid(
            &dates::minute(view.validity.not_before),
            &dates::minute(view.validity.not_after),
        )
    });
    if let Some(problem) = problem {
        let (message, next_step) = text::problem_sentences(problem);
        hint = text::and_then(&hint, &message, &next_step);
    }
    hint
}
