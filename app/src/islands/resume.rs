//! 继续办理: goes on with what an earlier dialog left unfinished, under a new
//! ticket.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{
    api::{ApiError, calls},
    components::notice::Notice,
    device::{Wanted, use_device},
    islands::{
        act_dialog::TITLE, hydrated::use_hydrated, modal::Modal, relay::Relay, sign_act::Begun,
    },
    text::{common, operate as text},
};

/// The button and the dialog.
#[island(lazy)]
pub(crate) fn Resume(
    /// What the operations were signed under.
    batch: Uuid,
    /// The legal-person card that is logged in.
    signer: Wanted,
) -> impl IntoView {
    let device = use_device();
    let hydrated = use_hydrated();
    let signer = StoredValue::new(signer);
    let open = RwSignal::new(false);
    let keep = RwSignal::new(false);
    let answer = RwSignal::new(None::<Result<Begun, ApiError>>);
    let on_click = move |_| {
        answer.set(None);
        open.set(true);
        spawn_local(async move {
            let ticket = calls::resume_operations(batch, device.has_second_reader()).await;
            answer.set(Some(ticket.map(|ticket| Begun {
                ticket,
                signer: signer.with_value(|signer| untrack(|| device.insertion_of(signer))),
            })));
        });
    };
    let on_close = move |()| {
        // What was done, or not, is on the page then.
        let _refused = window().location().reload();
    };
    view! {
        <button
            class="button button--primary"
            type="button"
            disabled=move || !hydrated.get()
            on:click=on_click
        >
            {text::RESUME}
        </button>
        <Modal open labelled_by=TITLE keep on_close>
            {move || match answer.get() {
                None => {
                    view! {
                        <h2 class="dialog__title" id=TITLE>
                            {common::LOADING}
                        </h2>
                    }
                        .into_any()
                }
                Some(Ok(begun)) => {
                    view! {
                        <Relay
                            begun
                            signer=signer.get_value()
                            keep
                            on_close=move |_done| open.set(false)
                        />
                    }
                        .into_any()
                }
                Some(Err(error)) => {
                    view! {
                        <h2 class="dialog__title" id=TITLE>
                            {common::FAILED}
                        </h2>
                        <div role="alert">
                            <Notice trouble=error.into() />
                        </div>
                        <div class="dialog__actions">
                            <button
                                class="button"
                                type="button"
                                on:click=move |_| open.set(false)
                            >
                                {common::CLOSE}
                            </button>
                        </div>
                    }
                        .into_any()
                }
            }}
        </Modal>
    }
}
