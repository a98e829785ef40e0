//! A notice of what went wrong: what, what to do now, and the number to name.

use leptos::prelude::*;

use crate::{
    api::ApiError,
    components::icon::{Icon, Symbol},
    text::common,
};

/// The words of a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// What is wrong.
    pub(crate) message: String,
    /// What to do now; may be empty.
    pub(crate) next_step: String,
    /// The request's id, for what the service said; may be empty.
    pub(crate) request_id: String,
}

impl Trouble {
    /// A sentence that says it all.
    pub(crate) fn plain(message: &str) -> Self {
        Self {
            message: String::from(message),
            ..Self::default()
        }
    }
}

impl From<(String, String)> for Trouble {
    fn from((message, next_step): (String, String)) -> Self {
        Self {
            message,
            next_step,
            request_id: String::new(),
        }
    }
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self {
            message: error.message,
            next_step: error.next_step,
            request_id: error.request_id,
        }
    }
}

/// The notice. Who shows it sees to it that it is announced.
#[component]
pub(crate) fn Notice(
    /// The words.
    trouble: Trouble,
    /// The button that helps, if there is one.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="notice notice--error">
            <Icon symbol=Symbol::Warning />
            <div class="notice__body">
                <p class="notice__title">{trouble.message}</p>
                <p class="notice__hint">{trouble.next_step}</p>
                <RequestId id=trouble.request_id />
            </div>
            {children.map(|children| children())}
        </div>
    }
}

/// The number to be named when asking for help, folded; nothing when it is empty.
#[component]
fn RequestId(id: String) -> impl IntoView {
    (!id.is_empty()).then(|| {
        view! {
            <details class="technical">
                <summary class="technical__summary">{common::TECHNICAL}</summary>
                <p class="notice__request">
                    {common::REQUEST_ID}" "<code class="code">{id}</code>
                </p>
            </details>
        }
    })
}
