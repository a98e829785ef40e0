//! The server stands still amid a 延期: the report that waited is answered when it goes
//! on, or is sent again, and register and card agree.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::clock::{Clock as _, SystemClock};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, LegalPersonClient, PIN, Reply, TestServer,
        legal_person::{step, tag},
    },
    signals::Signal,
};

use super::{super::long_or, still};
use crate::process::{Process, configure};

on_both!(a_renewal_goes_on_where_its_server_stood_still);

/// Reports of a 延期.
const REPORTS: usize = 3;

/// Sends a report until it is answered: the server's own limit may have struck.
async fn next(client: &LegalPersonClient, ticket: &str, report: &Value) -> Reply {
    for _ in 0..5 {
        let body = json!({ "ticket": ticket, "report": report });
        match client.browser.try_call("/api/operations/next", body).await {
            Some(reply) if reply.status != 503 => return reply,
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
    panic!("the report is not answered");
}

async fn a_renewal_goes_on_where_its_server_stood_still(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    server.clock.set(SystemClock.now());
    let mut reader = CardReader::operator(&server, "0001").await;
    let legal = server.legal_person().await;
    let (port, origin) = configure(server.folder.path());
    let process = Process::start(server.folder.path(), port, &server.url);
    let browser = legal.log_in(&origin).await;
    let client = LegalPersonClient { legal, browser };
    reader.set_origin(&origin);
    for at in 0..REPORTS {
        for moment in [0, long_or(1500, 4000)] {
            reader.set_now(SystemClock.now());
            reader.insert_again();
            let begun = client.begin(&[reader.card], "renew").await;
            let ticket = begun["ticket"].as_str().unwrap().to_owned();
            let mut report = json!("inserted");
            for _ in 0..at {
                let reply = next(&client, &ticket, &report).await.good();
                report = step(&reply["next"], &mut reader, PIN).unwrap();
            }
            let sent = Instant::now();
            let answer = async {
                let reply = next(&client, &ticket, &report).await;
                (reply, Instant::now())
            };
            let stand = async {
                while sent.elapsed() < Duration::from_micros(moment) {
                    tokio::task::yield_now().await;
                }
                process.signal(Signal::STOP);
                tokio::time::sleep(still()).await;
                process.signal(Signal::CONT);
            };
            let ((reply, answered), ()) = tokio::join!(answer, stand);
            let mut reply = reply.good();
            println!(
                "report {at}, {moment} µs: answered after {:?}",
                answered - sent
            );
            while let Some(report) = step(&reply["next"], &mut reader, PIN) {
                reply = next(&client, &ticket, &report).await.good();
            }
            assert_eq!(tag(&reply["next"]), "finished", "{reply}");
            let record = server.store.card(server.enterprise, reader.card).await;
            let registered = record.unwrap().certificate.unwrap().der;
            assert_eq!(reader.certificate(), Some(registered), "{at} {moment}");
        }
    }
    assert_eq!(process.errors(), [""; 0]);
    process.end().await;
}
