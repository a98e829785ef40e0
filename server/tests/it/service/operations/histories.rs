//! Histories: one operation after the other on one card, each cut somewhere at
//! random, and its healing cut as well. Whatever happened before, at the end
//! the card is put back once without a fault, and register and card agree.

use card_domain::CardId;
use serde_json::json;
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        CardReader, Cut, Fault, LegalPersonClient, PIN, TestServer, When,
        legal_person::{heal, step, tag},
    },
};

use super::{exhaustive, good_certificate};

on_both!(histories_of_faults_end_in_agreement);

/// `SplitMix64`: the same history for the same seed.
struct Dice(u64);

impl Dice {
    const fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mixed = (mixed ^ (mixed >> 31)) >> 33;
        (mixed % sides as u64) as u32
    }

    fn cut(&mut self) -> Cut {
        let faults = [
            Fault::Pulled,
            Fault::Reset,
            Fault::Hang,
            Fault::Status(0x6F00),
            Fault::Status(0x6982),
        ];
        Cut {
            at: self.roll(14),
            when: [When::Before, When::After][self.roll(2) as usize],
            fault: faults[self.roll(5) as usize],
        }
    }
}

/// Begins an operation, or goes on with what is open, up to some report.
async fn attempt(
    client: &LegalPersonClient,
    reader: &mut CardReader,
    action: &str,
    pin: &str,
    reports: u32,
) -> bool {
    let Some(ticket) = ticket(client, reader.card, action).await else {
        return false;
    };
    let mut report = json!("inserted");
    for _ in 0..reports {
        let reply = client.next(&ticket, report).await.good();
        match step(&reply["next"], reader, pin) {
            Some(next) => report = next,
            None => break,
        }
    }
    true
}

async fn ticket(client: &LegalPersonClient, card: CardId, action: &str) -> Option<String> {
    let open = client
        .browser
        .call("/api/operations/open", json!({}))
        .await
        .good();
    let ticket = if let Some(batch) = open.as_array().unwrap().first() {
        let body = json!({ "batch": batch["batch"], "second_reader": true });
        let resumed = client.browser.call("/api/operations/resume", body).await;
        resumed.good()
    } else {
        let proposal = client.propose(&[card], action).await;
        if proposal.status != 200 {
            // Only a PUK that nobody knows stands in the way here.
            assert_eq!(proposal.json()["detail"], "puk_unknown");
            return None;
        }
        client.commit(&proposal.json(), true).await.good()
    };
    Some(ticket["ticket"].as_str().unwrap().to_owned())
}

async fn histories_of_faults_end_in_agreement(database: TestDatabase) {
    let server = TestServer::new(&database).await;
    let client = LegalPersonClient::new(&server).await;
    let (histories, mut faults) = if exhaustive() { (60, 0) } else { (3, 0) };
    let browser = server.browser();
    for seed in 0..histories {
        let mut dice = Dice(seed);
        let mut reader = CardReader::operator(&server, &format!("{seed:04}")).await;
        let mut pin = String::from(PIN);
        for round in 0..8 {
            let action = ["renew", "unlock"][dice.roll(2) as usize];
            let blocked = reader.is_blocked() == Some(true);
            if action == "unlock" && !blocked {
                reader.block_pin();
            }
            let new = format!("27{:04}", 1000 + seed * 10 + round);
            reader.insert_again();
            reader.link().cut = Some(dice.cut());
            let reports = 1 + dice.roll(6);
            attempt(&client, &mut reader, action, &new, reports).await;
            let refused = reader.saw_wrong_puk();
            assert!(!refused, "history {seed}, round {round}: a wrong PUK");
            faults += 1;
            // The healing is cut as well, sometimes; while the ticket lives it waits.
            if dice.roll(3) > 0 {
                cancel_open(&client).await;
            }
            for _ in 0..dice.roll(3) {
                reader.insert_again();
                reader.link().cut = Some(dice.cut());
                heal(&browser, &mut reader).await;
                faults += 1;
            }
            reader.insert_again();
            if reader.is_blocked() == Some(false) && reader.try_pin(&new).is_success() {
                pin = new;
            }
        }
        cancel_open(&client).await;
        reader.insert_again();
        let healed = heal(&browser, &mut reader).await;
        let state = tag(&healed);
        assert!(
            state == "healed" || state == "none",
            "history {seed}: {healed}"
        );
        let good = good_certificate(&server, &reader).await;
        let on_card = reader.certificate();
        assert_eq!(on_card.as_deref(), Some(good.as_slice()), "history {seed}");
        let record = server.store.card(server.enterprise, reader.card).await;
        let record = record.unwrap();
        if record.puk.known {
            let chip = record.chip.unwrap().chip_id;
            let puk = server.keys.master.puk(&chip, record.puk.generation);
            assert!(reader.has_puk(&puk.unwrap()), "history {seed}");
        }
        if reader.is_blocked() == Some(false) {
            reader.insert_again();
            assert!(reader.try_pin(&pin).is_success(), "history {seed}");
        }
    }
    println!("{histories} histories with {faults} faults on top of each other");
}

/// Whatever is open, its ticket is void from here on.
async fn cancel_open(client: &LegalPersonClient) {
    if let Some(ticket) = open_ticket(client).await {
        client.cancel(&ticket).await.good();
    }
}

async fn open_ticket(client: &LegalPersonClient) -> Option<String> {
    let open = client
        .browser
        .call("/api/operations/open", json!({}))
        .await
        .good();
    let batch = open.as_array().unwrap().first()?["batch"].clone();
    let body = json!({ "batch": batch, "second_reader": true });
    let resumed = client.browser.call("/api/operations/resume", body).await;
    Some(resumed.good()["ticket"].as_str().unwrap().to_owned())
}
