//! Renders a page over the real router, as a browser would ask for it.

use std::sync::{Arc, LazyLock};

use app::{App, api::BackendHandle, shell};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use leptos::prelude::*;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes as _, generate_route_list, render_app_async_with_context,
};
use tower::ServiceExt as _;

use crate::fake::Fake;

/// What came back.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) html: String,
}

impl Page {
    /// The text without tags, as a person reads it.
    pub(crate) fn text(&self) -> String {
        let body = self.html.split_once("<body").unwrap().1;
        let mut text = String::new();
        let mut inside = false;
        let mut script = false;
        for piece in body.split_inclusive(['<', '>']) {
            if inside {
                script = piece.starts_with("script");
                inside = !piece.ends_with('>');
                continue;
            }
            if !script {
                text.push_str(piece.trim_end_matches('<'));
            }
            inside = piece.ends_with('<');
        }
        text
    }
}

/// Found once: while leptos walks the routes, no resource loads in any thread,
/// and a page that another test renders meanwhile would never be ready.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// The router of the pages, with the fake behind it.
pub(crate) fn router(fake: Fake) -> Router {
    let options = LeptosOptions::builder().output_name("app").build();
    let backend = BackendHandle(Arc::new(fake));
    let context = move || provide_context(backend.clone());
    let routes = ROUTES.clone();
    let page = {
        let options = options.clone();
        move || shell(options.clone())
    };
    Router::new()
        .leptos_routes_with_context(&options, routes, context.clone(), page.clone())
        .fallback(render_app_async_with_context(context, page))
        .with_state(options)
}

/// Asks for an address.
pub(crate) async fn get(fake: Fake, path: &str) -> Page {
    let request = Request::get(path)
        .header(header::ACCEPT, "text/html")
        .body(Body::empty())
        .unwrap();
    let response = router(fake).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(|value| String::from(value.to_str().unwrap()));
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Page {
        status,
        location,
        html: String::from_utf8(body.to_vec()).unwrap(),
    }
}
