//! How long what was acknowledged waits for its place in the log: the sequencer's lag, as
//! a figure of each fault.

use std::time::{Duration, Instant};

use server::storage::SharedStore;
use tokio::{sync::mpsc, task::JoinHandle};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// How long is waited for the last places.
const LAST: Duration = Duration::from_secs(2);

/// Notes the acts, and looks when each has its place.
pub(super) struct Lag {
    acknowledged: mpsc::UnboundedSender<(i64, Instant)>,
    looking: JoinHandle<Vec<Duration>>,
}

/// Tells an event that was acknowledged just now.
#[derive(Clone)]
pub(super) struct Told(mpsc::UnboundedSender<(i64, Instant)>);

impl Told {
    pub(super) fn acknowledged(&self, event: i64) {
        self.0.send((event, Instant::now())).unwrap();
    }
}

impl Lag {
    /// Looks at the log by this store, which no fault is put in the way of.
    pub(super) fn watch(store: SharedStore) -> Self {
        let (acknowledged, told) = mpsc::unbounded_channel();
        Self {
            acknowledged,
            looking: tokio::spawn(look(store, told)),
        }
    }

    pub(super) fn told(&self) -> Told {
        Told(self.acknowledged.clone())
    }

    /// Prints it, once all of them have their place or nothing comes of it.
    pub(super) async fn print(self) {
        drop(self.acknowledged);
        let mut lags = self.looking.await.unwrap();
        lags.sort();
        let last = lags.len().saturating_sub(1);
        let at = |share: usize| lags.get(last * share / 100).copied().unwrap_or_default();
        println!(
            "sequencer's lag of {} acts: p50 {:?}, p99 {:?}, most {:?}",
            lags.len(),
            at(50),
            at(99),
            at(100)
        );
    }
}

async fn look(
    store: SharedStore,
    mut told: mpsc::UnboundedReceiver<(i64, Instant)>,
) -> Vec<Duration> {
    let (mut waiting, mut lags) = (Vec::new(), Vec::new());
    let mut ended = None;
    loop {
        loop {
            match told.try_recv() {
                Ok(event) => waiting.push(event),
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => {
                    ended.get_or_insert_with(Instant::now);
                    break;
                }
            }
        }
        // A database that is not there places nothing.
        if let Ok(head) = store.log_head().await {
            let placed = waiting.extract_if(.., |(event, _at): &mut (i64, Instant)| {
                *event <= head.settled
            });
            lags.extend(placed.map(|(_event, at)| at.elapsed()));
        }
        match ended {
            Some(_) if waiting.is_empty() => return lags,
            Some(since) if since.elapsed() > LAST => {
                // Its server was stopped before: they get their places at the next start.
                println!("{} acts have no place yet", waiting.len());
                return lags;
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}
