//! A bridge with two software cards in virtual readers, in this process, and a
//! gate that stops a card before a certain command.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use card_bridge::reader::{
    CardAccess, CardConnection, Disposition, ReaderBackend,
    demo::{READERS, SoftwareReaders},
};
use card_operations::key::ProgramKey;
use card_protocol::{
    CardError, ChipId,
    bridge::{PinEntry, Readers},
    program::SignedProgram,
};
use jiff::Timestamp;
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::bridge::{
    BridgeBuilder, BridgeFixture, CERTIFICATE, CardFixture, Page, ProgramSigner, ServerSigner,
    blank_card, session_of, with_piv,
};
use tokio::sync::{mpsc, watch};

pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";
pub(crate) const OTHER_ORIGIN: &str = "https://other.example";
pub(crate) const READER: &str = READERS[0];
pub(crate) const PIN: &str = "123456";
/// What the bridge's clock shows, unless a test sets it.
pub(crate) const NOW: i64 = 1_800_000_000;
/// What the server's clock shows: the bridge's need not be right.
pub(crate) const SERVER_NOW: i64 = NOW - 86_400;

pub(crate) struct GatedBridge {
    bridge: BridgeFixture,
    pub(crate) card: CardFixture,
    /// What the blank card left the factory with.
    pub(crate) blank_chip: Option<ChipId>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) dispositions: mpsc::UnboundedReceiver<Disposition>,
    pub(crate) software: Arc<SoftwareReaders>,
    /// The bridge's clock.
    pub(crate) clock: Arc<AtomicI64>,
    cards: TempDir,
}

impl GatedBridge {
    pub(crate) async fn start() -> Self {
        Self::with(PinEntry::Page, Path::new("pinentry")).await
    }

    pub(crate) async fn with(pin_entry: PinEntry, program: &Path) -> Self {
        let builder = BridgeFixture::builder();
        Self::build(builder.pin_entry(pin_entry, program)).await
    }

    /// A bridge that notes in this folder which programs ran.
    pub(crate) async fn with_state(folder: &Path) -> Self {
        Self::build(BridgeFixture::builder().state(folder)).await
    }

    /// A bridge with `legal` and `blank` on the shelf, and no card inserted.
    pub(crate) async fn build(builder: BridgeBuilder) -> Self {
        let cards = tempfile::tempdir().unwrap();
        let card = CardFixture::make(&cards.path().join("legal.card"), ChipId([0x11; 16]));
        let mut blank = blank_card(&cards.path().join("blank.card"));
        let blank_chip = with_piv(&mut blank, async |card| {
            card.select().await?;
            card.chip().await
        });
        drop(blank);
        let shelf = json!([
            { "key": "legal", "label": "法人卡（演示）", "file": "legal.card", "pin": PIN },
            { "key": "blank", "label": "空白卡", "file": "blank.card" },
        ]);
        std::fs::write(cards.path().join("cards.json"), shelf.to_string()).unwrap();

        let software = Arc::new(SoftwareReaders::new(cards.path().to_owned(), &[]));
        let gate = Arc::new(Gate::default());
        let (sender, dispositions) = mpsc::unbounded_channel();
        let readers = GatedReaders {
            inner: Arc::clone(&software),
            gate: Arc::clone(&gate),
            dispositions: sender,
        };
        let key = ProgramKey::new(*signing_key().verifying_key());
        let clock = Arc::new(AtomicI64::new(NOW));
        let shown = Arc::clone(&clock);
        let now = move || Timestamp::from_second(shown.load(Ordering::SeqCst)).unwrap();
        let bridge = builder
            .allow(ORIGIN, key.clone())
            .allow(OTHER_ORIGIN, key)
            .clock(Arc::new(now));
        Self {
            bridge: bridge.start(readers).await,
            card,
            blank_chip: blank_chip.unwrap(),
            gate,
            dispositions,
            software,
            clock,
            cards,
        }
    }

    /// Puts one more card onto the shelf, with this in the place of its certificate's
    /// object.
    pub(crate) fn shelve(&self, key: &str, certificate: &[u8]) {
        let file = format!("{key}.card");
        let path = self.cards.path().join(&file);
        CardFixture::make_with(&path, ChipId([0x12; 16]), certificate);
        let list = self.cards.path().join("cards.json");
        let mut cards: Value = serde_json::from_slice(&std::fs::read(&list).unwrap()).unwrap();
        let card = json!({ "key": key, "label": key, "file": file });
        cards.as_array_mut().unwrap().push(card);
        std::fs::write(list, cards.to_string()).unwrap();
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

    /// Pulls the legal person's card and inserts it again.
    pub(crate) async fn reinsert(page: &mut Page) {
        page.call("virtual_remove", json!({ "reader": READER }))
            .await
            .unwrap();
        let insert = json!({ "reader": READER, "card": "legal" });
        page.call("virtual_insert", insert).await.unwrap();
    }

    /// Asks for the last try, which the card is not to see.
    pub(crate) async fn last_try_is_refused(page: &mut Page, login: &Value) {
        let refused = page.refused("authenticate", login.clone()).await;
        assert_eq!(refused, json!({ "code": "last_try" }));
        assert_eq!(Self::tries(page).await, 1);
    }

    /// The tries that the card's PIN has left, by its own word.
    pub(crate) async fn tries(page: &mut Page) -> Value {
        let reader = json!({ "reader": READER });
        page.call("identify", reader).await.unwrap()["pin_tries"].clone()
    }

    /// Another page of the same tab, after this one went.
    pub(crate) async fn next_page(&self, page: Page) -> Page {
        let ticket = page.ticket.clone();
        page.close().await;
        self.come_back(&server(), &ticket).await
    }

    /// A page of this server's that shows the ticket and has its grant.
    pub(crate) async fn come_back(&self, server: &ServerSigner, ticket: &str) -> Page {
        let mut page = Page::come_back(self.address(), &server.origin, ticket).await;
        get_granted(&mut page, server).await;
        page
    }

    /// Time goes by, by the clock on the wall.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Ends the bridge, and waits until it has let go of what it can.
    pub(crate) async fn end(&mut self) {
        self.bridge.end().await;
    }

    /// A page in a session of the legal person's card.
    pub(crate) async fn page(&self) -> Page {
        self.bridge.page(&server(), session_of(CERTIFICATE)).await
    }

    /// The same of the other origin.
    pub(crate) async fn other_page(&self) -> Page {
        self.bridge
            .page(&other_server(), session_of(CERTIFICATE))
            .await
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

/// The server of [`ORIGIN`].
pub(crate) fn server() -> ServerSigner {
    ServerSigner {
        origin: ORIGIN.to_owned(),
        key: signing_key(),
        now: SERVER_NOW,
    }
}

/// The server of [`OTHER_ORIGIN`].
pub(crate) fn other_server() -> ServerSigner {
    ServerSigner {
        origin: OTHER_ORIGIN.to_owned(),
        ..server()
    }
}

/// Gets the page its grant, or renews that.
pub(crate) async fn get_granted(page: &mut Page, server: &ServerSigner) {
    let nonce = page.nonce().await;
    let grant = server.signed_grant(&nonce, session_of(CERTIFICATE));
    page.present(&grant).await.unwrap();
}

/// A challenge of that server's, over [`nonce`].
pub(crate) fn challenge() -> Value {
    json!(server().challenge(&nonce()))
}

/// The key that signs for both origins.
pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_slice(&[0x42; 32]).unwrap()
}

/// The certificate of the legal person's card, as a page names it.
pub(crate) fn card() -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(CERTIFICATE)
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

/// Which command has to wait.
#[derive(Clone, Copy)]
enum Awaited {
    Any,
    /// One with this instruction byte.
    Instruction(u8),
}

#[derive(Default)]
struct GateState {
    shut_for: Option<Awaited>,
    is_reached: bool,
    /// What is answered in the card's place.
    says: Option<Says>,
    /// Whether another program selects another application before the next command.
    slips_in: bool,
}

/// An instruction byte, whether the command has data, and the answer to it.
type Says = (u8, bool, Vec<u8>);

impl Gate {
    /// The next command with this instruction byte has to wait.
    pub(crate) fn shut(&self, instruction: u8) {
        self.wait_for(Awaited::Instruction(instruction));
    }

    /// Whatever command comes next has to wait, for ever if nobody opens.
    pub(crate) fn shut_all(&self) {
        self.wait_for(Awaited::Any);
    }

    fn wait_for(&self, awaited: Awaited) {
        let mut state = self.state.lock().unwrap();
        state.shut_for = Some(awaited);
        state.is_reached = false;
    }

    /// From here on this is what commands with this instruction byte are answered, with
    /// data or without; the card gets none of them.
    pub(crate) fn say(&self, instruction: u8, has_data: bool, answer: &[u8]) {
        self.state.lock().unwrap().says = Some((instruction, has_data, answer.to_vec()));
    }

    /// Another program selects another application before the next command.
    pub(crate) fn deselect(&self) {
        self.state.lock().unwrap().slips_in = true;
    }

    /// Whether somebody did just now.
    fn takes_deselection(&self) -> bool {
        std::mem::take(&mut self.state.lock().unwrap().slips_in)
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
        self.state.lock().unwrap().shut_for = None;
        self.changed.notify_all();
    }

    /// What is answered in the card's place, if anything is.
    fn pass(&self, apdu: &[u8]) -> Option<Vec<u8>> {
        let mut state = self.state.lock().unwrap();
        let waits = |awaited| match awaited {
            Awaited::Any => true,
            Awaited::Instruction(instruction) => apdu.get(1) == Some(&instruction),
        };
        if state.shut_for.is_some_and(waits) {
            state.is_reached = true;
            self.changed.notify_all();
            state = self
                .changed
                .wait_while(state, |state| state.shut_for.is_some())
                .unwrap();
        }
        let (instruction, has_data, answer) = state.says.as_ref()?;
        let is_said = apdu.get(1) == Some(instruction) && (apdu.len() > 5) == *has_data;
        is_said.then(|| answer.clone())
    }
}

struct GatedReaders {
    inner: Arc<SoftwareReaders>,
    gate: Arc<Gate>,
    dispositions: mpsc::UnboundedSender<Disposition>,
}

impl ReaderBackend for GatedReaders {
    fn readers(&self) -> watch::Receiver<Readers> {
        self.inner.readers()
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, CardError> {
        Ok(Box::new(GatedConnection {
            inner: self.inner.connect(reader)?,
            gate: Arc::clone(&self.gate),
            dispositions: self.dispositions.clone(),
        }))
    }

    fn software_cards(&self) -> Option<&SoftwareReaders> {
        Some(&self.inner)
    }
}

struct GatedConnection {
    inner: Box<dyn CardConnection>,
    gate: Arc<Gate>,
    dispositions: mpsc::UnboundedSender<Disposition>,
}

impl CardConnection for GatedConnection {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError> {
        let gate = &self.gate;
        self.inner
            .transaction(&mut |card| work(&mut GatedAccess { card, gate }))
    }

    fn take_alone(&mut self) -> Result<(), CardError> {
        self.inner.take_alone()
    }

    fn reset_at_end(&mut self) {
        self.inner.reset_at_end();
    }

    fn reset(&mut self) -> Result<(), CardError> {
        self.inner.reset()
    }

    fn disconnect(self: Box<Self>, disposition: Disposition) {
        self.inner.disconnect(disposition);
        // The test may be over already.
        let _ = self.dispositions.send(disposition);
    }
}

struct GatedAccess<'a> {
    card: &'a mut dyn CardAccess,
    gate: &'a Gate,
}

impl CardAccess for GatedAccess<'_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        if self.gate.takes_deselection() {
            let other = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x01, 0x51];
            assert_eq!(self.card.transmit(&other)?, [0x90, 0x00]);
        }
        match self.gate.pass(apdu) {
            Some(said) => Ok(said),
            None => self.card.transmit(apdu),
        }
    }

    fn carries_extended(&self) -> bool {
        self.card.carries_extended()
    }

    fn was_reset(&self) -> bool {
        self.card.was_reset()
    }
}

/// A server of [`ORIGIN`] in a conversation with the bridge's card.
pub(crate) fn signer(bridge: &GatedBridge) -> ProgramSigner {
    ProgramSigner {
        origin: ORIGIN.to_owned(),
        key: signing_key(),
        operation: "0190a5c8-0000-7000-8000-000000000001".to_owned(),
        chip: Some(bridge.card.chip),
        expires_at: SERVER_NOW + 60,
    }
}

/// The parameters that run a program.
pub(crate) fn run(program: &SignedProgram) -> Value {
    json!({ "reader": READER, "program": program })
}
