//! The built site's files, compressed ahead of time, and the page for what is
//! not there.

use app::api::ErrorCode;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, Response as HttpResponse, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use super::{AppState, errors, navigation, pages};

/// A file of the site, or the page that says that there is none.
pub(super) async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if !matches!(*request.method(), Method::GET | Method::HEAD) || path.starts_with("/api/") {
        return errors::response(ErrorCode::NotFound, &errors::request_id(&request));
    }
    if let Some(response) = navigation::to_the_right_address(request.method(), request.uri()) {
        return response;
    }
    let (parts, _no_body) = request.into_parts();
    let mut for_file = axum::http::Request::new(Body::empty());
    *for_file.method_mut() = parts.method.clone();
    *for_file.uri_mut() = parts.uri.clone();
    *for_file.headers_mut() = parts.headers.clone();
    match file(&state, for_file).await {
        Some(mut response) => {
            set_caching(&state, &path, &mut response);
            response.map(Body::new).into_response()
        }
        None => pages::not_found(&state, Request::from_parts(parts, Body::empty())).await,
    }
}

async fn file(
    state: &AppState,
    request: axum::http::Request<Body>,
) -> Option<HttpResponse<tower_http::services::fs::ServeFileSystemResponseBody>> {
    let response = ServeDir::new(&state.service.config.site)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .oneshot(request)
        .await
        .ok()?;
    (response.status() != StatusCode::NOT_FOUND).then_some(response)
}

/// Files whose name changes with their content are kept for ever; all others
/// are asked for again and answered by 304 as long as they are the same.
fn set_caching<B>(state: &AppState, path: &str, response: &mut HttpResponse<B>) {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_hashed = state.pages.has_hashed_names()
        && path.starts_with("/pkg/")
        && name.split('.').filter(|part| !part.is_empty()).count() > 2;
    let value = if is_hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    // Which of the files that were compressed ahead of time it is. All else that is served
    // is kept by nobody (`no-store`), so it varies for nobody.
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
}
