//! `/large-type`: switches 大字版 for this browser, and leads back to the page that asked.

use app::preferences::LargeType;
use axum::{
    Extension, Form, extract::rejection::FormRejection, http::HeaderMap, response::Response,
};
use serde::Deserialize;

use super::{cookie, preferences};
use crate::context::RequestInfo;

/// What the form says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    large: String,
}

/// Keeps or forgets it.
pub(super) async fn switch(
    Extension(info): Extension<RequestInfo>,
    headers: HeaderMap,
    form: Result<Form<Switch>, FormRejection>,
) -> Response {
    let is_wanted = match form.as_ref().map(|Form(form)| form.large.as_str()) {
        Ok(LargeType::ON) => Some(true),
        Ok(LargeType::OFF) => Some(false),
        Ok(_) | Err(_) => None,
    };
    let cookie = is_wanted.map(|is_wanted| cookie::set_large_type(is_wanted, info.https));
    preferences::keep(cookie, &preferences::back(&headers), &info)
}
