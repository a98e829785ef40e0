//! Our own jobs on a card behind pcscd, counted and timed.

use std::time::{Duration, Instant};

use card_domain::CardId;
use test_support::{
    database::TestDatabase,
    service::{CardReader, LegalPersonClient, PIN, Terminal, TestServer, legal_person::tag},
};
use virtual_card::VirtualCard;

use crate::{
    contact::{Contact, Tally},
    times::Times,
};

/// Rounds that are timed, after one that is not.
const ROUNDS: u32 = 9;

/// A server, a legal person, and a terminal with an operator's card.
pub(crate) struct OurJobs {
    pub(crate) contact: Contact,
    server: TestServer,
    client: LegalPersonClient,
    terminal: Terminal,
    card: CardId,
}

impl OurJobs {
    /// The card is in the reader, as quick as software is.
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        let server = TestServer::new(database).await;
        let client = LegalPersonClient::new(&server).await;
        let mut reader = CardReader::operator(&server, "0001").await;
        let mut ours = Self {
            contact: Contact::default(),
            terminal: Terminal::new(&server).await,
            server,
            client,
            card: reader.card,
        };
        ours.insert(reader.pull().into_inner()).await;
        ours
    }

    /// Puts a card in; what passes its contacts is counted.
    pub(crate) async fn insert(&mut self, card: VirtualCard) {
        let watch = self.contact.watch();
        self.terminal.insert_watched(card, watch).await;
    }

    /// Puts a card in that is as slow as one of the field.
    pub(crate) async fn insert_slow(&mut self, card: VirtualCard) {
        let watch = self.contact.watch_slowly();
        self.terminal.insert_watched(card, watch).await;
    }

    /// Pulls the card.
    pub(crate) async fn pull(&mut self) -> VirtualCard {
        self.terminal.pull().await
    }

    /// The card's certificate, as the register has it.
    pub(crate) async fn certificate(&self) -> Vec<u8> {
        let card = self.server.store.card(self.server.enterprise, self.card);
        card.await.unwrap().certificate.unwrap().der
    }

    /// One 延期, from the report that the card is there to the end.
    pub(crate) async fn renewal(&mut self) -> (Duration, Tally) {
        self.operation("renew").await
    }

    /// One 解锁 of a card whose PIN is blocked, with the PIN that it had.
    pub(crate) async fn unlocking(&mut self) -> (Duration, Tally) {
        let challenge = self.server.browser().signed_challenge().await;
        let mut is_blocked = false;
        while !is_blocked {
            let refused = self.terminal.authenticate(&challenge, "999999").await;
            let refused = refused.unwrap_err();
            is_blocked = refused["code"] == "pin_blocked";
            if refused["code"] == "last_try" {
                let card = self.pull().await;
                self.insert(card).await;
            }
        }
        self.operation("unlock").await
    }

    async fn operation(&mut self, action: &str) -> (Duration, Tally) {
        let ticket = self.client.begin(&[self.card], action).await;
        let ticket = ticket["ticket"].as_str().unwrap();
        self.contact.take();
        let begun = Instant::now();
        let done = self.terminal.drive(&self.client, ticket, PIN).await;
        let whole = begun.elapsed();
        assert_eq!(tag(&done["next"]), "finished", "{done}");
        let card = &done["operations"]["cards"][0];
        assert_eq!(card["state"], "confirmed", "{card}");
        (whole, self.contact.take())
    }

    /// One login, from the PIN to the session.
    async fn login(&mut self) -> (Duration, Tally) {
        let browser = self.server.browser();
        let challenge = browser.signed_challenge().await;
        self.contact.take();
        let begun = Instant::now();
        let token = self.terminal.authenticate(&challenge, PIN).await.unwrap();
        browser.log_in(token).await.good();
        (begun.elapsed(), self.contact.take())
    }

    /// So long a 延期 takes.
    pub(crate) async fn renewal_times(&mut self) -> Times {
        let mut times = Times::default();
        self.renewal().await;
        for _round in 0..ROUNDS {
            let (whole, tally) = self.renewal().await;
            times.add(whole, tally.card);
        }
        times
    }

    /// So long a 解锁 takes.
    pub(crate) async fn unlocking_times(&mut self) -> Times {
        let mut times = Times::default();
        self.unlocking().await;
        for _round in 0..ROUNDS {
            let (whole, tally) = self.unlocking().await;
            times.add(whole, tally.card);
        }
        times
    }

    /// So long a login takes.
    pub(crate) async fn login_times(&mut self) -> Times {
        let mut times = Times::default();
        self.login().await;
        for _round in 0..ROUNDS {
            let (whole, tally) = self.login().await;
            times.add(whole, tally.card);
        }
        times
    }
}
