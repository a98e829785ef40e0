//! A page of a list, rendered for a fake service, beside its floor: the same rows as JSON.
//! `cargo bench -p app --features ssr --bench render`.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "it prints its figures")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use card_domain::{CardState, Role};
use mimalloc::MiMalloc;
use tower::ServiceExt as _;

#[path = "../tests/it/fake.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod fake;
#[path = "../tests/it/http.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod http;

use fake::Fake;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// As many rows as a page shows first.
const ROWS: u32 = 20;

/// So long each figure is measured.
const TIME: Duration = Duration::from_secs(4);

fn main() {
    // `cargo test --all-targets` runs benches, too, with nothing to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let rows: Vec<_> = (0..ROWS)
        .map(|number| fake::row(number, "张伟明", CardState::Normal))
        .collect();
    let json = per_second(|| {
        black_box(serde_json::to_vec(black_box(&rows)).unwrap());
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let router = http::router(Fake::with(Role::LegalPerson, rows));
    let mut length = 0;
    let pages = per_second(|| {
        length = runtime.block_on(async {
            let request = Request::get("/manage/renew").body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 200);
            to_bytes(response.into_body(), 1 << 20).await.unwrap().len()
        });
    });
    println!("a page of {ROWS} rows, {length} bytes: {pages:.0} a second on one processor");
    println!("the same rows as JSON (floor): {json:.0} a second");
}

/// How often `work` can be done.
fn per_second(mut work: impl FnMut()) -> f64 {
    for _ in 0..20 {
        work();
    }
    let started = Instant::now();
    let mut done = 0.0;
    while started.elapsed() < TIME {
        work();
        done += 1.0;
    }
    done / started.elapsed().as_secs_f64()
}
