//! The login: a signed token goes through the whole service, from the request
//! to the session on the disk. Two signatures are checked (the card's, and the
//! CA's on its certificate) and two commits are synced (the challenge is used
//! up whatever comes of it; then the session with its event).
//!
//! The floor is one bare check of a P-256 signature by the crate `p256`, as in all
//! earlier figures. Beside it stand the same check as a login does it (by ring), the
//! checks of token and certificate without a store, and two bare checks with
//! two bare commits: what no login can do without.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use event_log::certificate::{CardCertificate, TrustAnchors, is_signed_by};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use server::{
    Service,
    clock::FixedClock,
    config::{Config, Origin},
    keys::files,
};
use sqlx::{Executor as _, SqliteConnection};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::{
    data::{Register, now},
    people::{HOST, Login, ORIGIN, People},
    report::{Report, Times},
    rounds::Rounds,
};

/// Cards that log in.
const PEOPLE: u32 = 256;

/// Clients at once.
const CLIENTS: usize = 128;

/// Times that the floors and the service take turns.
const ROUNDS: u32 = 5;

/// Logins of a round, one after the other.
const ALONE: usize = 200;

/// Logins of a round, from all clients.
const TOGETHER: usize = 2560;

/// Measures logins.
pub(crate) async fn measure(register: &Register, report: &mut Report) {
    report.heading(format!("Login, {} cards", register.cards));
    let folder = register.folder().join("keys");
    files::create(&folder, "示例CA", now()).unwrap();
    let keys = files::load(&folder).unwrap();
    let people = People::equip(register, &keys, PEOPLE).await;
    let router = service(register, files::load(&folder).unwrap());

    let mut bare = register.connection().await;
    let (mut checks, mut by_ring) = (Vec::new(), Vec::new());
    let (mut verified, mut both) = (Vec::new(), Vec::new());
    let (mut alone, mut together) = (Vec::new(), Rounds::default());
    for round in 1..=ROUNDS {
        eprintln!(
            "  login, {} cards: round {round} of {ROUNDS}",
            register.cards
        );
        let logins = people.logins(register, ALONE).await;
        for login in &logins {
            checks.push(check(login, |key, message, signature| {
                key.verify(message, signature).is_ok()
            }));
            by_ring.push(check(login, is_signed_by));
            verified.push(verify(login, &keys.anchors));
        }
        for login in &logins {
            both.push(check_and_commit(login, &mut bare).await);
        }
        alone.extend(clients(register, &router, logins, 1).await.1);

        let logins = people.logins(register, TOGETHER).await;
        let floor = checks_a_second(&logins).await;
        together.add(floor, clients(register, &router, logins, CLIENTS).await);
        register.reset().await;
    }
    let (checks, alone) = (Times::new(checks), Times::new(alone));
    let both = Times::new(both);
    report.times("bare signature check (floor)", &checks, None);
    let by_ring = Times::new(by_ring);
    report.times("the same check as logins do it", &by_ring, Some(&checks));
    let verified = Times::new(verified);
    report.times("token and certificate, no store", &verified, Some(&checks));
    report.times("two bare checks, two bare commits", &both, Some(&checks));
    report.times("login, one client", &alone, Some(&checks));
    report.times("  beside two checks and two commits", &alone, Some(&both));
    let all = "bare signature checks, all cores (floor)";
    report.rate(all, together.floor(), None);
    report.rate(
        "login, 128 clients",
        together.rate(),
        Some(together.ratio()),
    );
    let times = Times::new(together.into_times());
    report.times("login, 128 clients", &times, None);
}

/// The whole service over the register, as its own requests reach it.
pub(crate) fn service(register: &Register, keys: files::KeyRing) -> Router {
    let mut config = Config {
        origins: vec![Origin::parse(ORIGIN).unwrap()],
        ..Config::default()
    };
    // Thousands of people behind one address.
    config.http.logins_per_minute = u32::MAX;
    let clock = Arc::new(FixedClock::new(now()));
    let service = Service::new(config, register.store.clone(), keys, clock);
    server::router(Arc::new(service))
}

/// One bare check, its key and signature ready.
fn check(login: &Login, is_good: fn(&VerifyingKey, &[u8], &Signature) -> bool) -> Duration {
    let key = CardCertificate::from_der(&login.certificate).unwrap().key;
    let started = Instant::now();
    let good = is_good(&key, &login.message, &login.signature);
    let time = started.elapsed();
    assert!(good);
    time
}

/// All that is checked before the register is asked.
fn verify(login: &Login, anchors: &TrustAnchors) -> Duration {
    let started = Instant::now();
    let certificate = CardCertificate::from_der(&login.certificate).unwrap();
    let signed = is_signed_by(&certificate.key, &login.message, &login.signature);
    let trusted = anchors.check(&certificate, now());
    let time = started.elapsed();
    assert!(signed && trusted.is_ok());
    time
}

/// Two bare checks, and two synced commits of one row each.
async fn check_and_commit(login: &Login, connection: &mut SqliteConnection) -> Duration {
    let key = CardCertificate::from_der(&login.certificate).unwrap().key;
    let hash = login.message[..32].to_vec();
    let started = Instant::now();
    let mut good = is_signed_by(&key, &login.message, &login.signature);
    let insert = sqlx::query("INSERT INTO nonces VALUES ($1, 'login', NULL, NULL, NULL, 0)");
    connection.execute(insert.bind(&hash)).await.unwrap();
    good &= is_signed_by(&key, &login.message, &login.signature);
    let delete = sqlx::query("DELETE FROM nonces WHERE hash = $1");
    connection.execute(delete.bind(&hash)).await.unwrap();
    let time = started.elapsed();
    assert!(good);
    time
}

/// Bare checks a second, on all the cores that the service has.
async fn checks_a_second(logins: &[Login]) -> f64 {
    let ready: Vec<(VerifyingKey, [u8; 64], Signature)> = logins
        .iter()
        .map(|login| {
            let key = CardCertificate::from_der(&login.certificate).unwrap().key;
            (key, login.message, login.signature)
        })
        .collect();
    let checks = ready.len();
    let mut running = JoinSet::new();
    let started = Instant::now();
    for some in ready.chunks(checks.div_ceil(CLIENTS)) {
        let some = some.to_vec();
        running.spawn(async move {
            for (key, message, signature) in some {
                assert!(key.verify(&message, &signature).is_ok());
            }
        });
    }
    running.join_all().await;
    a_second(checks, started)
}

/// Logins a second, and how long each took, with so many clients at once.
async fn clients(
    register: &Register,
    router: &Router,
    logins: Vec<Login>,
    clients: usize,
) -> (f64, Vec<Duration>) {
    let before = register.count("sessions").await;
    let count = logins.len();
    let mut work: Vec<Vec<Request<Body>>> = (0..clients).map(|_client| Vec::new()).collect();
    for (number, login) in logins.iter().enumerate() {
        work[number % clients].push(request(login));
    }
    let mut running = JoinSet::new();
    let started = Instant::now();
    for requests in work {
        let router = router.clone();
        running.spawn(async move {
            let mut times = Vec::with_capacity(requests.len());
            for request in requests {
                let started = Instant::now();
                let answer: Result<Response<Body>, Infallible> =
                    router.clone().oneshot(request).await;
                times.push(started.elapsed());
                assert_eq!(answer.unwrap().status(), StatusCode::OK);
            }
            times
        });
    }
    let times: Vec<Duration> = running.join_all().await.concat();
    let rate = a_second(count, started);
    let opened = register.count("sessions").await - before;
    assert_eq!(opened, i64::try_from(count).unwrap(), "all are logged in");
    (rate, times)
}

/// The request of a login.
pub(crate) fn request(login: &Login) -> Request<Body> {
    let body = serde_json::json!({ "token": login.token }).to_string();
    Request::post("/api/login")
        .header(header::HOST, HOST)
        .header(header::ORIGIN, ORIGIN)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, format!("challenge={}", login.nonce))
        .body(Body::from(body))
        .unwrap()
}

fn a_second(count: usize, started: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / started.elapsed().as_secs_f64()
}
