//! 放弃: what no card was touched for is over, as 取消 in its dialog would have it.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{
    api::{ApiError, calls},
    components::notice::Notice,
    islands::{confirm::Confirm, hydrated::use_hydrated, modal::Modal},
    text::{common, operate as text},
};

/// The id of the heading that names the dialog.
const TITLE: &str = "give-up-title";

/// The button and its question.
#[island(lazy)]
pub(crate) fn GiveUp(
    /// What the operations were signed under.
    batch: Uuid,
    /// Which they are, in words.
    title: String,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<ApiError>);
    let title = StoredValue::new(title);
    let on_confirm = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            match give_up(batch).await {
                // A browser that refuses shows it as it was, and 刷新 does the same.
                Ok(()) => {
                    let _refused = window().location().reload();
                }
                Err(error) => {
                    busy.set(false);
                    failure.set(Some(error));
                }
            }
        });
    });
    view! {
        <button
            class="button"
            type="button"
            disabled=move || !hydrated.get()
            on:click=move |_| {
                failure.set(None);
                open.set(true);
            }
        >
            {text::GIVE_UP}
        </button>
        <Modal open labelled_by=TITLE keep=busy>
            <h2 class="dialog__title" id=TITLE>
                {text::GIVE_UP_QUESTION}
            </h2>
            <p class="dialog__text">{title.get_value()}</p>
            <p class="dialog__text">{text::GIVE_UP_HINT}</p>
            <div role="alert">
                {move || failure.get().map(|error| view! { <Notice trouble=error.into() /> })}
            </div>
            <div class="dialog__actions">
                <button
                    class="button"
                    type="button"
                    disabled=busy
                    on:click=move |_| open.set(false)
                >
                    {common::CANCEL}
                </button>
                <Confirm on_confirm />
            </div>
        </Modal>
    }
}

/// Under a new ticket, so that no dialog in another page goes on with it. The session is not
/// locked: no card has to be swapped.
async fn give_up(batch: Uuid) -> Result<(), ApiError> {
    let ticket = calls::resume_operations(batch, true).await?;
    calls::cancel_operations(ticket.ticket).await?;
    Ok(())
}
