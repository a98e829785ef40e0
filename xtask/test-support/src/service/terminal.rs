//! A terminal on the real PC/SC stack: pcscd with vpcd, a bridge, and a page
//! that relays between it and the server.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use card_bridge::reader::pcsc::PcscReaders;
use card_domain::CardId;
use serde_json::{Value, json};
use server::clock::Clock as _;
use virtual_card::{VirtualCard, vpcd};

use super::{Browser, LegalPersonClient, TestServer, card_making::program_key, legal_person::tag};
use crate::{
    bridge::{
        BridgeFixture, Page,
        readers::{has_card, is_empty},
    },
    pcscd::{PcscFixture, READER_0},
};

/// A card has so long to be powered.
const POWER_TIMEOUT: Duration = Duration::from_secs(20);

/// A terminal. Fields drop in this order: the readers are given back last.
pub struct Terminal {
    _bridge: BridgeFixture,
    page: Page,
    browser: Browser,
    card: Option<vpcd::Inserted>,
    /// What passed between page and bridge, both ways.
    pub to_bridge: Vec<String>,
    /// What passed between page and server, both ways.
    pub of_server: Vec<String>,
    pcsc: PcscFixture,
}

impl Terminal {
    /// A bridge at which the server is allowed, and an empty reader.
    pub async fn new(server: &TestServer) -> Self {
        let pcsc = tokio::task::spawn_blocking(PcscFixture::with_service);
        let pcsc = pcsc.await.unwrap();
        let clock = Arc::clone(&server.clock);
        let bridge = BridgeFixture::builder()
            .allow(server.origin(), program_key(server))
            // Cards are blocked here as often as a test or a bench likes.
            .configure(|config| config.wrong_pins_per_hour = NonZeroU32::MAX)
            .clock(Arc::new(move || clock.now()))
            .start(PcscReaders::start(false, Vec::new()).unwrap())
            .await;
        let mut page = Page::greet(bridge.address, server.origin()).await;
        let browser = server.browser();
        get_granted(&mut page, &browser).await;
        page.watch(is_empty).await;
        Self {
            _bridge: bridge,
            page,
            browser,
            card: None,
            to_bridge: Vec::new(),
            of_server: Vec::new(),
            pcsc,
        }
    }

    /// Puts a card in and waits until programs see it.
    pub async fn insert(&mut self, card: VirtualCard) {
        self.insert_watched(card, |_command, _answer, _took| {})
            .await;
    }

    /// The same, with somebody who sees every APDU.
    pub async fn insert_watched(
        &mut self,
        card: VirtualCard,
        watch: impl FnMut(&[u8], &[u8], Duration) + Send + 'static,
    ) {
        let reader = ("127.0.0.1", self.pcsc.port(0));
        let card = tokio::task::spawn_blocking(move || {
            let card = vpcd::insert_watched(card, reader, watch).unwrap();
            card.wait_until_powered(POWER_TIMEOUT).unwrap();
            card
        });
        self.card = Some(card.await.unwrap());
        self.page.readers(has_card).await;
    }

    /// Pulls the card and waits until programs see that.
    pub async fn pull(&mut self) -> VirtualCard {
        let card = self.card.take().unwrap();
        let card = tokio::task::spawn_blocking(move || card.pull().unwrap());
        let card = card.await.unwrap();
        self.page.readers(is_empty).await;
        card
    }

    /// A whole operation on the card, from the proposal to the end.
    pub async fn operate(
        &mut self,
        client: &LegalPersonClient,
        card: CardId,
        action: &str,
        pin: &str,
    ) -> Value {
        let ticket = client.begin(&[card], action).await;
        let ticket = ticket["ticket"].as_str().unwrap();
        self.drive(client, ticket, pin).await
    }

    /// What follows the card's insertion, up to the end.
    pub async fn drive(&mut self, client: &LegalPersonClient, ticket: &str, pin: &str) -> Value {
        let mut report = json!("inserted");
        for _ in 0..30 {
            self.of_server.push(report.to_string());
            let reply = client.next(ticket, report).await.good();
            self.of_server.push(reply.to_string());
            let run = &reply["next"]["run"];
            if tag(&reply["next"]) != "run" {
                return reply;
            }
            let new_pin = (!run["new_pin"].is_null()).then_some(pin);
            let outcome = self.run(&run["program"], new_pin).await;
            report = json!({ "ran": { "outcome": outcome } });
        }
        panic!("the server does not come to an end");
    }

    /// Pulls the card and inserts it again: what takes the last try of a PIN.
    pub async fn reinsert(&mut self) {
        let card = self.pull().await;
        self.insert(card).await;
    }

    /// The card's token for a challenge of the server's.
    ///
    /// # Errors
    /// The error's data.
    pub async fn authenticate(&mut self, challenge: &Value, pin: &str) -> Result<Value, Value> {
        get_granted(&mut self.page, &self.browser).await;
        let reader = json!({ "reader": READER_0 });
        let identity = self.page.call("identify", reader).await;
        let card = identity.map_err(|(_code, data)| data)?["certificate"].clone();
        let params =
            json!({ "reader": READER_0, "card": card, "challenge": challenge, "pin": pin });
        let token = self.page.call("authenticate", params).await;
        token.map_err(|(_code, data)| data)
    }

    async fn run(&mut self, program: &Value, new_pin: Option<&str>) -> Value {
        let params = json!({ "reader": READER_0, "program": program, "new_pin": new_pin });
        self.to_bridge.push(params.to_string());
        get_granted(&mut self.page, &self.browser).await;
        let outcome = self.page.call("run_program", params).await.unwrap();
        self.to_bridge.push(outcome.to_string());
        outcome
    }
}

/// What a page asks the server for a grant with, over its bridge's nonce.
#[must_use]
pub fn grant_body(nonce: &str) -> Value {
    json!({ "nonce": nonce })
}

/// Has the server grant the page the use of the bridge, or renews that: the clock
/// of a test goes on in leaps.
async fn get_granted(page: &mut Page, browser: &Browser) {
    let body = grant_body(&page.nonce().await);
    let grant = browser.call("/api/bridge/grant", body).await.good();
    let grant = serde_json::from_value(grant).unwrap();
    page.present(&grant).await.unwrap();
}
