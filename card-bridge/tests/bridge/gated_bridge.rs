//! A bridge with two software cards in virtual readers, in this process, and a
//! gate that stops a card before a certain command.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Condvar, Mutex},
};

use card_bridge::{
    key::ProgramKey,
    reader::{
        CardAccess, CardConnection, Parting, ReaderBackend,
        demo::{READERS, SoftwareReaders},
    },
};
use card_protocol::{
    CardError, ChipId,
    bridge::{PinEntry, Readers},
};
use jiff::Timestamp;
use p256::ecdsa::SigningKey;
use serde_json::json;
use tempfile::TempDir;
use test_support::bridge::{BridgeFixture, CardFixture, Page, blank_card};
use tokio::sync::{mpsc, watch};

pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";
pub(crate) const OTHER_ORIGIN: &str = "https://other.example";
pub(crate) const READER: &str = READERS[0];
pub(crate) const PIN: &str = "123456";
/// What the bridge's clock shows, always.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) struct GatedBridge {
    bridge: BridgeFixture,
    pub(crate) card: CardFixture,
    pub(crate) gate: Arc<Gate>,
    pub(crate) partings: mpsc::UnboundedReceiver<Parting>,
    pub(crate) software: Arc<SoftwareReaders>,
    _cards: TempDir,
}

impl GatedBridge {
    pub(crate) async fn start() -> Self {
        Self::with(PinEntry::Page, Path::new("pinentry")).await
    }

    /// A bridge with `legal` and `blank` on the shelf, and no card inserted.
    pub(crate) async fn with(pin_entry: PinEntry, program: &Path) -> Self {
        let cards = tempfile::tempdir().unwrap();
        let card = CardFixture::make(&cards.path().join("legal.card"), ChipId([0x11; 16]));
        drop(blank_card(&cards.path().join("blank.card")));
        let shelf = json!([
            { "key": "legal", "label": "法人卡（演示）", "file": "legal.card", "pin": PIN },
            { "key": "blank", "label": "空白卡", "file": "blank.card" },
        ]);
        std::fs::write(cards.path().join("cards.json"), shelf.to_string()).unwrap();

        let software = Arc::new(SoftwareReaders::new(cards.path().to_owned()));
        let gate = Arc::new(Gate::default());
        let (sender, partings) = mpsc::unbounded_channel();
        let readers = GatedReaders {
            inner: Arc::clone(&software),
            gate: Arc::clone(&gate),
            partings: sender,
        };
        let key = ProgramKey::new(*signing_key().verifying_key());
        let now = Timestamp::from_second(NOW).unwrap();
        let bridge = BridgeFixture::builder()
            .allow(ORIGIN, key.clone())
            .allow(OTHER_ORIGIN, key)
            .pin_entry(pin_entry, program)
            .clock(Arc::new(move || now));
        Self {
            bridge: bridge.start(readers).await,
            card,
            gate,
            partings,
            software,
            _cards: cards,
        }
    }

    /// A greeted page, with the legal person's card in the first reader.
    pub(crate) async fn page_with_card(&self) -> Page {
        let mut page = self.page().await;
        page.call(
            "virtual_insert",
            json!({ "reader": READER, "card": "legal" }),
        )
        .await
        .unwrap();
        page
    }

    pub(crate) async fn page(&self) -> Page {
        self.bridge.page(ORIGIN).await
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.bridge.address
    }
}

impl Drop for GatedBridge {
    fn drop(&mut self) {
        // Else the bridge could not end.
        self.gate.open();
    }
}

/// The key that signs programs for both origins.
pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_slice(&[0x42; 32]).unwrap()
}

pub(crate) fn nonce() -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode([7; 32])
}

/// Holds up a card before the command with a certain instruction byte.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    instruction: Option<u8>,
    is_reached: bool,
}

impl Gate {
    /// The next command with this instruction byte has to wait.
    pub(crate) fn shut(&self, instruction: u8) {
        *self.state.lock().unwrap() = GateState {
            instruction: Some(instruction),
            is_reached: false,
        };
    }

    /// Waits until a command waits.
    pub(crate) async fn reached(self: &Arc<Self>) {
        let gate = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let state = gate.state.lock().unwrap();
            drop(
                gate.changed
                    .wait_while(state, |state| !state.is_reached)
                    .unwrap(),
            );
        })
        .await
        .unwrap();
    }

    /// Lets it go on.
    pub(crate) fn open(&self) {
        self.state.lock().unwrap().instruction = None;
        self.changed.notify_all();
    }

    fn pass(&self, apdu: &[u8]) {
        let mut state = self.state.lock().unwrap();
        if state.instruction == apdu.get(1).copied() && state.instruction.is_some() {
            state.is_reached = true;
            self.changed.notify_all();
            drop(
                self.changed
                    .wait_while(state, |state| state.instruction.is_some())
                    .unwrap(),
            );
        }
    }
}

struct GatedReaders {
    inner: Arc<SoftwareReaders>,
    gate: Arc<Gate>,
    partings: mpsc::UnboundedSender<Parting>,
}

impl ReaderBackend for GatedReaders {
    fn readers(&self) -> watch::Receiver<Readers> {
        self.inner.readers()
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, CardError> {
        Ok(Box::new(GatedConnection {
            inner: self.inner.connect(reader)?,
            gate: Arc::clone(&self.gate),
            partings: self.partings.clone(),
        }))
    }

    fn software_cards(&self) -> Option<&SoftwareReaders> {
        Some(&self.inner)
    }
}

struct GatedConnection {
    inner: Box<dyn CardConnection>,
    gate: Arc<Gate>,
    partings: mpsc::UnboundedSender<Parting>,
}

impl CardConnection for GatedConnection {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError> {
        let gate = &self.gate;
        self.inner
            .transaction(&mut |card| work(&mut GatedAccess { card, gate }))
    }

    fn disconnect(self: Box<Self>, parting: Parting) {
        self.inner.disconnect(parting);
        // The test may be over already.
        let _ = self.partings.send(parting);
    }
}

struct GatedAccess<'a> {
    card: &'a mut dyn CardAccess,
    gate: &'a Gate,
}

impl CardAccess for GatedAccess<'_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.gate.pass(apdu);
        self.card.transmit(apdu)
    }

    fn carries_extended(&self) -> bool {
        self.card.carries_extended()
    }

    fn was_reset(&self) -> bool {
        self.card.was_reset()
    }
}
