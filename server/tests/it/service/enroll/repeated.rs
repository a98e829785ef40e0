//! A report of 制卡 that comes twice is answered as it was, and nothing is done
//! again; any other report at its place is not. What is kept for that is in
//! nobody's way.

use std::sync::Mutex;

use card_bridge::{
    enroll::{HttpIssuer, Issuer},
    http::HttpError,
};
use card_domain::OperatorNo;
use card_operations::key::ProgramKey;
use card_protocol::{
    bridge::Identity,
    enroll::{EnrollContinue, EnrollReply, EnrollStart},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{clock::Clock as _, storage::Holder};
use test_support::{
    bridge::blank_card,
    database::{TestDatabase, on_both},
    service::{
        CODE, CardReader, LegalPersonClient, PIN, Reply, TestServer,
        card_making::{admin_token, enroll_by, issuer, operator},
        legal_person::{step, tag},
    },
};

on_both!(
    only_the_same_report_is_answered_again,
    the_same_report_at_once_has_one_answer,
    the_last_answer_is_kept_for_who_did_not_hear_it,
    what_is_kept_takes_no_certificate_with_it,
);

async fn post(server: &TestServer, token: &str, path: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let body = body.to_string().into_bytes();
    server.browser().send("POST", path, &headers, body).await
}

async fn go_on(server: &TestServer, token: &str, report: &Value) -> Reply {
    post(server, token, "/api/enroll/continue", report).await
}

async fn register(server: &TestServer) -> card_domain::CardId {
    let holder = Holder::Operator(OperatorNo("0001".into()));
    server.register(CODE, holder, "张三").await
}

/// A card that is being made, at a terminal whose answers are made up.
struct Making {
    server: TestServer,
    token: String,
    operation: Value,
}

impl Making {
    async fn begin(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        register(&server).await;
        let token = admin_token(&server).await;
        let start = json!({ "holder": operator("0001"), "chip": null });
        let begun = post(&server, &token, "/api/enroll/start", &start).await;
        let begun = begun.good();
        let program = begun["program"]["body"].as_str().unwrap();
        let program: Value = serde_json::from_str(program).unwrap();
        Self {
            server,
            token,
            operation: program["operation"].clone(),
        }
    }

    /// Reports that the card does not know the command of this program.
    async fn report(&self, sequence: u32, data: &str) -> Reply {
        let steps = [json!({ "data": data, "status": "6d00" })];
        let report = json!({ "outcome": {
            "operation": self.operation, "sequence": sequence, "steps": steps
        } });
        go_on(&self.server, &self.token, &report).await
    }
}

/// Sent again while the first one is served still.
async fn the_same_report_at_once_has_one_answer(database: TestDatabase) {
    let making = Making::begin(&database).await;
    for sequence in 0..2 {
        let report = || making.report(sequence, "");
        let replies = tokio::join!(report(), report(), report(), report());
        let [first, others @ ..] = <[Reply; 4]>::from(replies);
        let first = first.good();
        assert_eq!(first["next"], "run");
        for other in others {
            assert_eq!(other.good()["program"]["body"], first["program"]["body"]);
        }
    }
}

async fn only_the_same_report_is_answered_again(database: TestDatabase) {
    let making = Making::begin(&database).await;
    let first = making.report(0, "").await.good();
    assert_eq!(first["next"], "run");
    let again = making.report(0, "").await.good();
    assert_eq!(again["program"]["body"], first["program"]["body"]);
    // Another one at its place gets nothing.
    let other = making.report(0, "00").await;
    assert_eq!(other.status, 400, "{}", other.body);
    // The next one is judged, and the one before it is over.
    let second = making.report(1, "").await.good();
    assert_eq!(second["next"], "run");
    let late = making.report(0, "").await;
    assert_eq!(late.status, 400, "{}", late.body);
    let again = making.report(1, "").await.good();
    assert_eq!(again["program"]["body"], second["program"]["body"]);
}

/// Notes the report that went last.
struct Recorder(HttpIssuer, Mutex<Option<EnrollContinue>>);

impl Issuer for Recorder {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn enrol_key(&self) -> &ProgramKey {
        self.0.enrol_key()
    }

    fn start(&self, start: &EnrollStart) -> Result<EnrollReply, HttpError> {
        self.0.start(start)
    }

    fn proceed(&self, report: &EnrollContinue) -> Result<EnrollReply, HttpError> {
        *self.1.lock().unwrap() = Some(report.clone());
        self.0.proceed(report)
    }
}

async fn the_last_answer_is_kept_for_who_did_not_hear_it(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let card = register(&server).await;
    let token = admin_token(&server).await;
    let recorder = Recorder(issuer(&server, server.origin(), &token), Mutex::default());
    let mut blank = blank_card(&server.folder.path().join("card"));
    let now = server.clock.now();
    let making = move || {
        let made = enroll_by(&recorder, &mut blank, operator("0001"), PIN, now).unwrap();
        (made, recorder.1.into_inner().unwrap().unwrap())
    };
    let (made, last) = tokio::task::spawn_blocking(making).await.unwrap();
    let before = server.events(100).await.len();
    let report = serde_json::to_value(&last).unwrap();
    for _ in 0..2 {
        let again = go_on(&server, &token, &report).await.good();
        assert_eq!(again["next"], "done");
        assert_eq!(again["card_no"], json!(made.card_no));
        assert_eq!(again["chip"], json!(made.chip));
    }
    let mut other = report.clone();
    other["outcome"]["steps"][0]["data"] = json!("00");
    assert_eq!(go_on(&server, &token, &other).await.status, 404);
    // Nothing happened again.
    assert_eq!(server.events(100).await.len(), before);
    let record = server.store.card(server.enterprise, card).await.unwrap();
    assert_eq!(record.version, 1);

    server.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(go_on(&server, &token, &report).await.status, 404);
}

/// The enrolment is taken away when its time is over; by then its card may be in
/// the middle of a 延期.
async fn what_is_kept_takes_no_certificate_with_it(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    let begun = client.begin(&[reader.card], "renew").await;
    let ticket = begun["ticket"].as_str().unwrap();
    let mut report = json!("inserted");
    let mut next = Value::Null;
    for _ in 0..2 {
        let reply = client.next(ticket, report.clone()).await.good();
        next = reply["next"].clone();
        report = step(&next, &mut reader, PIN).unwrap();
    }
    // The new certificate is issued, written, and waits to be confirmed.
    let later = server.clock.now() + SignedDuration::from_hours(24);
    let never = server.clock.now() - SignedDuration::from_hours(24);
    assert!(server.store.purge(later, never, 1000).await.unwrap() > 0);
    let reply = client.next(ticket, report).await.good();
    assert_eq!(tag(&reply["next"]), "finished", "{next} {reply}");
    let Identity { certificate, .. } = reader.identify().unwrap();
    assert!(certificate.is_some());
}
