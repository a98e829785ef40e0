//! Why a card is reported lost or frozen: signed, kept, shown, and never anything else
//! than what was signed.

use card_domain::EventOutcome;
use card_protocol::statement::Statement;
use event_log::body::Body;
use serde_json::{Value, json};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, Person, TestServer, statement},
};

use super::many_acts::the_log_verifies;

on_both!(
    a_cause_is_signed_recorded_and_shown,
    what_is_no_cause_of_the_act_is_refused,
    another_cause_than_the_proposed_one_is_not_done,
    what_was_kept_and_what_was_signed_say_the_same,
    a_cause_that_was_changed_in_the_record_is_shown_nowhere,
);

struct Fixture {
    server: TestServer,
    legal: Person,
    browser: Browser,
    operator: Person,
}

impl Fixture {
    async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let legal = server.legal_person().await;
        Self {
            browser: legal.log_in(server.origin()).await,
            operator: server.operator("0001").await,
            legal,
            server,
        }
    }

    async fn propose(&self, action: &str, cause: Value) -> Statement {
        let body = json!({ "card": self.operator.card, "action": action, "cause": cause });
        statement(&self.browser.call("/api/acts/propose", body).await.good())
    }

    /// Signs what is given, proposed or not, and has it committed; says how it came out.
    async fn commit(&self, statement: &Statement) -> String {
        let signature = self.legal.signature(self.server.origin(), statement);
        let body = json!({ "statement": statement, "signature": signature });
        let reply = self.browser.call("/api/acts/commit", body).await;
        if reply.status == 200 {
            String::from("done")
        } else {
            reply.code()
        }
    }

    async fn act(&self, action: &str, cause: Value) -> Statement {
        let statement = self.propose(action, cause).await;
        assert_eq!(self.commit(&statement).await, "done");
        statement
    }

    /// The card as its page has it.
    async fn detail(&self) -> Value {
        let body = json!({ "card": self.operator.card });
        self.browser.call("/api/cards/detail", body).await.good()
    }

    /// The newest event of the record, as its page has it.
    async fn newest(&self) -> Value {
        let seq = self.server.last_event().await.seq;
        let body = json!({ "seq": seq });
        self.browser.call("/api/history/event", body).await.good()
    }
}

async fn a_cause_is_signed_recorded_and_shown(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let signed = it.act("freeze", json!({ "other": "  出国　半年\t" })).await;
    assert!(
        signed
            .text
            .contains("操作：冻结\n原因：其他（出国 半年）\nIC卡号："),
        "{}",
        signed.text
    );
    let structured: Value = serde_json::from_str(&signed.structured).unwrap();
    let cause = json!({ "other": "出国 半年" });
    assert_eq!(structured["cause"], cause);
    assert_eq!(it.detail().await["cause"], cause);
    assert_eq!(it.newest().await["row"]["cause"], cause);

    // Lost while frozen: each act has its own.
    it.act("report_loss", json!("stolen")).await;
    assert_eq!(it.detail().await["cause"], "stolen");
    it.act("cancel_loss", Value::Null).await;
    assert_eq!(it.newest().await["row"]["cause"], Value::Null);
    let detail = it.detail().await;
    assert_eq!(
        (&detail["row"]["state"]["name"], &detail["cause"]),
        (&json!("frozen"), &cause)
    );
    it.act("unfreeze", Value::Null).await;
    assert_eq!(it.detail().await["cause"], Value::Null);

    // One that says none is as it ever was, and what it was before is not its cause.
    let without = it.act("freeze", Value::Null).await;
    assert!(!without.text.contains("原因"), "{}", without.text);
    assert!(!without.structured.contains("cause"));
    assert_eq!(it.detail().await["cause"], Value::Null);

    let table = it
        .browser
        .send("GET", "/export/events.csv", &[], Vec::new())
        .await
        .body;
    for words in ["其他（出国 半年）", "被盗"] {
        assert_eq!(table.matches(words).count(), 1, "{words}: {table}");
    }
    the_log_verifies(&it.server).await;
}

async fn what_is_no_cause_of_the_act_is_refused(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let events = it.server.events(1000).await;
    for (action, cause, code) in [
        ("freeze", json!("stolen"), "bad_request"),
        ("report_loss", json!("off_duty"), "bad_request"),
        ("unfreeze", json!("lost"), "bad_request"),
        ("unfreeze", json!({ "other": "x" }), "bad_request"),
        ("freeze", json!("bored"), "bad_request"),
        ("freeze", json!("other"), "bad_request"),
        ("freeze", json!({ "off_duty": "x" }), "bad_request"),
        ("freeze", json!({ "other": "　 " }), "cause_words"),
        ("freeze", json!({ "other": "假".repeat(41) }), "cause_words"),
        (
            "freeze",
            json!({ "other": "休假\n操作：解冻" }),
            "cause_words",
        ),
        (
            "freeze",
            json!({ "other": "休假\u{2028}操作：解冻" }),
            "cause_words",
        ),
        ("freeze", json!({ "other": "\u{202e}冻解" }), "cause_words"),
        ("freeze", json!({ "other": "休\u{200b}假" }), "cause_words"),
    ] {
        let body = json!({ "card": it.operator.card, "action": action, "cause": cause });
        let reply = it.browser.call("/api/acts/propose", body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, code),
            "{action} {cause}"
        );
    }
    assert_eq!(it.server.events(1000).await, events);
}

/// The page, or the program that has the card sign, says another cause than the one that
/// was proposed: in words, for machines, in both, or none.
async fn another_cause_than_the_proposed_one_is_not_done(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    let (line, field) = ("原因：丢失\n", r#""cause":"lost","#);
    let edits: [(&str, &str, &str); 6] = [
        ("in both", "原因：被盗\n", r#""cause":"stolen","#),
        ("in words", "原因：被盗\n", field),
        ("for machines", line, r#""cause":"stolen","#),
        ("none in either", "", ""),
        ("none in words", "", field),
        (
            "more words",
            "原因：其他（丢失）\n",
            r#""cause":{"other":"丢失"},"#,
        ),
    ];
    for (what, words, structured) in edits {
        let proposed = it.propose("report_loss", json!("lost")).await;
        assert!(proposed.text.contains(line) && proposed.structured.contains(field));
        let forged = Statement {
            text: proposed.text.replacen(line, words, 1),
            structured: proposed.structured.replacen(field, structured, 1),
            ..proposed
        };
        assert_eq!(it.commit(&forged).await, "statement_signature", "{what}");
        let event = it.server.last_event().await;
        let told = (event.act.as_str(), event.outcome, event.statement.is_none());
        assert_eq!(told, ("report_loss", EventOutcome::Refused, true), "{what}");
        assert_eq!(
            it.detail().await["row"]["state"]["name"],
            "normal",
            "{what}"
        );
    }
    // Signed as it was proposed, and sent with another one.
    let proposed = it.propose("report_loss", json!("lost")).await;
    let signature = it.legal.signature(it.server.origin(), &proposed);
    let sent = Statement {
        text: proposed.text.replacen(line, "原因：被盗\n", 1),
        ..proposed
    };
    let body = json!({ "statement": sent, "signature": signature });
    let reply = it.browser.call("/api/acts/commit", body).await;
    assert_eq!(reply.code(), "statement_signature");
    assert_eq!(it.detail().await["row"]["state"]["name"], "normal");
}

/// Whoever writes into the database makes no proposal say another thing than its
/// statement.
async fn what_was_kept_and_what_was_signed_say_the_same(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    for to in [r#""cause":"stolen","until""#, r#""cause":null,"until""#] {
        let proposed = it.propose("report_loss", json!("lost")).await;
        let edit = format!(
            r#"UPDATE nonces SET payload = replace(payload, '"cause":"lost","until"', '{to}') WHERE kind = 'act'"#
        );
        assert!(database.raw(&edit).await.unwrap() > 0);
        assert_eq!(it.commit(&proposed).await, "statement_signature", "{to}");
        assert_eq!(it.detail().await["row"]["state"]["name"], "normal");
    }
}

async fn a_cause_that_was_changed_in_the_record_is_shown_nowhere(database: TestDatabase) {
    let it = Fixture::new(&database).await;
    it.act("report_loss", json!("lost")).await;
    let seq = it.server.last_event().await.seq;
    let allow = if database.is_sqlite() {
        "DROP TRIGGER events_are_never_changed"
    } else {
        "DROP TRIGGER events_are_never_changed ON events"
    };
    database.raw(allow).await.unwrap();
    let whole = database.body(seq).await;
    let body = Body::decode(&whole).unwrap();
    let structured = body
        .structured
        .unwrap()
        .replace(r#""lost","cards""#, r#""stolen","cards""#);
    assert_ne!(structured, body.structured.unwrap());
    let edited = Body {
        structured: Some(&structured),
        ..body
    }
    .encode();
    let edit = format!(
        "UPDATE events SET body = {} WHERE seq = {seq}",
        database.bytes(&edited)
    );
    database.raw(&edit).await.unwrap();
    assert_eq!(it.detail().await["cause"], Value::Null);
    let event = it.newest().await;
    assert_eq!(event["row"]["cause"], Value::Null);
    assert_ne!(event["row"]["verified"], "yes");
}
