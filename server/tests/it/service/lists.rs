//! Lists as a person asks for and downloads them: names by a part or by their initials, the order
//! by 证书有效期至, and what was registered before there was either.

use card_domain::{EventAct, OperatorNo};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{admin, storage::Holder};
use test_support::{
    database::{TestDatabase, on_both},
    service::{Browser, CODE, TestServer, begin},
};

on_both!(
    names_are_found_by_their_initials,
    the_order_by_the_certificate_s_end_follows_what_is_certified,
    what_was_there_before_is_found,
    a_list_is_downloaded_as_it_is_asked,
);

const CROWD: [(&str, &str); 6] = [
    ("0001", "张伟明"),
    ("0002", "曾伟明"),
    ("0003", "单晓雨"),
    ("0004", "解缙"),
    ("0005", "阿卜杜拉·买买提"),
    ("0006", "Zoë Smith"),
];

async fn crowd(server: &TestServer) {
    for (number, name) in CROWD {
        let holder = Holder::Operator(OperatorNo(number.to_owned()));
        server.register(CODE, holder, name).await;
    }
}

async fn numbers(browser: &Browser, query: Value) -> Vec<String> {
    let page = browser
        .call("/api/cards/list", json!({ "query": query }))
        .await
        .good();
    let number = |row: &Value| row["operator_no"].as_str().unwrap().to_owned();
    page["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect()
}

async fn asked(browser: &Browser, name: &str) -> Vec<String> {
    let query = json!({ "menu": "history", "state": "all", "holder_name": name,
        "sort": "operator_no_asc" });
    numbers(browser, query).await
}

const ASKED: [(&str, &[&str]); 15] = [
    ("zwm", &["0001", "0002"]),
    ("ZWM", &["0001", "0002"]),
    ("ｚ ｗ", &["0001", "0002"]),
    ("cwm", &["0002"]),
    ("wm", &["0001", "0002"]),
    ("sxy", &["0003"]),
    ("dxy", &["0003"]),
    ("xj", &["0004"]),
    ("jj", &["0004"]),
    ("abdlmmt", &["0005"]),
    ("买 买提", &["0005"]),
    ("杜拉•买", &["0005"]),
    ("zoë", &["0006"]),
    ("smith", &["0006"]),
    ("明z", &[]),
];

async fn names_are_found_by_their_initials(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let browser = server.legal_person().await.log_in(server.origin()).await;
    crowd(&server).await;
    for (name, found) in ASKED {
        assert_eq!(asked(&browser, name).await, found, "{name}");
    }
    // Another enterprise's are not there, whatever is asked.
    let code = "91000000TEST000077";
    let made = admin::add_enterprise(server.store.as_ref(), begin(), code, "别的企业").await;
    made.unwrap();
    let legal = server.person(code, Holder::LegalPerson, "别人").await;
    let stranger = legal.log_in(server.origin()).await;
    assert_eq!(asked(&stranger, "zwm").await, [""; 0]);
}

async fn the_order_by_the_certificate_s_end_follows_what_is_certified(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    for number in ["0003", "0001", "0002"] {
        server.operator(number).await;
        server.clock.advance(SignedDuration::from_hours(24));
    }
    crowd_without_a_card(&server).await;
    let browser = server.legal_person().await.log_in(server.origin()).await;
    let sorted = async |sort: &str| {
        let query = json!({ "menu": "history", "state": "all", "sort": sort });
        numbers(&browser, query).await
    };
    assert_eq!(
        sorted("valid_until_asc").await,
        ["0003", "0001", "0002", "0009"]
    );
    assert_eq!(
        sorted("valid_until_desc").await,
        ["0002", "0001", "0003", "0009"]
    );
    for rows in [20, 50, 100] {
        let query = json!({ "menu": "renew", "sort": "valid_until_asc", "rows": rows });
        assert_eq!(numbers(&browser, query).await, ["0003", "0001", "0002"]);
    }
}

async fn crowd_without_a_card(server: &TestServer) {
    let holder = Holder::Operator(OperatorNo(String::from("0009")));
    server.register(CODE, holder, "未制卡").await;
}

/// As the rows are right after the upgrade: nobody is found until the server filled
/// in what is missing, which it does before it serves.
async fn what_was_there_before_is_found(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    crowd(&server).await;
    for number in ["0102", "0101"] {
        server.operator(number).await;
        server.clock.advance(SignedDuration::from_hours(24));
    }
    let before = "UPDATE cards SET name_key = NULL, valid_until = NULL";
    database.raw(before).await.unwrap();
    let store = server.store.as_ref();
    let mut count = 0;
    loop {
        match store.write_search_keys(3).await.unwrap() {
            0 => break,
            more => count += more,
        }
    }
    assert_eq!(count, 8);
    assert_eq!(store.write_search_keys(3).await.unwrap(), 0);
    let browser = server.legal_person().await.log_in(server.origin()).await;
    for (name, found) in ASKED {
        assert_eq!(asked(&browser, name).await, found, "{name}");
    }
    let query = json!({ "menu": "renew", "sort": "valid_until_asc" });
    assert_eq!(numbers(&browser, query).await, ["0102", "0101"]);
}

async fn a_list_is_downloaded_as_it_is_asked(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    crowd(&server).await;
    let holder = Holder::Operator(OperatorNo(String::from("0007")));
    server.register(CODE, holder, "=1+2,\"x\"").await;
    for number in ["0102", "0101"] {
        server.operator(number).await;
    }
    let browser = server.legal_person().await.log_in(server.origin()).await;
    let get = async |path: &str| browser.send("GET", path, &[], Vec::new()).await;
    let all = get("/export/cards.csv?menu=history&state=all&sort=operator_no_desc").await;
    assert_eq!(all.status, 200, "{}", all.body);
    assert_eq!(all.headers["x-total-rows"], "9");
    let lines: Vec<_> = all.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 10, "{}", all.body);
    assert_eq!(
        lines[0],
        "操作员编号,操作员姓名,证件编号,IC卡号,卡状态,证书有效期至,最后登录日期"
    );
    assert!(lines[1].starts_with("0102,"), "{}", lines[1]);
    assert!(lines[1].contains(",正常,"), "{}", lines[1]);
    // What a spreadsheet would compute is text.
    assert!(
        lines[3].starts_with("0007,\"'=1+2,\"\"x\"\"\","),
        "{}",
        lines[3]
    );
    // No number of a person is in it.
    assert!(
        lines[1..].iter().all(|line| line.contains('*')),
        "{}",
        all.body
    );

    let asked = get("/export/cards.csv?menu=history&state=all&name=zwm").await;
    assert_eq!(asked.body.lines().count(), 3, "{}", asked.body);
    let usual = get("/export/cards.csv?menu=renew").await;
    assert_eq!(usual.body.lines().count(), 3, "{}", usual.body);
    let book = get("/export/cards.xlsx?menu=renew").await;
    assert_eq!(book.status, 200);
    assert!(book.body.starts_with("PK"));

    // Each is an event that says what was asked.
    let events = server.events(1000).await;
    let exports = events
        .iter()
        .filter(|event| event.act == EventAct::Export.name());
    assert_eq!(exports.count(), 4);

    for bad in [
        "/export/cards.csv",
        "/export/cards.csv?menu=nothing",
        "/export/cards.csv?menu=renew&state=all",
        "/export/cards.csv?menu=renew&rows=20",
        "/export/cards.xlsx?menu=renew&id=x",
        "/export/cards.xlsx?menu=renew&card_no=%00",
    ] {
        assert_eq!(get(bad).await.status, 400, "{bad}");
    }
    for path in [
        "/export/cards.csv?menu=renew",
        "/export/cards.xlsx?menu=renew",
    ] {
        let nobody = server.browser().send("GET", path, &[], Vec::new()).await;
        assert_eq!(nobody.status, 401, "{path}");
    }
    // At a terminal there are no files, whoever is logged in.
    browser.set_cookie("terminal", "kiosk");
    for path in [
        "/export/cards.csv?menu=renew",
        "/export/cards.xlsx?menu=renew",
        "/export/events.csv",
        "/export/events.proof",
    ] {
        assert_eq!(get(path).await.status, 403, "{path}");
    }
    assert_eq!(server.events(1000).await.len(), events.len());
}
