//! The database's administrator and what opens doors: a row of a session or an
//! administrator's token that no server wrote opens none, and one that a server wrote
//! gives the rights it was made with and no others.

use jiff::SignedDuration;
use serde_json::json;
use server::{
    admin::{AdminError, add_enterprise, make_token, revoke_token, token_number},
    storage::{Holder, TokenHash},
};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, CODE, Person, TestServer, begin, card_making::admin_token},
};

on_both!(
    a_session_is_what_its_login_made,
    a_session_that_was_put_into_the_table_is_none,
    an_administrator_s_token_is_one_that_a_server_made,
    a_token_is_for_its_enterprise_and_is_taken_back,
);

/// Lengths of a token that somebody makes up: as ours are, and as they were before.
const LENGTHS: [usize; 2] = [86, 43];

/// Who the server says that the browser is.
async fn role(browser: &Browser) -> String {
    let session = browser.call("/api/session", json!({})).await.good();
    session["role"].as_str().unwrap_or("nobody").to_owned()
}

/// An operator who is logged in, the only one; and the legal person's card.
async fn operator_at_work(server: &TestServer) -> (Person, Browser, Person) {
    let operator = server.operator("0001").await;
    let browser = operator.log_in(server.origin()).await;
    assert_eq!(role(&browser).await, "operator");
    (operator, browser, server.legal_person().await)
}

async fn a_session_is_what_its_login_made(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (operator, browser, legal) = operator_at_work(&server).await;
    let (own, legal) = (database.uuid(operator.card.0), database.uuid(legal.card.0));
    let changes = [
        ("role = 'legal_person'", "role = 'operator'"),
        (
            &format!("role = 'legal_person', card_id = {legal}"),
            &format!("role = 'operator', card_id = {own}"),
        ),
        (&format!("card_id = {legal}"), &format!("card_id = {own}")),
        ("ends_at = ends_at + 1", "ends_at = ends_at - 1"),
        ("created_at = created_at + 1", "created_at = created_at - 1"),
    ];
    for (change, back) in changes {
        let set = format!("UPDATE sessions SET {change}");
        assert_eq!(database.raw(&set).await.unwrap(), 1, "{change}");
        assert_eq!(role(&browser).await, "nobody", "{change}");
        let reply = browser.call("/api/cards/own", json!({})).await;
        assert_eq!(reply.status, 401, "{change}: {}", reply.body);
        let logout = browser.at(server.origin());
        logout.call("/api/logout", json!({})).await.good();
        database
            .raw(&format!("UPDATE sessions SET {back}"))
            .await
            .unwrap();
        assert_eq!(role(&browser).await, "operator", "{change}");
    }
}

async fn a_session_that_was_put_into_the_table_is_none(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (_operator, _browser, legal) = operator_at_work(&server).await;
    let card = database.uuid(legal.card.0);
    for length in LENGTHS {
        let secret = "A".repeat(length);
        let hash = database.bytes(&Sha256::digest(&secret));
        let insert = format!(
            "INSERT INTO sessions (token_hash, card_id, enterprise_id, role, created_at, \
             last_seen_at, ends_at) SELECT {hash}, {card}, enterprise_id, 'legal_person', \
             created_at, last_seen_at, ends_at FROM sessions LIMIT 1"
        );
        assert_eq!(database.raw(&insert).await.unwrap(), 1);
        let browser = server.browser();
        browser.set_cookie("session", &secret);
        assert_eq!(role(&browser).await, "nobody");
        let reveal = json!({ "card": legal.card });
        let reply = browser.call("/api/cards/reveal", reveal).await;
        assert_eq!(reply.status, 401, "{}", reply.body);
    }
}

async fn an_administrator_s_token_is_one_that_a_server_made(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.browser();
    let ask = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let reply = browser.send("POST", "/api/enroll/start", &headers, b"{}".to_vec());
        reply.await.status
    };
    let good = admin_token(&server).await;
    assert_eq!(
        ask(&good).await,
        400,
        "the token is good, the request is none"
    );
    for length in LENGTHS {
        let made_up = format!("ic-admin-{}", "A".repeat(length));
        let hash = database.bytes(&Sha256::digest(&made_up));
        let insert = format!(
            "INSERT INTO admin_tokens (hash, created_at, expires_at, note) \
             SELECT {hash}, created_at, expires_at, note FROM admin_tokens LIMIT 1"
        );
        assert_eq!(database.raw(&insert).await.unwrap(), 1);
        assert_eq!(ask(&made_up).await, 401);
    }
    // One that has ended is not given more time.
    server.clock.jump(SignedDuration::from_hours(2));
    for sign in ['+', '-'] {
        let set = format!("UPDATE admin_tokens SET expires_at = expires_at {sign} 86400000000");
        assert!(database.raw(&set).await.unwrap() > 0);
        assert_eq!(ask(&good).await, 401);
    }
    // It is gone, and a clock that is put back brings it to nobody.
    server.clock.jump(-SignedDuration::from_hours(2));
    assert_eq!(ask(&good).await, 401);
}

async fn a_token_is_for_its_enterprise_and_is_taken_back(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let (store, master) = (server.store.as_ref(), &server.keys.master);
    let other = "91000000TEST000002";
    add_enterprise(store, begin(), other, "别的企业有限公司")
        .await
        .unwrap();
    for code in [CODE, other] {
        server.register(code, Holder::LegalPerson, "王明").await;
    }
    let browser = server.browser();
    let ask = async |token: &str, code: &str| {
        let token = format!("Bearer {token}");
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        let holder = json!({ "role": "legal_person", "enterprise": code });
        let body = json!({ "holder": holder, "chip": null }).to_string();
        let reply = browser.send("POST", "/api/enroll/start", &headers, body.into_bytes());
        reply.await.status
    };
    let hour = SignedDuration::from_hours(1);
    let make = async |code: Option<&str>| {
        let made = make_token(store, master, begin(), hour, "a desk", code).await;
        made.unwrap().to_string()
    };
    let (own, any) = (make(Some(CODE)).await, make(None).await);
    assert_eq!((ask(&own, CODE).await, ask(&own, other).await), (200, 404));
    assert_eq!((ask(&any, CODE).await, ask(&any, other).await), (200, 200));
    // A row that says otherwise makes another token of it, which nobody has.
    for enterprise in [
        "NULL",
        "(SELECT id FROM enterprises WHERE code = '91000000TEST000002')",
    ] {
        let set = format!("UPDATE admin_tokens SET enterprise_id = {enterprise}");
        database.raw(&set).await.unwrap();
        assert_eq!(ask(&own, other).await, 401);
    }

    let again = make(Some(CODE)).await;
    assert_eq!(ask(&again, CODE).await, 200);
    let number = token_number(TokenHash(Sha256::digest(&again).into()));
    let revoked = revoke_token(store, begin(), &number).await.unwrap();
    assert_eq!(revoked.note, "a desk");
    assert_eq!(ask(&again, CODE).await, 401);
    assert!(matches!(
        revoke_token(store, begin(), &number).await,
        Err(AdminError::NoToken(_))
    ));
    let events = database.bodies("act = 'revoke_admin_token'").await;
    assert_eq!(events.len(), 1);
}
