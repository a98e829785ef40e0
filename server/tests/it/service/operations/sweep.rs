//! The sweep: an operation is cut at every APDU and at every report, in every
//! way; then the card is put back, anywhere, and register and card agree.
//!
//! A sample runs with the other tests; `cargo xtask test sweep` runs all of it.
//! Both print how many cases there were.

mod case;
mod killed;

use std::fmt::Debug;

use card_protocol::CardError;
use serde_json::json;
use server::storage::{CertificateDigest, Standing};
use sha2::{Digest as _, Sha256};
use test_support::{
    database::{TestDatabase, on_both},
    service::{
        Browser, CardReader, Cut, Fault, LegalPersonClient, PIN, TestServer, When,
        legal_person::{failed, heal, step, tag},
    },
};

use self::case::Case;
use super::chosen;

on_both!(
    a_renewal_cut_anywhere_heals,
    a_renewal_in_short_apdus_cut_anywhere_heals,
    a_renewal_with_a_new_key_cut_anywhere_heals,
    an_unlocking_cut_anywhere_heals,
);

/// Of so many cases a sample takes one: no divisor of the faults at one APDU.
const SAMPLE: usize = 7;

/// A legal person, a card, and what they went through.
struct SweepFixture {
    server: TestServer,
    client: LegalPersonClient,
    reader: CardReader,
    pin: String,
    /// The ticket of the operation that was begun last.
    ticket: String,
    healed: u32,
}

impl SweepFixture {
    async fn new(database: &TestDatabase, new_key: bool) -> Self {
        let server = TestServer::with(database, |config| config.renewal.new_key = new_key).await;
        let client = LegalPersonClient::new(&server).await;
        let reader = CardReader::operator(&server, "0001").await;
        Self {
            server,
            client,
            reader,
            pin: String::from(PIN),
            ticket: String::new(),
            healed: 0,
        }
    }

    /// One operation without a fault: how many APDUs and reports it takes.
    async fn measure(&mut self, action: &str) -> (u32, u32) {
        self.ready(action);
        let reports = self.relay(action, None, "190724").await;
        if action == "unlock" {
            "190724".clone_into(&mut self.pin);
        }
        (self.reader.link().apdus, reports)
    }

    /// The card as an operation finds it.
    fn ready(&mut self, action: &str) {
        if action == "unlock" {
            self.reader.block_pin();
        }
        self.reader.insert_again();
    }

    /// The page's relay, with what goes wrong. Gives how many reports went.
    async fn relay(&mut self, action: &str, case: Option<Case>, pin: &str) -> u32 {
        let ticket = self.client.begin(&[self.reader.card], action).await;
        let ticket = ticket["ticket"].as_str().unwrap().to_owned();
        self.ticket.clone_from(&ticket);
        match case {
            Some(Case::Card(cut)) => self.reader.link().cut = Some(cut),
            Some(Case::Bridge(at, when)) => {
                let fault = Fault::Hang;
                self.reader.link().cut = Some(Cut { at, when, fault });
            }
            _ => {}
        }
        let mut report = json!("inserted");
        for number in 0..30 {
            match case {
                Some(Case::Page(at)) if at == number => return number,
                Some(Case::Server(at, When::Before)) if at == number => return number,
                Some(Case::Network(at, When::After)) if at == number => {
                    // It arrived, and its answer did not: once more.
                    self.client.next(&ticket, report.clone()).await;
                }
                _ => {}
            }
            let reply = self.client.next(&ticket, report).await;
            if reply.code() == "ticket_void" {
                // The first copy of the last report ended it.
                return number;
            }
            let reply = reply.good();
            if let Some(Case::Server(at, When::After)) = case
                && at == number
            {
                return number;
            }
            let Some(next) = step(&reply["next"], &mut self.reader, pin) else {
                return number + 1;
            };
            report = next;
            if matches!(case, Some(Case::Bridge(..))) && tag(&report) == "failed" {
                let gone = failed(CardError::BridgeNotRunning);
                self.client.next(&ticket, gone).await.good();
                self.reader.restart_bridge();
                return number;
            }
        }
        panic!("{case:?} does not come to an end");
    }

    /// The card is put back at some page of some server: while the ticket lives it
    /// waits for the legal person, who cancels. Then it is put back once more, and
    /// register and card have to agree.
    async fn heal(&mut self, case: Case) {
        let other = if matches!(case, Case::Server(..)) {
            Some(self.server.another().await)
        } else {
            None
        };
        let origin = other.as_ref().map_or_else(
            || self.server.origin().to_owned(),
            |other| other.origin.clone(),
        );
        let browser = Browser::new(&origin);
        self.reader.set_origin(&origin);
        self.reader.insert_again();
        let waits = heal(&browser, &mut self.reader).await;
        if tag(&waits) == "pending" {
            let why = tag(&waits["pending"]["why"]);
            assert_eq!(why, "waits_for_legal_person", "{case:?}: {waits}");
        } else {
            assert_eq!(waits, "none", "{case:?}");
        }
        let cancelled = self.client.cancel(&self.ticket).await;
        assert!(
            cancelled.status == 200 || cancelled.code() == "ticket_void",
            "{case:?}: {}",
            cancelled.body
        );
        self.reader.insert_again();
        let healed = heal(&browser, &mut self.reader).await;
        match tag(&healed) {
            "healed" => self.healed += 1,
            "none" => {}
            _ => panic!("{case:?}: {healed}"),
        }
        // Whatever it was, it is over: another insertion finds nothing.
        self.reader.insert_again();
        let again = heal(&browser, &mut self.reader).await;
        assert_eq!(again, "none", "{case:?}: {healed}");
        let origin = self.server.origin().to_owned();
        self.reader.set_origin(&origin);
        if let Some(other) = other {
            other.stop().await;
        }
    }

    /// The invariants about certificates.
    async fn check(&mut self, case: impl Debug) {
        let store = &self.server.store;
        let record = store.card(self.server.enterprise, self.reader.card).await;
        let record = record.unwrap();
        let good = record.certificate.unwrap().der;
        let on_card = self.reader.certificate();
        assert_eq!(
            on_card.as_deref(),
            Some(good.as_slice()),
            "{case:?}: register and card differ"
        );
        let digest = CertificateDigest(Sha256::digest(&good).into());
        let hit = store.certificate(digest).await.unwrap().unwrap();
        assert_eq!(hit.standing, Standing::Good, "{case:?}");
        let open = store.unfinished_operation(self.reader.card).await.unwrap();
        assert!(
            open.is_none_or(|open| open.touched_at.is_none()),
            "{case:?}: a touched operation is open after healing"
        );
    }

    /// What is left open untouched is cancelled, as a person would.
    async fn clear(&mut self) {
        let open = self
            .client
            .browser
            .call("/api/operations/open", json!({}))
            .await
            .good();
        for batch in open.as_array().unwrap() {
            let body = json!({ "batch": batch["batch"], "second_reader": true });
            let resumed = self
                .client
                .browser
                .call("/api/operations/resume", body)
                .await
                .good();
            let body = json!({ "ticket": resumed["ticket"] });
            self.client
                .browser
                .call("/api/operations/cancel", body)
                .await
                .good();
        }
    }
}

async fn renewals(database: TestDatabase, new_key: bool, is_short: bool) {
    let mut fixture = SweepFixture::new(&database, new_key).await;
    if is_short {
        fixture.reader.make_short();
    }
    let (apdus, reports) = fixture.measure("renew").await;
    let cases = Case::all(apdus, reports);
    let (all, cases) = (cases.len(), chosen(cases, SAMPLE));
    for case in &cases {
        fixture.ready("renew");
        fixture.relay("renew", Some(*case), PIN).await;
        fixture.heal(*case).await;
        fixture.check(*case).await;
        fixture.clear().await;
        // The card logs in with what it holds.
        fixture.log_in(*case).await;
    }
    println!(
        "sweep of 延期{}{}: {} of {all} cases over {apdus} APDUs and {reports} reports, {} healed",
        if new_key { " with a new key" } else { "" },
        if is_short { " in short APDUs" } else { "" },
        cases.len(),
        fixture.healed
    );
    assert!(fixture.healed > 0);
}

async fn a_renewal_cut_anywhere_heals(database: TestDatabase) {
    renewals(database, false, false).await;
}

/// The certificate is written in a chain: cut between its links too.
async fn a_renewal_in_short_apdus_cut_anywhere_heals(database: TestDatabase) {
    renewals(database, false, true).await;
}

async fn a_renewal_with_a_new_key_cut_anywhere_heals(database: TestDatabase) {
    renewals(database, true, false).await;
}

impl SweepFixture {
    /// The card logs in, with its PIN, by a real signature.
    async fn log_in(&mut self, case: impl Debug) {
        let origin = self.client.browser.origin.clone();
        let browser = Browser::new(&origin);
        let nonce = browser.challenge().await;
        let token = self
            .reader
            .authenticate(&nonce, &self.pin)
            .unwrap_or_else(|error| panic!("{case:?}: {error}"));
        let reply = browser.log_in(token).await;
        assert_eq!(reply.status, 200, "{case:?}: {}", reply.body);
    }

    /// The invariants about the PIN and the PUK.
    async fn check_secrets(&mut self, case: impl Debug, old: &str, new: &str) -> bool {
        let record = self
            .server
            .store
            .card(self.server.enterprise, self.reader.card)
            .await
            .unwrap();
        let chip = record.chip.unwrap().chip_id;
        // What the register calls certain is on the card; and no PUK was ever
        // refused, for then its tries would be down.
        if record.puk.known {
            let puk = self.server.keys.master.puk(&chip, record.puk.generation);
            assert!(
                self.reader.has_puk(&puk.unwrap()),
                "{case:?}: the register names another PUK than the card has"
            );
        }
        let is_new = self.reader.is_blocked() == Some(false);
        if is_new {
            assert!(self.reader.try_pin(new).is_success(), "{case:?}");
            new.clone_into(&mut self.pin);
        } else {
            old.clone_into(&mut self.pin);
        }
        record.puk.known
    }
}

async fn an_unlocking_cut_anywhere_heals(database: TestDatabase) {
    let mut fixture = SweepFixture::new(&database, false).await;
    let (apdus, reports) = fixture.measure("unlock").await;
    let cases = Case::all(apdus, reports);
    let (all, cases) = (cases.len(), chosen(cases, SAMPLE));
    let (mut lost, mut unlocked) = (0, 0);
    for (number, case) in cases.iter().enumerate() {
        fixture.ready("unlock");
        fixture.reader.forbid_wrong_puk();
        let new = format!("27{:04}", number + 1000);
        let old = fixture.pin.clone();
        fixture.relay("unlock", Some(*case), &new).await;
        assert!(
            !fixture.reader.saw_wrong_puk(),
            "{case:?}: a wrong PUK was tried"
        );
        fixture.heal(*case).await;
        fixture.check(*case).await;
        fixture.clear().await;
        let known = fixture.check_secrets(*case, &old, &new).await;
        unlocked += u32::from(fixture.pin == new);
        if !known {
            // Pulled in the very moment: this card is never unlocked again.
            lost += 1;
            assert!(case.may_lose_the_puk(apdus), "{case:?}");
            let number = format!("{:04}", 100 + number);
            fixture.reader = CardReader::operator(&fixture.server, &number).await;
            PIN.clone_into(&mut fixture.pin);
        }
    }
    println!(
        "sweep of 解锁: {} of {all} cases over {apdus} APDUs and {reports} reports, \
         {} healed, {unlocked} ended with the new PIN, {lost} with a PUK that nobody knows",
        cases.len(),
        fixture.healed
    );
    assert!(fixture.healed > 0 && unlocked > 0);
}
