//! A bridge in this process, on a free port of the loopback interface.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use card_bridge::{
    bridge_key::BridgeKey,
    clock,
    clock::Clock,
    config::{Allowed, Config},
    confirm::ConfirmSetting,
    hub::Hub,
    listener::Listener,
    reader::ReaderBackend,
    replay_guard::ReplayGuard,
};
use card_operations::key::ProgramKey;
use card_protocol::{bridge::PinEntry, grant::Purpose};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{Page, ServerSigner};

/// A running bridge. It ends with this.
pub struct BridgeFixture {
    /// Where it listens.
    pub address: SocketAddr,
    hub: Arc<Hub>,
    serving: Option<JoinHandle<()>>,
    _settings: TempDir,
}

/// A bridge that is to be started.
pub struct BridgeBuilder {
    config: Config,
    clock: Clock,
    replay_guard: ReplayGuard,
    key_folder: Option<PathBuf>,
}

impl BridgeFixture {
    /// One that allows no origin yet, with the system's clock.
    pub fn builder() -> BridgeBuilder {
        BridgeBuilder {
            config: Config::default(),
            clock: clock::system(),
            replay_guard: ReplayGuard::in_memory(),
            key_folder: None,
        }
    }

    /// A page of this server's that has its grant.
    pub async fn page(&self, server: &ServerSigner, purpose: Purpose) -> Page {
        Page::enter(self.address, server, purpose).await
    }

    /// Ends the bridge and waits until it has let go of everything.
    pub async fn end(&mut self) {
        self.hub.close();
        self.serving.take().unwrap().await.unwrap();
    }
}

impl Drop for BridgeFixture {
    fn drop(&mut self) {
        self.hub.close();
    }
}

impl BridgeBuilder {
    /// Pages of `origin` may use it, with programs that `key` signed.
    #[must_use]
    pub fn allow(mut self, origin: &str, key: ProgramKey) -> Self {
        self.config.allow(Allowed {
            origin: origin.parse().unwrap(),
            program_key: key,
            enrol_key: None,
        });
        self
    }

    /// PINs are typed there; `program` is the one of the dialog.
    #[must_use]
    pub fn pin_entry(mut self, entry: PinEntry, program: &Path) -> Self {
        self.config.pin_entry = entry;
        program.clone_into(&mut self.config.pinentry);
        self
    }

    /// Its other settings.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Who asks before something is signed; `program` is the one of the window.
    #[must_use]
    pub fn confirm(mut self, confirm: ConfirmSetting, program: &Path) -> Self {
        self.config.confirm = confirm;
        program.clone_into(&mut self.config.pinentry);
        self
    }

    /// Its clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The key by which pages know it again is in this folder: a bridge with another
    /// one is another installation.
    #[must_use]
    pub fn key_in(mut self, folder: &Path) -> Self {
        self.key_folder = Some(folder.to_owned());
        self
    }

    /// Which programs ran is noted in this folder.
    #[must_use]
    pub fn state(mut self, folder: &Path) -> Self {
        self.replay_guard = ReplayGuard::in_folder(folder.to_owned());
        self
    }

    /// Starts it with these readers.
    pub async fn start(self, readers: impl ReaderBackend + 'static) -> BridgeFixture {
        let settings = TempDir::new().unwrap();
        self.config.save(settings.path()).unwrap();
        let folder = settings.path().to_owned();
        let key_folder = self.key_folder.unwrap_or_else(|| folder.join("state"));
        let hub = Hub::new(
            vec![Arc::new(readers)],
            folder,
            self.clock,
            self.replay_guard,
            BridgeKey::in_folder(&key_folder).ok(),
        );
        let listener = Listener::bind(Some(0)).await.unwrap();
        BridgeFixture {
            address: listener.address().unwrap(),
            serving: Some(tokio::spawn(listener.serve(Arc::clone(&hub)))),
            hub,
            _settings: settings,
        }
    }
}
