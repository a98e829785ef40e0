//! The card that logged in was taken out: at once nothing can be read any more, and a moment
//! later the session is locked, until the card is back and its PIN typed.

use std::time::Duration;

use card_domain::Role;
use leptos::{prelude::*, task::spawn_local};

use super::{leave::leave, watch::Watch};
use crate::{
    api::calls,
    components::log_out::LogOut,
    device::{
        Wanted,
        login_card::{LoginCard, Whereabouts, use_login_card},
        use_device,
    },
    islands::{countdown::Countdown, modal::Modal, return_card::ReturnCard},
    left::Left,
    terminal::is_terminal,
    text::session as text,
};

/// The id of the heading that names the dialog.
const TITLE: &str = "card-out-title";

/// A card that is back by then has a bad contact, and nobody took it.
const GRACE: Duration = Duration::from_secs(2);

/// Marks the document: its style keeps what it shows from being read
/// (`style/components/card-out.css`).
const VEIL: &str = "data-veiled";

/// The dialog, while it is out.
#[component]
pub(super) fn CardOut(watch: Watch, signer: Wanted, role: Role) -> impl IntoView {
    let device = use_device();
    let LoginCard { gives_way, is_out } = use_login_card();
    let locked = watch.is_locked;
    let wanted = StoredValue::new(signer);
    let place = Memo::new(move |before: Option<&Whereabouts>| {
        wanted.with_value(|wanted| device.whereabouts(wanted, before))
    });
    Effect::new(move || match place.get() {
        _ if gives_way.get() => {}
        // Wherever it is: another tab had the session locked, say.
        _ if locked.get() => is_out.set(true),
        Whereabouts::Out if !is_out.get_untracked() => {
            is_out.set(true);
            let is_still_out = move || is_out.try_get_untracked() == Some(true);
            set_timeout(
                move || {
                    if is_still_out() {
                        spawn_local(lock(watch, is_out));
                    }
                },
                GRACE,
            );
        }
        Whereabouts::In(_) => is_out.set(false),
        _ => {}
    });
    Effect::new(move || veil(is_out.get()));
    let open = RwSignal::new(false);
    Effect::new(move || open.set(is_out.get()));
    // It was brought back, here or in another tab.
    Effect::new(move |was_locked: Option<bool>| {
        let is_locked = locked.get();
        if was_locked == Some(true) && !is_locked {
            is_out.set(false);
        }
        is_locked
    });
    let on_back = Callback::new(move |()| {
        locked.set(false);
        watch.ask();
    });
    let keep = Signal::derive(|| true);
    view! {
        <Modal open labelled_by=TITLE keep>
            {move || {
                view! {
                    <div class="card-out">
                        <h2 class="dialog__title" id=TITLE>
                            {text::CARD_OUT}
                        </h2>
                        <ReturnCard
                            lead=Signal::stored(wanted.with_value(|wanted| text::bring_back(role, &wanted.holder)))
                            signer=wanted.get_value()
                            on_back
                        />
                        {move || {
                            locked
                                .get()
                                .then(|| {
                                    view! {
                                        <Countdown
                                            label=text::LOCK_LEFT
                                            deadline=watch.deadline.get()
                                            on_end=Callback::new(move |()| watch.ask())
                                        />
                                    }
                                })
                        }}
                        <div class="dialog__actions">
                            <LogOut />
                        </div>
                    </div>
                }
            }}
        </Modal>
    }
}

/// Has the service lock the session. One that can't be reached is told again, while the card
/// is out. Of one that was told, only the PIN leads back, wherever the card is by now.
async fn lock(watch: Watch, is_out: RwSignal<bool>) {
    if is_out.try_get_untracked() != Some(true) {
        return;
    }
    let answer = calls::lock_session(is_terminal()).await;
    if is_out.is_disposed() {
        return;
    }
    match answer {
        Ok(time) => {
            is_out.set(true);
            watch.take(Ok(Some(time)));
        }
        Err(error) if error.code.wants_login() => leave(Left::CardOut),
        Err(_) => set_timeout(move || spawn_local(lock(watch, is_out)), GRACE),
    }
}

/// Keeps what the page shows from being read, or shows it again.
fn veil(is_down: bool) {
    let Some(page) = document().document_element() else {
        return;
    };
    let done = if is_down {
        page.set_attribute(VEIL, "")
    } else {
        page.remove_attribute(VEIL)
    };
    // The attribute's name is a good one.
    debug_assert!(done.is_ok(), "{VEIL}");
}
