//! The server of the demo, in this process, with a clock that is set by hand.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use card_bridge::{config::Allowed, http::Http};
use card_domain::OperatorNo;
use jiff::{SignedDuration, Timestamp};
use server::{
    RunError,
    admin::{self, Import, ImportedEnterprise, ImportedLegalPerson, ImportedOperator},
    clock::{Clock as _, FixedClock, SystemClock},
    config::Config,
    keys::files,
    storage::{self, Holder, PinRecord, SharedStore},
};
use tokio::{runtime::Runtime, sync::oneshot};
use zeroize::Zeroizing;

use crate::{
    cast::{CODE, Cast, NAME},
    error::{Error, Result},
    story::Made,
};

/// The enterprise was registered so many days ago: before the oldest card.
const REGISTERED: i64 = 4100;

/// A server that is running.
pub(crate) struct Office {
    /// Its data folder.
    pub(crate) folder: PathBuf,
    /// The origin that it will have.
    pub(crate) origin: String,
    /// Where it listens while the demo is made.
    pub(crate) address: SocketAddr,
    /// The clock.
    pub(crate) clock: Arc<FixedClock>,
    /// Today.
    pub(crate) today: Timestamp,
    /// An administrator's token that is not good today.
    pub(crate) token: Zeroizing<String>,
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::result::Result<(), RunError>>,
}

impl Office {
    /// Makes keys and configuration, registers the people of the full cast or
    /// the small one, and starts the server.
    pub(crate) fn open(
        folder: &Path,
        origin: &str,
        site: &Path,
        keys: Option<&Path>,
        cast: &Cast,
    ) -> Result<Self> {
        claim(folder)?;
        let today = SystemClock.now();
        let registered = days_before(today, REGISTERED);
        let clock = Arc::new(FixedClock::new(registered));
        let path = folder.join("config.toml");
        fs::write(&path, configuration(origin, site, keys)).map_err(Error::file(&path))?;
        let mut config = Config::read(&path)?;
        config.resolve(folder)?;
        // Years of logins pass in seconds here, all from one address.
        config.http.logins_per_minute = 10_000;
        if keys.is_none() {
            files::create(&config.keys, "示例CA（演示）", registered)?;
        }
        let ring = files::load(&config.keys)?;
        let runtime = Runtime::new().map_err(Error::file(folder))?;
        let database = config.database.clone();
        let token = runtime.block_on(async {
            storage::migrate(&database).await?;
            let store = storage::open(&database).await?;
            people(cast)
                .run(store.as_ref(), &ring.id_numbers, registered)
                .await?;
            let life = SignedDuration::from_hours(24 * (REGISTERED - 1));
            let (admin_store, master) = (store.as_ref(), &ring.master);
            let token =
                admin::make_token(admin_store, master, registered, life, "make-demo", None).await?;
            store.close().await;
            Ok::<_, Error>(token)
        })?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::file(folder))?;
        listener
            .set_nonblocking(true)
            .map_err(Error::file(folder))?;
        let address = listener.local_addr().map_err(Error::file(folder))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = (config, clock.clone(), listener, stopped);
        let serving = thread::spawn(move || serve(served));
        Ok(Self {
            folder: folder.to_owned(),
            origin: origin.to_owned(),
            address,
            clock,
            today,
            token,
            runtime,
            stop,
            serving,
        })
    }

    /// The server as a bridge knows it that allowed its later origin.
    pub(crate) fn allowed(&self) -> Result<Allowed> {
        let address = format!("http://{}/.well-known/ic-card-program-key", self.address);
        let key = Http::default()
            .get(&address)
            .map_err(|_error| Error::Missing("the server shows no program key"))?;
        Ok(Allowed {
            origin: self.origin.parse()?,
            program_key: key.parse()?,
            enrol_key: None,
        })
    }

    /// Stops the server, then notes the PINs that were seen blocked.
    pub(crate) fn close(self, cast: &Cast, made: &[Made]) -> Result<()> {
        drop(self.stop);
        self.serving
            .join()
            .map_err(|_panicked| Error::Missing("the server ended badly"))??;
        self.runtime.block_on(async {
            let path = self.folder.join("config.toml");
            let mut config = Config::read(&path)?;
            config.resolve(&self.folder)?;
            let store = storage::open(&config.database).await?;
            for (person, card) in cast.people.iter().zip(made) {
                if let (Some(number), Some(pin)) = (person.operator_no, card.pin_seen) {
                    note_pin(&store, number, pin).await?;
                }
            }
            store.close().await;
            Ok(())
        })
    }
}

/// Serves until the sender of the last part is dropped.
fn serve(
    (config, clock, listener, stopped): (
        Config,
        Arc<FixedClock>,
        TcpListener,
        oneshot::Receiver<()>,
    ),
) -> std::result::Result<(), RunError> {
    Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shutdown = async {
            // A dropped sender is a request to stop, too.
            let _ = stopped.await;
        };
        server::run(config, clock, listener, shutdown).await
    })
}

async fn note_pin(store: &SharedStore, operator_no: &str, pin: PinRecord) -> Result<()> {
    let enterprise = store
        .enterprise_by_code(CODE)
        .await?
        .ok_or(Error::Missing("the enterprise is gone"))?;
    let holder = Holder::Operator(OperatorNo(operator_no.to_owned()));
    let card = store
        .card_of_holder(enterprise.id, &holder)
        .await?
        .ok_or(Error::Missing("an operator is gone"))?;
    Ok(store.pin_seen(enterprise.id, card.id, pin).await?)
}

/// So many days before a time.
pub(crate) fn days_before(time: Timestamp, days: i64) -> Timestamp {
    time.saturating_sub(SignedDuration::from_hours(24 * days))
        .unwrap_or(Timestamp::MIN)
}

/// Takes a folder that is empty or not there, and marks it as a demo's.
fn claim(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("cards")).map_err(Error::file(folder))?;
    let marker = folder.join(".demo");
    let mut entries = fs::read_dir(folder).map_err(Error::file(folder))?;
    if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != "cards")) {
        return Err(Error::NotEmpty(folder.to_owned()));
    }
    fs::write(&marker, "made by make-demo; may be deleted\n").map_err(Error::file(marker))
}

fn configuration(origin: &str, site: &Path, keys: Option<&Path>) -> String {
    let quoted = |path: &Path| format!("{:?}", path.to_string_lossy());
    let keys = keys.map_or_else(|| "\"keys\"".to_owned(), quoted);
    format!(
        "# Made by make-demo; see docs/configuration.md.\norigins = [{origin:?}]\nsite = {}\n\
         keys = {keys}\n\n[database]\nurl = \"sqlite:ic-card.sqlite\"\n",
        quoted(site)
    )
}

fn people(cast: &Cast) -> Import {
    let legal_person = cast
        .people
        .iter()
        .find(|person| person.operator_no.is_none());
    let operators = cast.people.iter().filter_map(|person| {
        Some(ImportedOperator {
            operator_no: person.operator_no?.to_owned(),
            name: person.name.to_owned(),
            id_number: person.id_number.to_owned(),
        })
    });
    Import {
        enterprises: vec![ImportedEnterprise {
            code: CODE.to_owned(),
            name: NAME.to_owned(),
            legal_person: legal_person.map(|person| ImportedLegalPerson {
                name: person.name.to_owned(),
                id_number: person.id_number.to_owned(),
            }),
            operators: operators.collect(),
        }],
    }
}
