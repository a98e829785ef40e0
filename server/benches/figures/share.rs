//! What an event adds to an act. The act is what the service does from the
//! first request to the last answer: 冻结 is proposed and, signed, done. What
//! the event adds to it is measured below the service, where it can be left
//! out: the statements of the store with it and without it, in turns, each
//! with its commit.

use std::time::{Duration, Instant};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use card_protocol::statement::Statement;
use serde_json::{Value, json};
use server::keys::files;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tower::ServiceExt as _;

use crate::{
    data::{Register, card_id, now},
    freeze, login,
    people::{HOST, ORIGIN, People},
    report::{Report, Times},
};

/// Acts of each kind.
const ACTS: u32 = 400;

/// Measures acts with their event and without it.
pub(crate) async fn measure(register: &Register, report: &mut Report) {
    let folder = register.folder().join("keys");
    files::create(&folder, "示例CA", now()).unwrap();
    let keys = files::load(&folder).unwrap();
    let legal = People::legal_person(register, &keys).await;
    let router = login::service(register, keys);
    let desk = LegalPersonClient::log_in(register, router, legal).await;
    let mut connection = register.connection().await;
    let (mut acts, mut with, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..ACTS {
        // Every act meets the same disk in the same state as its twins.
        acts.push(desk.freeze(1 + turn).await);
        for has_event in [turn % 2 == 0, turn % 2 == 1] {
            let time = bare(&mut connection, register, 500 + turn, has_event).await;
            if has_event {
                with.push(time);
            } else {
                without.push(time);
            }
        }
    }
    connection.close().await.unwrap();
    let (acts, with, without) = (Times::new(acts), Times::new(with), Times::new(without));
    report.times("the store's statements, no event (floor)", &without, None);
    report.times("the same with the event", &with, Some(&without));
    report.times("冻结 through the service", &acts, Some(&without));
    let seconds = |times: &Times| times.percentile(50).as_secs_f64();
    let event = seconds(&with) - seconds(&without);
    report.heading(format!(
        "  an event adds {:.1} µs: {:.1} % of an act (goal: 5), {:.1} % of its last commit",
        1e6 * event,
        100.0 * event / seconds(&acts),
        100.0 * event / seconds(&with),
    ));
}

/// A legal person who is logged in.
struct LegalPersonClient {
    router: Router,
    legal: People,
    cookie: String,
}

impl LegalPersonClient {
    async fn log_in(register: &Register, router: Router, legal: People) -> Self {
        let login = legal.logins(register, 1).await.remove(0);
        let answer = router
            .clone()
            .oneshot(login::request(&login))
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
        let cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
        let cookie = cookies.collect::<Vec<_>>().join("; ");
        Self {
            router,
            legal,
            cookie,
        }
    }

    /// Freezes a card; gives how long the service took for both requests.
    async fn freeze(&self, number: u32) -> Duration {
        let body = json!({ "card": card_id(number), "action": "freeze" });
        let (proposed, first) = self.call("/api/acts/propose", &body).await;
        let statement: Statement = serde_json::from_value(proposed["statement"].clone()).unwrap();
        let signature = self.legal.sign(&statement);
        let body = json!({ "statement": statement, "signature": signature });
        let (_done, second) = self.call("/api/acts/commit", &body).await;
        first + second
    }

    async fn call(&self, path: &str, body: &Value) -> (Value, Duration) {
        let request = Request::post(path)
            .header(header::HOST, HOST)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(body.to_string()))
            .unwrap();
        let started = Instant::now();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let time = started.elapsed();
        assert_eq!(
            status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&bytes)
        );
        (serde_json::from_slice(&bytes).unwrap(), time)
    }
}

/// The statements of an act, as the store sends them, in a transaction of
/// their own.
async fn bare(
    connection: &mut SqliteConnection,
    register: &Register,
    number: u32,
    has_event: bool,
) -> Duration {
    macro_rules! change {
        () => {
            "DELETE FROM nonces WHERE hash = $8; \
             UPDATE cards SET state = iif(state = 'frozen', 'normal', 'frozen'), \
             state_since = iif(state = 'frozen', NULL, $1), version = version + 1 WHERE id = $4; "
        };
    }
    const BOTH: &str = concat!(
        change!(),
        "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
         VALUES ($1, $2, $3, $5, $4, $6, $7)"
    );
    let event = freeze::event(register.enterprise, number);
    let hash = [number.to_be_bytes(); 8].concat();
    connection
        .execute(
            sqlx::query("INSERT INTO nonces VALUES ($1, 'act', NULL, NULL, NULL, 0)").bind(&hash),
        )
        .await
        .unwrap();
    let started = Instant::now();
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    // The event's body is made here too.
    let body = if has_event {
        freeze::body(&event)
    } else {
        Vec::new()
    };
    let script = sqlx::query(if has_event { BOTH } else { change!() })
        .bind(event.at.as_microsecond())
        .bind(register.enterprise.0)
        .bind(event.actor.map(|card| card.0))
        .bind(event.target.map(|card| card.0))
        .bind(event.act.name())
        .bind(event.outcome.name())
        .bind(body)
        .bind(&hash);
    connection.execute(script).await.unwrap();
    connection.execute("COMMIT").await.unwrap();
    started.elapsed()
}
