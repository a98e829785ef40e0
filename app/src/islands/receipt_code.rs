//! 凭证二维码: what a terminal gives along instead of a file. The proof of a record as a QR
//! code, which a phone takes a picture of; asking for it is an event. It is hidden again by
//! itself, and with the card.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ApiError, calls, history::Receipt},
    components::notice::Notice,
    device::login_card::use_login_card,
    islands::hydrated::use_hydrated,
    text::receipt as text,
};

/// Long enough to get out a phone.
const SHOWN: Duration = Duration::from_mins(2);

/// The empty modules around a code by which it is found (ISO/IEC 18004, 6.3.8).
const QUIET: u32 = 4;

#[derive(Clone)]
enum Shown {
    Nothing,
    Asking,
    Code(Receipt),
    Failed(ApiError),
}

/// The button, and the code once it was asked for.
#[island(lazy)]
pub(crate) fn ReceiptCode(
    /// The number of the record.
    seq: i64,
    /// Whether the legal-person card signed it.
    signed: bool,
) -> impl IntoView {
    let hydrated = use_hydrated();
    let shown = RwSignal::new(Shown::Nothing);
    // Each code has its own time.
    let nth = StoredValue::new(0_u32);
    let is_out = use_login_card().is_out;
    Effect::new(move || {
        if is_out.get() {
            shown.set(Shown::Nothing);
        }
    });
    let ask = move || {
        shown.set(Shown::Asking);
        nth.update_value(|nth| *nth += 1);
        let this = nth.get_value();
        spawn_local(async move {
            let answer = calls::event_receipt(seq).await;
            if is_out.get_untracked() {
                return shown.set(Shown::Nothing);
            }
            shown.set(answer.map_or_else(Shown::Failed, Shown::Code));
            let hide = move || {
                if nth.try_get_value() == Some(this) {
                    shown.set(Shown::Nothing);
                }
            };
            set_timeout(hide, SHOWN);
        });
    };
    let is_code = move || shown.with(|shown| matches!(shown, Shown::Code(_)));
    let on_click = move |_| {
        if is_code() {
            shown.set(Shown::Nothing);
        } else {
            ask();
        }
    };
    view! {
        <section class="receipt-code" aria-labelledby="receipt-code-title">
            <div class="receipt-code__head">
                <h2 class="receipt-code__title" id="receipt-code-title">
                    {text::TITLE}
                </h2>
                <button
                    class="button"
                    type="button"
                    disabled=move || {
                        !hydrated.get() || shown.with(|shown| matches!(shown, Shown::Asking))
                    }
                    on:click=on_click
                >
                    {move || if is_code() { text::HIDE } else { text::SHOW }}
                </button>
            </div>
            <p class="receipt-code__hint">{text::hint(signed)}</p>
            <div role="status">
                {move || match shown.get() {
                    Shown::Code(receipt) => Some(view! { <Code receipt /> }),
                    _ => None,
                }}
            </div>
            <div role="alert">
                {move || match shown.get() {
                    Shown::Failed(error) => Some(view! { <Notice trouble=error.into() /> }),
                    _ => None,
                }}
            </div>
        </section>
    }
}

#[component]
fn Code(receipt: Receipt) -> impl IntoView {
    let size = receipt.size + 2 * QUIET;
    view! {
        <svg
            class="receipt-code__code"
            role="img"
            aria-label=text::CODE
            viewBox=format!("0 0 {size} {size}")
            shape-rendering="crispEdges"
        >
            <path class="receipt-code__ground" d=format!("M0 0h{size}v{size}h-{size}z") />
            <path
                class="receipt-code__modules"
                transform=format!("translate({QUIET} {QUIET})")
                d=receipt.modules
            />
        </svg>
        <p class="receipt-code__hint">{text::SHOWN}</p>
    }
}
