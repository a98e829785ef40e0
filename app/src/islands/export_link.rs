//! A download that says how far it is. Before wasm is there it is a plain link,
//! with the browser's own progress.

use leptos::prelude::*;

use crate::{
    api::ErrorCode,
    text::{errors::sentences, timeline as text},
};

#[cfg(feature = "hydrate")]
mod download;

/// The status of [`ErrorCode::ExportRuns`].
#[cfg(feature = "hydrate")]
const RUNS: f64 = 409.0;

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
    Done,
    /// The service has another one under way for this session.
    Refused,
    Failed,
}

impl Progress {
    fn words(self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Under(rows, total) => text::exporting(rows, total),
            Self::Done => String::from(text::EXPORTED),
            Self::Refused => {
                let (message, next_step) = sentences(ErrorCode::ExportRuns);
                message + &next_step
            }
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
) -> impl IntoView {
    let progress = RwSignal::new(Progress::Idle);
    let busy = move || matches!(progress.get(), Progress::Under(..));
    #[cfg(feature = "hydrate")]
    let on_click = {
        let href = href.clone();
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            if !matches!(progress.get_untracked(), Progress::Under(..)) {
                let href = href.clone();
                leptos::task::spawn_local(async move {
                    progress.set(Progress::Under(0, None));
                    let note = move |rows, total| progress.set(Progress::Under(rows, total));
                    let saved = download::save(&href, note).await;
                    progress.set(match saved {
                        Ok(()) => Progress::Done,
                        Err(why) if why.as_f64() == Some(RUNS) => Progress::Refused,
                        Err(_) => Progress::Failed,
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
