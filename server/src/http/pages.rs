//! The pages: rendered by `app`, with the service in their context and a
//! content security policy whose nonce is that of the page's own scripts.

use std::{
    fmt::Write as _,
    path::Path,
    sync::{Arc, LazyLock, OnceLock},
};

use app::{
    IslandsPart, ShownError,
    api::{ApiError, BackendHandle, ErrorCode},
    device::UsbSettings,
    preferences::LargeType,
    terminal::Terminal,
    text::Language,
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Request as HttpRequest, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use card_protocol::bridge::PORTS;
use leptos::{
    config::LeptosOptions,
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::ResponseOptions;

use super::{
    AppState, backend::HttpBackend, cookie, errors, kiosk, navigation, to_the_end::ToTheEnd,
};
use crate::{context::RequestInfo, service::Service};

/// The longest page in bytes: far more than a list of fifty cards has.
const MAX_PAGE: usize = 4 * 1024 * 1024;

/// How pages are rendered.
#[derive(Clone)]
pub(crate) struct Pages {
    options: LeptosOptions,
    /// Where the islands of sessions are, if they have a file of their own.
    part: Option<IslandsPart>,
    work: ToTheEnd,
}

impl Pages {
    /// `site` is the built site. When the build hashed its file names, their
    /// list lies beside them. `at_once` pages are rendered at most.
    pub(super) fn new(site: &Path, at_once: u32) -> Self {
        let hashes = site.join("hash.txt");
        let options = LeptosOptions::builder()
            .output_name("ic-card")
            .site_root(site.display().to_string())
            .site_pkg_dir("pkg")
            .hash_files(hashes.is_file())
            .hash_file(hashes.display().to_string().into())
            .build();
        Self {
            part: IslandsPart::listed(&hashes, &options),
            options,
            work: ToTheEnd::new(at_once),
        }
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

    /// The page of an address, or of an error in its place.
    async fn render(
        &self,
        state: &AppState,
        request: HttpRequest<Body>,
        error: Option<ShownError>,
    ) -> Response {
        let Some(info) = request.extensions().get::<RequestInfo>().cloned() else {
            return errors::response(ErrorCode::Internal, "");
        };
        let is_terminal = info.is_terminal;
        let liked = cookie::list_view(request.headers());
        // At a terminal it was the wish of who stood there before.
        let is_large =
            cookie::wants_large_type(request.headers()) && request.uri().path() != kiosk::PATH;
        let backend = HttpBackend::new(state.service.clone(), info);
        let handle = BackendHandle(Arc::new(backend));
        let id = errors::request_id(&request);
        let nonce = Arc::new(OnceLock::new());
        let newest = state.service.config.bridge.newest();
        let usb = usb_settings(&state.service);
        let agent = request.headers().get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        let help = state
            .service
            .config
            .help
            .settings(agent.unwrap_or_default());
        let part = self.part.clone();
        let language = Language::current();
        let context = {
            let nonce = nonce.clone();
            move || {
                provide_context(handle.clone());
                if let Some(error) = error.clone() {
                    provide_context(error);
                }
                provide_context(liked.clone());
                provide_context(help.clone());
                if is_terminal {
                    provide_context(Terminal);
                }
                if is_large {
                    provide_context(LargeType);
                }
                if let Some(newest) = newest.clone() {
                    provide_context(newest);
                }
                if let Some(usb) = usb.clone() {
                    provide_context(usb);
                }
                if let Some(part) = part.clone() {
                    provide_context(part);
                }
                if let Some(own) = use_nonce() {
                    set_policy(nonce.get_or_init(|| own.to_string()));
                }
            }
        };
        let options = self.options.clone();
        let shell = move || app::shell(options.clone());
        let render = leptos_axum::render_app_async_with_context(context, shell)(request);
        // A task of its own.
        let whole = self.work.run(async move {
            let page = language.scope(render).await.into_response();
            match nonce.get() {
                Some(nonce) => hide_nonce(page, nonce).await,
                None => Ok(page),
            }
        });
        match whole.await {
            Ok(Ok(page)) => page,
            Ok(Err(error)) => not_rendered(&error, &id),
            Err(error) => not_rendered(&error, &id),
        }
    }
}

fn not_rendered(error: &(dyn std::error::Error + 'static), id: &str) -> Response {
    tracing::error!(error, "a page was not rendered");
    errors::response(ErrorCode::Internal, id)
}

/// Serves a page.
pub(super) async fn page(State(state): State<AppState>, request: Request) -> Response {
    if navigation::is_from_elsewhere(&request) {
        return navigation::once_more();
    }
    state.pages.clone().render(&state, request, None).await
}

/// Serves the page that says what is wrong, under the error's own status.
pub(super) async fn of_error(
    state: &AppState,
    request: Request,
    error: ApiError,
    status: StatusCode,
) -> Response {
    let pages = state.pages.clone();
    let mut response = pages.render(state, request, Some(ShownError(error))).await;
    *response.status_mut() = status;
    response
}

/// Serves the page that says there is none.
pub(super) async fn not_found(state: &AppState, request: Request) -> Response {
    let mut response = state.pages.clone().render(state, request, None).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Takes the nonce out of where it does not belong: leptos 0.8 writes it as the value of
/// `crossorigin`, too, which unlike `nonce` is not hidden from whatever reads attributes.
async fn hide_nonce(page: Response, nonce: &str) -> Result<Response, axum::Error> {
    let (mut parts, body) = page.into_parts();
    let html = to_bytes(body, MAX_PAGE).await?;
    let html =
        String::from_utf8_lossy(&html).replace(&format!("crossorigin=\"{nonce}\""), "crossorigin");
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(html)))
}

/// Where pages find the bridge, and in development also what tells them to load anew.
fn sockets() -> String {
    let own = PORTS.into_iter().chain(development_port());
    own.fold(String::new(), |mut sources, port| {
        let _infallible = write!(sources, " ws://127.0.0.1:{port}");
        sources
    })
}

/// What pages need for keys that they open themselves.
fn usb_settings(service: &Service) -> Option<UsbSettings> {
    let program_key = service.keys.program.public_base64();
    let program_key = program_key
        .inspect_err(|error| tracing::error!(%error, "a program-signing key can't be written"))
        .ok()?;
    Some(UsbSettings {
        program_key,
        vendors: service.config.usb.vendors(),
    })
}

/// The port that `cargo xtask dev` names. No program that is installed asks for it.
fn development_port() -> Option<u16> {
    if cfg!(debug_assertions) {
        std::env::var("IC_CARD_DEV").ok()?.parse().ok()
    } else {
        None
    }
}

/// The page's policy. The bridge is reached on the loopback interface only, at its own
/// ports. No text becomes a part of a page as HTML, and none a script (Trusted Types): our
/// islands make no such thing, and nobody else is to. The one policy is taken by the page's
/// own head before anything else runs, for the one address of the service worker.
fn set_policy(nonce: &str) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    let policy = format!(
        "default-src 'none'; \
         script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; \
         img-src 'self' data:; \
         font-src 'self'; \
         manifest-src 'self'; \
         connect-src 'self'{}; \
         require-trusted-types-for 'script'; \
         trusted-types service-worker; \
         form-action 'self'; \
         base-uri 'none'; \
         frame-ancestors 'none'",
        sockets()
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}
