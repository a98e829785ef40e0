//! The way to a card in a few characters, for the header of a page.

use leptos::prelude::*;

use super::card_status::{Tone, tone};
use crate::{
    device::{DeviceStatus, FaceKind, Wanted, use_device},
    text::device as text,
};

/// The status in a few characters, for the header of a page.
#[island]
pub(crate) fn CardIndicator(
    /// The card that logged in: only that one is as it should be.
    signer: Option<Wanted>,
) -> impl IntoView {
    let device = use_device();
    let tone = Memo::new(move |_| {
        let is_another = |signer: &Wanted| device.stranger(signer).is_some();
        match tone(device) {
            Tone::Ready if signer.as_ref().is_some_and(is_another) => Tone::Wanting,
            tone => tone,
        }
    });
    let words = move || {
        device.status.with(
            |status| match (status, device.face().map(|face| face.kind)) {
                (
                    DeviceStatus::Ready,
                    Some(FaceKind::Made {
                        holder: Some(holder),
                        ..
                    }),
                ) => text::card_of(&holder),
                _ => text::status_brief(status).to_string(),
            },
        )
    };
    let class = move || format!("card-indicator card-indicator--{}", tone.get().name());
    // Its words change while a person works; it is looked at, not announced.
    view! {
        <p class=class title=text::STATUS>
            <span class="card-indicator__dot" aria-hidden={"true"}></span>
            {words}
        </p>
    }
}
