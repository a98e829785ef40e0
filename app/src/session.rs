//! Who is logged in, asked once for a page and shared by all of it.

use card_domain::Role;
use leptos::prelude::*;

use crate::api::{ApiError, Wire, calls, model::SessionView};

/// The session, as a screen sees it.
#[derive(Clone, Copy)]
pub(crate) struct Session(Resource<Result<Option<SessionView>, ApiError>, Wire>);

impl Session {
    /// Asks for the session and shares the answer with all that is inside.
    pub(crate) fn provide() {
        provide_context(Self(Resource::new_with_options(
            || (),
            |()| calls::session(),
            false,
        )));
    }

    /// The session of the page. Everything is inside of [`Session::provide`].
    pub(crate) fn use_it() -> Option<Self> {
        use_context()
    }

    /// The answer.
    pub(crate) async fn answer(self) -> Result<Option<SessionView>, ApiError> {
        self.0.await
    }

    /// A login has just told who it is: there is no need to ask again.
    pub(crate) fn opened(self, view: SessionView) {
        self.0.set(Some(Ok(Some(view))));
    }
}

/// The first page of a session.
pub(crate) const fn home_of(role: Role) -> &'static str {
    match role {
        Role::LegalPerson => "/portal",
        Role::Operator => "/my-card",
    }
}
