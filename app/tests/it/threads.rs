//! A page is rendered on one thread of the server and may be dropped on
//! another: nothing in it may be bound to a thread.

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use card_domain::{CardState, Role};
use tower::ServiceExt as _;

use crate::{
    fake::{Fake, row},
    http::router,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_are_rendered_and_dropped_on_any_thread() {
    let rows = vec![row(1, "李示例", CardState::Normal)];
    let router = router(Fake::with(Role::LegalPerson, rows));
    let card = "/manage/freeze/00000000-0000-0000-0000-000000000001";
    let renders: Vec<_> = ["/login", "/portal", "/manage/freeze", card]
        .into_iter()
        .cycle()
        .take(64)
        .map(|path| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request);
            tokio::spawn(
                async move { to_bytes(response.await.unwrap().into_body(), 1 << 20).await },
            )
        })
        .collect();
    for render in renders {
        // What panics while it is dropped cuts the page off.
        let page = String::from_utf8(render.await.unwrap().unwrap().to_vec()).unwrap();
        assert!(page.contains("</html>"), "{page}");
    }
}
