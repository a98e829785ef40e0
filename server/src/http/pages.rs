//! The pages: rendered by `app`, with the service in their context and a
//! content security policy whose nonce is that of the page's own scripts.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use app::api::BackendHandle;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Request as HttpRequest, header},
    response::{IntoResponse as _, Response},
};
use leptos::{
    config::LeptosOptions,
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::ResponseOptions;

use super::{AppState, backend::HttpBackend, errors};
use crate::context::RequestInfo;

/// How pages are rendered.
#[derive(Clone)]
pub(crate) struct Pages {
    options: LeptosOptions,
}

impl Pages {
    /// `site` is the built site. When the build hashed its file names, their
    /// list lies beside them.
    pub(super) fn new(site: &Path) -> Self {
        let hashes = site.join("hash.txt");
        let options = LeptosOptions::builder()
            .output_name("ic-card")
            .site_root(site.display().to_string())
            .site_pkg_dir("pkg")
            .hash_files(hashes.is_file())
            .hash_file(hashes.display().to_string().into())
            .build();
        Self { options }
    }

    /// Whether the names of built files change with their content.
    pub(super) const fn has_hashed_names(&self) -> bool {
        self.options.hash_files
    }

    /// The addresses of all pages, in the router's form.
    ///
    /// Found once for the process: while leptos walks the routes, no resource
    /// loads in any thread, and a page rendered meanwhile would never be ready.
    pub(super) fn paths() -> &'static [String] {
        static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
            leptos_axum::generate_route_list(app::App)
                .iter()
                .map(|route| route.path().to_owned())
                .collect()
        });
        &PATHS
    }

    async fn render(&self, state: &AppState, request: HttpRequest<Body>) -> Response {
        let Some(info) = request.extensions().get::<RequestInfo>().cloned() else {
            return errors::response(app::api::ErrorCode::Internal, "");
        };
        let backend = HttpBackend::new(state.service.clone(), info);
        let handle = BackendHandle(Arc::new(backend));
        let context = move || {
            provide_context(handle.clone());
            set_policy();
        };
        let options = self.options.clone();
        let shell = move || app::shell(options.clone());
        leptos_axum::render_app_async_with_context(context, shell)(request)
            .await
            .into_response()
    }
}

/// Serves a page.
pub(super) async fn page(State(state): State<AppState>, request: Request) -> Response {
    state.pages.clone().render(&state, request).await
}

/// Serves the page that says there is none.
pub(super) async fn not_found(state: &AppState, request: Request) -> Response {
    let mut response = state.pages.clone().render(state, request).await;
    *response.status_mut() = axum::http::StatusCode::NOT_FOUND;
    response
}

/// The page's policy. The bridge is reached on the loopback interface only.
fn set_policy() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; \
         script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; \
         img-src 'self' data:; \
         font-src 'self'; \
         manifest-src 'self'; \
         connect-src 'self' ws://127.0.0.1:*; \
         form-action 'self'; \
         base-uri 'none'; \
         frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}
