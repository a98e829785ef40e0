//! What the engine of programs settles for 延期 and 解锁 as for 制卡: which
//! outcomes are believed, and what a card may say that lacks an extension.

use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, Cut, Fault, LegalPersonClient, PIN, TestServer, When,
        legal_person::{step, tag},
    },
};

on_both!(
    a_report_that_leaves_out_what_was_sent_is_refused,
    a_card_that_knows_no_metadata_by_its_length_is_unlocked,
);

async fn unlocked(server: &TestServer, reader: &mut CardReader) -> bool {
    let chip = reader.identify().unwrap().chip.unwrap();
    let record = server.store.card(server.enterprise, reader.card).await;
    let puk = record.unwrap().puk;
    let on_card = server.keys.master.puk(&chip, puk.generation).unwrap();
    puk.known && puk.generation == 1 && reader.has_puk(&on_card)
}

/// Believed, the shorter report would say that CHANGE REFERENCE DATA was not
/// sent, "whatever the marker says": the old PUK would be sent to the card
/// again, and cost one of its tries.
async fn a_report_that_leaves_out_what_was_sent_is_refused(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    reader.block_pin();
    reader.insert_again();
    let ticket = client.begin(&[reader.card], "unlock").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    let look = step(&look["next"], &mut reader, PIN).unwrap();
    let unblock = client.next(ticket, look).await.good();
    let whole = step(&unblock["next"], &mut reader, "271828").unwrap();
    for length in 0..6 {
        let mut shorter = whole.clone();
        let steps = &mut shorter["ran"]["outcome"]["steps"];
        assert_eq!(steps.as_array().unwrap().len(), 6, "{steps}");
        steps.as_array_mut().unwrap().truncate(length);
        let reply = client.next(ticket, shorter).await;
        assert_eq!((reply.status, reply.code()), (400, "bad_request".into()));
    }
    let done = client.next(ticket, whole).await.good();
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    assert!(unlocked(&server, &mut reader).await);
}

async fn a_card_that_knows_no_metadata_by_its_length_is_unlocked(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let mut reader = CardReader::operator(&server, "0001").await;
    reader.block_pin();
    reader.insert_again();
    let ticket = client.begin(&[reader.card], "unlock").await;
    let ticket = ticket["ticket"].as_str().unwrap();
    let look = client.next(ticket, json!("inserted")).await.good();
    // SELECT, CHUID, the proof, the PIN's tries, the marker, then the PUK's metadata.
    let link = reader.link();
    let at = link.apdus + 5;
    link.cut = Some(Cut {
        at,
        when: When::Before,
        fault: Fault::Status(0x6700),
    });
    let look = step(&look["next"], &mut reader, PIN).unwrap();
    assert_eq!(reader.link().log[at as usize], "00f70081");
    assert_eq!(look["ran"]["outcome"]["steps"][3]["status"], "6700");
    let unblock = client.next(ticket, look).await.good();
    let report = step(&unblock["next"], &mut reader, "271828").unwrap();
    let done = client.next(ticket, report).await.good();
    assert_eq!(tag(&done["next"]), "finished", "{done}");
    assert!(unlocked(&server, &mut reader).await);
}
