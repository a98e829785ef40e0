//! A download that says how far it is. Before wasm is there it is a plain link,
//! with the browser's own progress.

use leptos::prelude::*;

use crate::{
    api::ErrorCode,
    text::{errors, timeline as text},
};

#[cfg(feature = "hydrate")]
mod download;

/// Why the service gives nothing, as far as its status says.
#[cfg(feature = "hydrate")]
fn refusal(why: &wasm_bindgen::JsValue) -> Option<ErrorCode> {
    [ErrorCode::ExportRuns, ErrorCode::ExportTooLong]
        .into_iter()
        .find(|code| why.as_f64() == Some(f64::from(code.http_status())))
}

/// How far the download is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "nothing is downloaded on the server")
)]
enum Progress {
    Idle,
    /// So many rows of so many, where the service said.
    Under(u64, Option<u64>),
    /// Nobody can say how far.
    UnderWay,
    Done,
    /// The service gives nothing.
    Refused(ErrorCode),
    Failed,
}

impl Progress {
    fn words(self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Under(rows, total) => text::exporting(rows, total),
            Self::Done => String::from(text::EXPORTED),
            Self::UnderWay => String::from(text::EXPORTING),
            Self::Refused(code) => errors::in_one(errors::sentences(code)),
            Self::Failed => String::from(text::EXPORT_FAILED),
        }
    }
}

/// The link and its progress.
#[island(lazy)]
pub(crate) fn ExportLink(
    /// What is downloaded.
    href: String,
    /// What the link says.
    label: String,
    /// Whether it is lines, which are counted as they come.
    counts: bool,
) -> impl IntoView {
    let progress = RwSignal::new(Progress::Idle);
    let busy = move || matches!(progress.get(), Progress::Under(..) | Progress::UnderWay);
    #[cfg(feature = "hydrate")]
    let on_click = {
        let href = href.clone();
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            let now = progress.get_untracked();
            if !matches!(now, Progress::Under(..) | Progress::UnderWay) {
                let href = href.clone();
                leptos::task::spawn_local(async move {
                    let under = move |rows, total| {
                        if counts {
                            Progress::Under(rows, total)
                        } else {
                            Progress::UnderWay
                        }
                    };
                    progress.set(under(0, None));
                    let note = move |rows, total| progress.set(under(rows, total));
                    let saved = download::save(&href, note).await;
                    progress.set(match saved {
                        Ok(()) => Progress::Done,
                        Err(why) => refusal(&why).map_or(Progress::Failed, Progress::Refused),
                    });
                });
            }
        }
    };
    #[cfg(not(feature = "hydrate"))]
    let on_click = |_: leptos::ev::MouseEvent| {};
    view! {
        <span class="export">
            <a
                class="button"
                href=href
                download=""
                data-counts=counts.then_some("")
                aria-disabled=move || busy().then_some("true")
                on:click=on_click
            >
                {label}
            </a>
            <span class="export__progress" role="status">
                {move || progress.get().words()}
            </span>
        </span>
    }
}
