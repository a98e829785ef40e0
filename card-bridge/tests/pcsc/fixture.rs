//! The readers to itself, a `pcscd` of its own, a bridge, and a card.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use card_bridge::reader::pcsc::PcscReaders;
use card_operations::key::ProgramKey;
use card_protocol::ChipId;
use p256::ecdsa::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::{
    bridge::{
        BridgeFixture, CERTIFICATE, CardFixture, Page, ProgramSigner, ServerSigner, session_of,
    },
    pcscd::PcscFixture,
};
use virtual_card::{
    VirtualCard,
    vpcd::{self, Inserted},
};

pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";
pub(crate) const PIN: &str = "123456";

/// Fields drop in this order: the readers are given back last.
pub(crate) struct PcscBridge {
    bridge: BridgeFixture,
    pub(crate) card: CardFixture,
    folder: TempDir,
    pub(crate) pcsc: PcscFixture,
}

impl PcscBridge {
    /// A bridge, and `pcscd` too unless it is to come later.
    pub(crate) async fn start(with_pcscd: bool) -> Self {
        let pcsc = tokio::task::spawn_blocking(PcscFixture::without_service);
        let mut pcsc = pcsc.await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let card = CardFixture::make(&folder.path().join("card"), ChipId([0x33; 16]));
        if with_pcscd {
            pcsc.start_service();
        }
        let key = signing_key();
        let bridge = BridgeFixture::builder()
            .allow(ORIGIN, ProgramKey::new(*key.verifying_key()))
            .start(PcscReaders::start(false, Vec::new()).unwrap())
            .await;
        Self {
            bridge,
            card,
            folder,
            pcsc,
        }
    }

    /// A server in a conversation with the card.
    pub(crate) fn signer(&self) -> ProgramSigner {
        ProgramSigner {
            origin: ORIGIN.to_owned(),
            key: signing_key(),
            operation: "0190a5c8-0000-7000-8000-000000000002".to_owned(),
            chip: Some(self.card.chip),
            expires_at: server().now + 60,
        }
    }

    /// A page that watches, and has seen the service there or not.
    pub(crate) async fn page(&self, with_service: bool) -> Page {
        let mut page = self.bridge.page(&server(), session_of(CERTIFICATE)).await;
        page.watch(|readers| readers["service"] == with_service)
            .await;
        page
    }

    /// Ends the bridge and waits until it has let go of everything.
    pub(crate) async fn end_bridge(&mut self) {
        self.bridge.end().await;
    }

    /// The same with somebody who sees each command and its answer, before the reader
    /// has that.
    pub(crate) fn insert_watched(
        &self,
        watch: impl FnMut(&[u8], &[u8], std::time::Duration) + Send + 'static,
    ) -> Inserted {
        let card = VirtualCard::open(self.folder.path().join("card")).unwrap();
        vpcd::insert_watched(card, ("127.0.0.1", self.pcsc.port(0)), watch).unwrap()
    }

    pub(crate) fn insert(&self) -> Inserted {
        let card = VirtualCard::open(self.folder.path().join("card")).unwrap();
        vpcd::insert(card, ("127.0.0.1", self.pcsc.port(0))).unwrap()
    }
}

/// The server of [`ORIGIN`].
pub(crate) fn server() -> ServerSigner {
    ServerSigner {
        origin: ORIGIN.to_owned(),
        key: signing_key(),
        now: 1_000_000,
    }
}

/// A challenge of the server's, over [`nonce`].
pub(crate) fn challenge() -> Value {
    json!(server().challenge(&nonce()))
}

/// The certificate of the card, as a page names it.
pub(crate) fn card() -> String {
    BASE64_STANDARD.encode(CERTIFICATE)
}

pub(crate) fn nonce() -> String {
    BASE64_STANDARD.encode([7; 32])
}

/// The key that signs the server's programs.
fn signing_key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}
