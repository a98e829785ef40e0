//! Clients that freeze and unfreeze cards until it is enough, whatever fails meanwhile,
//! and what was acknowledged to them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use card_domain::CardId;
use serde_json::json;
use server::storage::SharedStore;
use test_support::service::{Browser, Person, Reply, nonce_of, statement};
use tokio::task::JoinSet;

use super::lag::{Lag, Told};

/// Between two tries where nothing works.
const PAUSE: Duration = Duration::from_millis(20);

/// An act that is answered has to be within this, or nobody waits for it any more.
const ANSWERED: Duration = Duration::from_mins(1);

/// The acts of a card that were acknowledged, by their events.
pub(super) type Acknowledged = Vec<(CardId, Vec<i64>)>;

/// The clients, one for each card.
pub(super) struct Workers {
    enough: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    working: JoinSet<(CardId, Vec<i64>)>,
    lag: Lag,
}

impl Workers {
    /// They begin at the server of this origin, over the database of this store.
    pub(super) fn begin(
        legal: &Person,
        origin: &str,
        cards: &[CardId],
        store: &SharedStore,
    ) -> Self {
        let mut workers = Self {
            lag: Lag::watch(store.clone()),
            enough: Arc::default(),
            done: Arc::default(),
            working: JoinSet::new(),
        };
        for card in cards {
            let worker = Worker {
                legal: legal.clone(),
                origin: origin.to_owned(),
                card: *card,
                lag: workers.lag.told(),
                enough: Arc::clone(&workers.enough),
                done: Arc::clone(&workers.done),
                acts: Vec::new(),
            };
            workers.working.spawn(worker.work());
        }
        workers
    }

    /// How many acts were acknowledged.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    /// Waits until so many more are.
    pub(super) async fn until(&mut self, more: u64, limit: Duration) {
        let (began, goal) = (Instant::now(), self.done() + more);
        while self.done() < goal {
            // Whoever failed says so now.
            if let Some(ended) = self.working.try_join_next() {
                ended.unwrap();
                panic!("somebody stopped working");
            }
            assert!(began.elapsed() < limit, "nothing is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends, once all are at rest.
    pub(super) async fn end(mut self) -> Acknowledged {
        self.enough.store(true, Ordering::SeqCst);
        let mut acknowledged = Vec::new();
        while let Some(ended) = self.working.join_next().await {
            acknowledged.push(ended.unwrap());
        }
        self.lag.print().await;
        acknowledged
    }
}

struct Worker {
    legal: Person,
    origin: String,
    card: CardId,
    lag: Told,
    enough: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    acts: Vec<i64>,
}

impl Worker {
    async fn work(mut self) -> (CardId, Vec<i64>) {
        while !self.is_enough() {
            match self.log_in().await {
                Some(browser) => self.act(&browser).await,
                None => tokio::time::sleep(PAUSE).await,
            }
        }
        (self.card, self.acts)
    }

    fn is_enough(&self) -> bool {
        self.enough.load(Ordering::SeqCst)
    }

    async fn log_in(&self) -> Option<Browser> {
        let browser = Browser::new(&self.origin);
        let challenge = call(&browser, "/api/challenge", json!({})).await?;
        let nonce = nonce_of(&challenge.json()["challenge"])?;
        let token = self.legal.token(&self.origin, &nonce);
        let reply = call(&browser, "/api/login", json!({ "token": token })).await?;
        (reply.status == 200).then_some(browser)
    }

    /// As long as the session lasts.
    async fn act(&mut self, browser: &Browser) {
        for action in ["freeze", "unfreeze"].into_iter().cycle() {
            if self.is_enough() {
                return;
            }
            match self.one(browser, action).await {
                Some(200) => {}
                Some(401) => return,
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// One act; how it was answered.
    async fn one(&mut self, browser: &Browser, action: &str) -> Option<u16> {
        let body = json!({ "card": self.card, "action": action });
        let proposed = call(browser, "/api/acts/propose", body).await?;
        if proposed.status != 200 {
            return Some(proposed.status);
        }
        let statement = statement(&proposed.json());
        let signature = self.legal.signature(&browser.origin, &statement);
        let body = json!({ "statement": statement, "signature": signature });
        let reply = call(browser, "/api/acts/commit", body).await?;
        if reply.status == 200 {
            let event = reply.json()["event"].as_i64().unwrap();
            self.lag.acknowledged(event);
            self.acts.push(event);
            self.done.fetch_add(1, Ordering::SeqCst);
        }
        Some(reply.status)
    }
}

/// A call of which nothing but what is documented may come back, and in time.
async fn call(browser: &Browser, path: &str, body: serde_json::Value) -> Option<Reply> {
    let reply = tokio::time::timeout(ANSWERED, browser.try_call(path, body));
    let reply = reply.await.expect("a call has no end")?;
    // Refused by what became of the card meanwhile, by the session's end, or because
    // something can't be had.
    let known = [200, 401, 409, 422, 503];
    assert!(
        known.contains(&reply.status),
        "{path}: {} {}",
        reply.status,
        reply.body
    );
    Some(reply)
}
