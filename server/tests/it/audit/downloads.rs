//! Downloads: the table is a table and nothing else, and the proof verifies
//! with the file and the public key alone, by the program that people have.

use std::{fs, path::Path, process::Command};

use event_log::keys::AuditKeys;
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both, on_pooler},
    service::{Browser, CODE, Reply, TestServer},
};
use zeroize::Zeroizing;

use super::edits::quiet;

on_both!(
    a_proof_verifies_with_nothing_but_the_key_and_no_other_file_does,
    a_table_is_safe_to_open_and_says_how_long_it_is,
    only_the_legal_person_downloads_and_each_time_is_an_event,
);
on_pooler!(a_proof_verifies_with_nothing_but_the_key_and_no_other_file_does,);

/// `server audit verify --export`, somewhere without database or keys.
pub(super) fn verify(file: &Path, keys: &str, ca: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_server"))
        .args(["--data", "/nowhere", "audit", "verify", "--export"])
        .arg(file)
        .args(["--show", "--key", keys, "--ca"])
        .arg(ca)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text)
}

async fn get(browser: &Browser, path: &str) -> Reply {
    browser.send("GET", path, &[], Vec::new()).await
}

async fn a_proof_verifies_with_nothing_but_the_key_and_no_other_file_does(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let client = legal.log_in(server.origin()).await;
    let operator = server.operator("0001").await;
    for action in ["freeze", "unfreeze", "report_loss"] {
        legal.act(&client, operator.card, action).await.good();
    }
    let path = format!("/export/events.proof?card={}", operator.card);
    let reply = get(&client, &path).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let rows: usize = reply.headers["x-total-rows"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(reply.body.lines().count(), rows + 3, "{}", reply.body);
    let disposition = reply.headers["content-disposition"].to_str().unwrap();
    assert!(
        disposition.contains("filename*=UTF-8''%E6%93%8D"),
        "{disposition}"
    );
    let file = server.folder.path().join("proof.jsonl");
    fs::write(&file, &reply.body).unwrap();
    let ca = server.folder.path().join("keys/ca.cert.pem");
    let key = server.keys.audit.public().log.to_string();
    let (status, said) = verify(&file, &key, &ca);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("3 signatures of the legal person"), "{said}");
    // Whoever got the file reads what it proves.
    assert!(said.contains(": freeze done, "), "{said}");
    assert!(said.contains("\n    操作：冻结\n"), "{said}");
    assert_eq!(said.matches("\nevent ").count() + 1, rows, "{said}");
    // Any change of a line is found: each line, a byte in its middle.
    let lines: Vec<&str> = reply.body.lines().collect();
    for number in 0..lines.len() {
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let line = &mut changed[number];
        let middle = line.len() / 2;
        let other = if &line[middle..=middle] == "A" {
            "B"
        } else {
            "A"
        };
        line.replace_range(middle..=middle, other);
        fs::write(&file, changed.join("\n") + "\n").unwrap();
        let (status, said) = verify(&file, &key, &ca);
        assert_eq!(status, Some(1), "line {number}: {said}");
    }
    // A line less, a line twice, cut off.
    let last = lines.len() - 2;
    for (what, changed) in [
        ("less", [&lines[..last], &lines[last + 1..]].concat()),
        ("twice", [&lines[..=last], &lines[last..]].concat()),
        ("cut off", lines[..last].to_vec()),
    ] {
        fs::write(&file, changed.join("\n") + "\n").unwrap();
        assert_eq!(verify(&file, &key, &ca).0, Some(1), "{what}");
    }
    // Under another key, and a file that is none.
    let seed = |byte| Zeroizing::new(vec![byte; 32]);
    let other = AuditKeys::from_seeds(&seed(8), &seed(9)).unwrap();
    let other = other.public().log.to_string();
    fs::write(&file, &reply.body).unwrap();
    assert_eq!(verify(&file, &other, &ca).0, Some(1));
    assert_eq!(verify(Path::new("/nowhere/x"), &key, &ca).0, Some(2));
}

async fn a_table_is_safe_to_open_and_says_how_long_it_is(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let holder = server::storage::Holder::Operator(card_domain::OperatorNo("0001".into()));
    let code = CODE;
    let operator = server.person(code, holder, "=HYPERLINK(\"x\"),李").await;
    let client = legal.log_in(server.origin()).await;
    legal.act(&client, operator.card, "freeze").await.good();
    let reply = get(&client, "/export/events.csv?act=freeze").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.headers["x-total-rows"], "1");
    assert_eq!(reply.headers["content-type"], "text/csv; charset=utf-8");
    let body = reply.body.strip_prefix('\u{feff}').unwrap();
    assert!(
        body.starts_with("序号,时间（北京时间）,操作,结果,"),
        "{body}"
    );
    let row = body.split("\r\n").nth(1).unwrap();
    assert!(row.contains(",冻结,成功,王明,法人卡,"), "{row}");
    assert!(row.contains("\"'=HYPERLINK(\"\"x\"\"),李\""), "{row}");
    assert!(row.contains(",已验证,"), "{row}");
    // Hundreds of events are many parts.
    database
        .raw(&format!(
            "INSERT INTO events (at, enterprise_id, act, outcome, body) \
             SELECT e.at, e.enterprise_id, 'login', 'refused', {} \
             FROM (SELECT at, enterprise_id FROM events WHERE act = 'freeze' LIMIT 1) e, \
             (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
             SELECT i FROM n) n",
            database.bytes(&quiet("")),
            1000
        ))
        .await
        .unwrap();
    let reply = get(&client, "/export/events.csv?act=login&outcome=refused").await;
    assert_eq!(reply.headers["x-total-rows"], "1000");
    assert_eq!(reply.body.matches("\r\n").count(), 1001);
}

async fn only_the_legal_person_downloads_and_each_time_is_an_event(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let legal = server.legal_person().await;
    let operator = server.operator("0001").await;
    let client = legal.log_in(server.origin()).await;
    let own = operator.log_in(server.origin()).await;
    for path in ["/export/events.csv", "/export/events.proof"] {
        assert_eq!(get(&server.browser(), path).await.status, 401);
        assert_eq!(get(&own, path).await.status, 403);
        for bad in [
            "?x=1",
            "?act=nothing",
            "?card=1",
            "?of=all",
            "?from=x",
            "?outcome=good",
        ] {
            let reply = get(&client, &format!("{path}{bad}")).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (400, "bad_request"),
                "{bad}"
            );
        }
        let before = server.events(100).await.len();
        assert_eq!(get(&client, path).await.status, 200);
        let event = server.last_event().await;
        assert_eq!(
            (event.act.as_str(), event.actor),
            ("export", Some(legal.card))
        );
        assert!(event.facts.unwrap().contains(path));
        assert_eq!(server.events(100).await.len(), before + 1);
        // Another enterprise's card is not there.
        let stranger = format!("{path}?card={}", uuid::Uuid::now_v7());
        assert_eq!(get(&client, &stranger).await.status, 404);
    }
    let history = json!({ "query": {
        "of": "legal_person", "act": "export", "outcome": null, "from": null, "to": null,
        "cursor": null,
    } });
    let page = client.call("/api/history/list", history).await.good();
    assert_eq!(page["rows"].as_array().unwrap().len(), 2);
}
