//! Running the server: store and keys are opened, requests are served until
//! somebody says stop, then what is under way is finished.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::{net::TcpListener, runtime::Handle, sync::oneshot, task::JoinHandle, time::timeout};

use crate::{
    audit::SequencerError,
    clock::Clock,
    config::{self, Config, ConfigError},
    housekeeping, http,
    keys::files::{self, KeyFileError},
    metrics::Metrics,
    pki::attestation::{AttestationRootError, AttestationRoots},
    scrape,
    serve::{Limits, serve},
    service::Service,
    storage::{self, Migrated, OpenError, StoreError},
    timer,
};

/// How often events get their places in the log: within a second.
const SEQUENCE_EVERY: Duration = Duration::from_millis(500);
/// How often it is said that the log does not go on.
const COMPLAIN_EVERY: u32 = 120;
/// How often the end of the CA is looked at, which is years away.
const LOOK_AT_ISSUER_EVERY: Duration = Duration::from_hours(24);
/// Requests that are under way get so long to finish after a stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long keeping the time at the end may take.
const LAST_NOTE: Duration = Duration::from_secs(1);
/// How long the last run of the sequencer may take.
const LAST_SEQUENCE: Duration = Duration::from_secs(5);

/// Why the server did not start, or stopped by itself.
#[derive(Debug, Error)]
pub enum RunError {
    /// The configuration can't be read, or has a wrong value.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key file can't be read, or others can read it.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The roots of cards' attestations can't be read.
    #[error(transparent)]
    Attestation(#[from] AttestationRootError),
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The register could not be explained.
    #[error("the register's baseline: {0}")]
    Baseline(#[from] StoreError),
    /// It could not be seen what the database's role may do.
    #[error("the rights of the database's role: {0}")]
    Rights(#[source] StoreError),
    /// It could not be read how late it was.
    #[error("the newest time that is known: {0}")]
    Clock(#[source] StoreError),
    /// The address of the metrics.
    #[error("metrics.listen: {address} can't be listened on: {source}")]
    MetricsAddress {
        /// As it is configured.
        address: SocketAddr,
        /// Why, for example that the port is taken.
        source: std::io::Error,
    },
    /// The metrics' own list.
    #[error("metrics: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// The address can't be listened on.
    #[error("network: {0}")]
    Io(#[from] std::io::Error),
}

/// Opens store and keys as the configuration says. The tables have to be there.
///
/// # Errors
///
/// [`RunError`]
pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Service>, RunError> {
    open_with(config, clock, Tables::AsTheyAre).await
}

/// What becomes of tables that are not there or of a version before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tables {
    /// They are refused.
    AsTheyAre,
    /// They are made, or brought up to date.
    UpToDate,
}

async fn open_with(
    config: Config,
    clock: Arc<dyn Clock>,
    tables: Tables,
) -> Result<Arc<Service>, RunError> {
    config.check()?;
    let keys = files::load(&config.keys)?;
    let roots = AttestationRoots::read(&config.pki.attestation_roots)?;
    let metrics = if config.metrics.listen.is_some() {
        Metrics::on(clock.now())?
    } else {
        Metrics::off()
    };
    // Steps are run under a lock of the session, which a pooler that lends transactions
    // does not keep: with one, `server database migrate` goes past it.
    if tables == Tables::UpToDate && config.database.pooler.is_none() {
        migrate(&config).await?;
    }
    let store = storage::open_counting(&config.database, &metrics).await?;
    if config.audit.retention_months.is_some() {
        let lacking = store.lacks_rights_to_archive().await;
        let tables = lacking.map_err(RunError::Rights)?;
        if !tables.is_empty() {
            return Err(OpenError::LacksRights { tables }.into());
        }
    }
    let service = Service::new(config, store, keys, clock)
        .attested_under(roots)
        .counting_in(metrics);
    Ok(Arc::new(service))
}

async fn migrate(config: &Config) -> Result<(), RunError> {
    // sqlx's migrations make a future that the compiler can't see to be `Send`;
    // on a thread of its own it need not be, and the callers may spawn theirs.
    let (runtime, database) = (Handle::current(), config.database.clone());
    let migrating =
        tokio::task::spawn_blocking(move || runtime.block_on(storage::migrate(&database)));
    let Migrated { from, to } = migrating.await.map_err(std::io::Error::other)??;
    if from != to {
        tracing::info!(from, to, "the tables were brought up to date");
    }
    Ok(())
}

/// Serves `listener` until `shutdown` is ready; then finishes what is under way.
///
/// # Errors
///
/// [`RunError`]
pub async fn run(
    config: Config,
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), RunError> {
    let mut shutdown = Box::pin(shutdown);
    let started = tokio::select! {
        started = start(config, clock) => Some(started?),
        // A database that is silent keeps nobody from stopping.
        () = &mut shutdown => None,
    };
    let Some(service) = started else {
        return Ok(());
    };
    let metrics = serve_metrics(&service).await?;
    let router = http::router(service.clone());
    let housekeeping = housekeeping::run(service.clone());
    let sequencing = run_sequencer(service.clone());
    let issuer = watch_issuer(service.clone());
    let (stopping, stopped) = oneshot::channel();
    warn_of_hidden_clients(&service.config);
    let (limits, metrics_of_http) = (Limits::of(&service.config.http), service.metrics.clone());
    let stop = async move {
        shutdown.await;
        let _nobody_waits_any_more = stopping.send(());
    };
    tokio::select! {
        () = serve(listener, router, limits, metrics_of_http, stop) => {}
        // A client that never reads its answer must not keep the server alive.
        () = async {
            if stopped.await.is_ok() {
                tokio::time::sleep(GRACE).await;
            } else {
                std::future::pending::<()>().await;
            }
        } => tracing::warn!("what was under way after the grace is cut"),
    }
    housekeeping.abort();
    sequencing.abort();
    issuer.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    // What was written last gets its place now rather than at the next start.
    match timeout(LAST_SEQUENCE, service.sequence()).await {
        Ok(Ok(_places)) => {}
        Ok(Err(error)) => complain(&error),
        Err(_elapsed) => tracing::warn!("the store is silent: the log goes on at the next start"),
    }
    // And the next start knows until when the clock was right.
    if timeout(LAST_NOTE, service.keep_time()).await.is_err() {
        tracing::warn!("the store is silent: the time is as it was kept last");
    }
    service.store.close().await;
    Ok(())
}

/// Everything that has to be there before anything is served.
async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Arc<Service>, RunError> {
    let service = open_with(config, clock, Tables::UpToDate).await?;
    service.start_clock().await.map_err(RunError::Clock)?;
    service.explain_register().await?;
    service.complete_search_keys().await?;
    Ok(service)
}

/// Behind TLS somebody else accepts the connections: without what that one says of them,
/// all clients are one, whose logins a single stranger uses up. Not refused: who is in
/// front may hand on the client's own address.
fn warn_of_hidden_clients(config: &Config) {
    let is_behind_tls = config.origins.iter().any(config::Origin::is_https);
    if is_behind_tls && !config.http.trust_forwarded_for {
        tracing::warn!(
            "origins has https, so a proxy is in front, but http.trust_forwarded_for is false: \
             unless the proxy connects from its clients' addresses, all of them count as one"
        );
    }
}

/// Serves the metrics on their own address, if they have one.
async fn serve_metrics(service: &Arc<Service>) -> Result<Option<JoinHandle<()>>, RunError> {
    let Some(address) = service.config.metrics.listen else {
        return Ok(None);
    };
    let listener = scrape::listen(address)
        .await
        .map_err(|source| RunError::MetricsAddress { address, source })?;
    Ok(Some(tokio::spawn(scrape::serve(listener, service.clone()))))
}

/// Gives events their places in the log.
fn run_sequencer(service: Arc<Service>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut timer = timer::every(SEQUENCE_EVERY);
        let mut failed: u32 = 0;
        loop {
            timer.tick().await;
            match service.sequence().await {
                Ok(_) => failed = 0,
                Err(error) => {
                    if failed.is_multiple_of(COMPLAIN_EVERY) {
                        complain(&error);
                    }
                    failed = failed.saturating_add(1);
                }
            }
        }
    })
}

/// Says in time that the CA ends.
fn watch_issuer(service: Arc<Service>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut timer = timer::every(LOOK_AT_ISSUER_EVERY);
        loop {
            timer.tick().await;
            service.look_at_issuer();
        }
    })
}

/// Says what the sequencer could not do.
fn complain(error: &SequencerError) {
    if error.is_of_witness() {
        tracing::error!(%error, "the log goes on and is not witnessed; it is tried again");
    } else {
        tracing::error!(%error, "the log does not go on; it is tried again");
    }
}
