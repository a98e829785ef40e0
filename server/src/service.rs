//! What all requests share: store, keys, clock, configuration, limits, figures.
//! What is done with it for a request begins from a `RequestContext`.

mod clock;
mod error;
mod freezes;
mod health;
mod issuer;

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use event_log::proof::TileCache;
use tokio::time::timeout;

use crate::{
    audit::{
        Sequencer, SequencerError, WitnessFile,
        archive::{self, ArchiveError, Archiver},
    },
    clock::{Clock, watch::ClockWatch},
    config::Config,
    keys::files::KeyRing,
    metrics::{LogFailure, Metrics},
    pki::attestation::AttestationRoots,
    provenance::Provenance,
    rate::Rates,
    storage::{SharedStore, StoreError, TokenHash},
    turns::Turns,
};

pub(crate) use error::ServiceError;
pub(crate) use health::Unhealthy;

/// Cards for which the log vouches in one transaction at an upgrade.
const BASELINE_BATCH: u32 = 500;

/// How long giving events their places may take at a time, many batches after a backlog:
/// a call of the store that is silent ends long before.
const SEQUENCE_LIMIT: Duration = Duration::from_mins(1);

/// What all requests share.
pub struct Service {
    /// Where everything is kept.
    pub store: SharedStore,
    pub(crate) clock: ClockWatch,
    pub(crate) keys: KeyRing,
    pub(crate) config: Config,
    /// Under whose roots a card's attestation counts.
    pub(crate) attestation_roots: AttestationRoots,
    /// How often a client may try what costs something.
    pub(crate) rates: Rates,
    /// The sessions that download just now.
    pub(crate) exports: Turns<TokenHash>,
    /// Tiles of the log that proofs need again and again.
    pub(crate) tiles: TileCache,
    /// What is counted, if anything is.
    pub(crate) metrics: Metrics,
    /// The cards whose way through the log was followed.
    pub(crate) provenance: Provenance,
    /// Whether a doubt about the clock is noted in the store.
    pub(crate) was_in_doubt: AtomicBool,
    /// What was seen when somebody asked whether it is well.
    seen: tokio::sync::Mutex<health::Seen>,
    /// Gives events their places; one of each process.
    sequencer: tokio::sync::Mutex<Sequencer>,
}

impl Service {
    /// Puts a service together, which counts nothing yet. `config` was checked.
    #[must_use]
    pub fn new(config: Config, store: SharedStore, keys: KeyRing, clock: Arc<dyn Clock>) -> Self {
        let rates = Rates::per_minute(config.http.logins_per_minute);
        let witness = config.audit.witness.clone().map(WitnessFile::new);
        let sequencer = tokio::sync::Mutex::new(Sequencer::new(witness));
        let provenance = Provenance::new(store.clone(), keys.anchors.clone(), keys.audit.clone());
        Self {
            store,
            clock: ClockWatch::new(clock),
            keys,
            config,
            attestation_roots: AttestationRoots::default(),
            rates,
            exports: Turns::default(),
            was_in_doubt: AtomicBool::new(false),
            seen: tokio::sync::Mutex::default(),
            sequencer,
            tiles: TileCache::default(),
            metrics: Metrics::off(),
            provenance,
        }
    }

    /// The same service, which asks new cards and new keys for their attestation
    /// under these roots.
    #[must_use]
    pub(crate) fn attested_under(self, attestation_roots: AttestationRoots) -> Self {
        Self {
            attestation_roots,
            ..self
        }
    }

    /// The same service, which counts in `metrics`.
    #[must_use]
    pub(crate) fn counting_in(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Gives all events their places in the log that have none yet.
    ///
    /// # Errors
    ///
    /// [`SequencerError`]
    pub async fn sequence(&self) -> Result<u64, SequencerError> {
        let run = async {
            let mut sequencer = self.sequencer.lock().await;
            let now = self.clock.now();
            let store = self.store.as_ref();
            sequencer.run(store, &self.keys.audit, now).await
        };
        // Who waits for one that hangs has an end, too.
        let result = timeout(SEQUENCE_LIMIT, run)
            .await
            .unwrap_or_else(|_elapsed| Err(StoreError::Silent.into()));
        let counted = result.as_ref().map(|count| *count);
        self.metrics.sequenced(counted.map_err(LogFailure::from));
        result
    }

    /// Moves the events of all months that are old enough to files. Gives how
    /// many events there were.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`]
    pub async fn archive_sealed(&self) -> Result<u64, ArchiveError> {
        let audit = &self.config.audit;
        let (Some(months), Some(folder)) = (audit.retention_months, &audit.archive) else {
            return Ok(0);
        };
        if let Some(doubt) = self.clock.doubt() {
            return Err(ArchiveError::Clock(doubt));
        }
        let now = self.clock.now();
        let Some(before) = archive::sealed_before(now, months) else {
            return Ok(0);
        };
        let archiver = Archiver {
            keys: &self.keys.audit,
            anchors: &self.keys.anchors,
            folder,
            now,
        };
        let mut count = 0;
        while let Some(month) = archiver.next_month(self.store.as_ref(), before).await? {
            tracing::info!(file = %month.file, events = month.events, "a month was archived");
            count += month.events;
        }
        Ok(count)
    }

    /// Fills in what lists find cards by, where it is missing: after an upgrade.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was done stays, and the next start goes on.
    pub async fn complete_search_keys(&self) -> Result<(), StoreError> {
        let mut cards = 0;
        loop {
            let count = self.store.write_search_keys(BASELINE_BATCH).await?;
            if count == 0 {
                return Ok(());
            }
            cards += count;
            tracing::info!(cards, "lists find the cards of before");
        }
    }

    /// Vouches, once, for the cards from before the log explained the register.
    /// Where that is done already, nothing is written.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was done stays, and the next start goes on.
    pub async fn explain_register(&self) -> Result<(), StoreError> {
        let mut cards = 0;
        while let Some(count) = self
            .store
            .write_baseline(self.clock.now(), BASELINE_BATCH)
            .await?
        {
            cards += count;
            tracing::info!(cards, "the log vouches for the register");
        }
        Ok(())
    }
}
