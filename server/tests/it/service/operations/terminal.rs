//! A terminal on the real PC/SC stack: pcscd with vpcd, a bridge, and a page
//! that relays between it and the server. Whoever uses the readers of this
//! machine holds the lock on them, as the other crates' tests do.

use std::{fs::File, sync::Arc, time::Duration};

use card_bridge::{
    config::{Allowed, Config},
    hub::Hub,
    listener::Listener,
    reader::pcsc::PcscReaders,
};
use card_domain::CardId;
use serde_json::{Value, json};
use server::clock::Clock as _;
use tempfile::TempDir;
use virtual_card::{VirtualCard, vpcd};

use super::{
    desk::{Desk, tag},
    page::Page,
    pcscd::Pcscd,
};
use crate::service::world::World;

/// The reader that the card is in.
pub(crate) const READER: &str = "Virtual PCD 00 00";
const LOCK: &str = "/tmp/ic-card-pcscd.lock";
const PATIENCE: Duration = Duration::from_secs(20);

/// Fields drop in this order: the lock is given back last.
pub(crate) struct Terminal {
    page: Page,
    hub: Arc<Hub>,
    card: Option<vpcd::Inserted>,
    _pcscd: Pcscd,
    _settings: TempDir,
    _lock: File,
}

impl Terminal {
    /// A bridge that the world's server is allowed at, and an empty reader.
    pub(crate) async fn new(world: &World) -> Self {
        let (lock, pcscd) = tokio::task::spawn_blocking(|| {
            let lock = File::create(LOCK).unwrap();
            lock.lock().unwrap();
            (lock, Pcscd::ensure())
        })
        .await
        .unwrap();
        let settings = TempDir::new().unwrap();
        let mut config = Config::default();
        let key = world.keys.program.public_base64().unwrap();
        config.allow(Allowed {
            origin: world.origin().parse().unwrap(),
            program_key: key.parse().unwrap(),
        });
        config.save(settings.path()).unwrap();
        let readers = PcscReaders::start(false, Vec::new()).unwrap();
        let clock = Arc::clone(&world.clock);
        let hub = Hub::new(
            vec![Arc::new(readers)],
            settings.path().to_owned(),
            Arc::new(move || clock.now()),
        );
        let listener = Listener::bind(Some(0)).await.unwrap();
        let address = listener.address().unwrap();
        tokio::spawn(listener.serve(Arc::clone(&hub)));
        let mut page = Page::greet(address, world.origin()).await;
        let first = page.call("watch", json!({})).await.unwrap();
        if !is_empty(&first) {
            page.readers(is_empty).await;
        }
        Self {
            page,
            hub,
            card: None,
            _pcscd: pcscd,
            _settings: settings,
            _lock: lock,
        }
    }

    /// Puts a card in and waits until programs see it.
    pub(crate) async fn insert(&mut self, card: VirtualCard) {
        self.insert_watched(card, |_command, _answer, _took| {})
            .await;
    }

    /// The same, with somebody who sees every APDU.
    pub(crate) async fn insert_watched(
        &mut self,
        card: VirtualCard,
        watch: impl FnMut(&[u8], &[u8], Duration) + Send + 'static,
    ) {
        let card = tokio::task::spawn_blocking(move || {
            let reader = ("127.0.0.1", vpcd::PORTS[0]);
            let card = vpcd::insert_watched(card, reader, watch).unwrap();
            card.wait_until_powered(PATIENCE).unwrap();
            card
        });
        self.card = Some(card.await.unwrap());
        self.page.readers(has_card).await;
    }

    /// Pulls the card and waits until programs see that.
    pub(crate) async fn pull(&mut self) -> VirtualCard {
        let card = self.card.take().unwrap();
        let card = tokio::task::spawn_blocking(move || card.pull().unwrap());
        let card = card.await.unwrap();
        self.page.readers(is_empty).await;
        card
    }

    /// A whole operation on the card, from the proposal to the end.
    pub(crate) async fn operate(
        &mut self,
        desk: &Desk,
        card: CardId,
        action: &str,
        pin: &str,
    ) -> Value {
        let ticket = desk.begin(&[card], action).await;
        let ticket = ticket["ticket"].as_str().unwrap();
        self.drive(desk, ticket, pin).await
    }

    /// What follows the card's insertion, up to the end.
    pub(crate) async fn drive(&mut self, desk: &Desk, ticket: &str, pin: &str) -> Value {
        let mut report = json!("inserted");
        for _ in 0..30 {
            let reply = desk.next(ticket, report).await.good();
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

    /// The card's token for a challenge, or the error's data.
    pub(crate) async fn authenticate(&mut self, nonce: &str, pin: &str) -> Result<Value, Value> {
        let params = json!({ "reader": READER, "nonce": nonce, "pin": pin });
        let token = self.page.call("authenticate", params).await;
        token.map_err(|(_code, data)| data)
    }

    async fn run(&mut self, program: &Value, new_pin: Option<&str>) -> Value {
        let params = json!({ "reader": READER, "program": program, "new_pin": new_pin });
        self.page.call("run_program", params).await.unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.hub.close();
    }
}

fn has_card(readers: &Value) -> bool {
    slot(readers)["name"] == "card"
}

fn is_empty(readers: &Value) -> bool {
    slot(readers)["name"] == "empty"
}

/// What is in the reader.
fn slot(readers: &Value) -> &Value {
    let readers = readers["readers"].as_array().unwrap();
    let reader = readers.iter().find(|reader| reader["name"] == READER);
    reader.map_or(&Value::Null, |reader| &reader["slot"])
}
