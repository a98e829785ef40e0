//! The conversation with one page: `hello`, then a grant of its server, then one
//! operation at a time.
//! When the page goes, its operation is stopped and its cards are let go of.

mod entry;
mod letting_go;
mod message;
mod older;
mod page;
mod perform;
mod visitor;

use std::{sync::Arc, time::Duration};

use card_operations::{grant::Grants, moment::Moment};
use card_protocol::{
    CardError,
    bridge::{Call, Empty, Notification, Outcome, PROTOCOL_VERSION, Response},
};
use serde::Serialize;
use serde_json::Value;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

pub use self::visitor::{Entrance, ORIGIN_NOT_ALLOWED, TOO_MANY_PAGES, Visitor, send_away};
use self::{
    message::{Malformed, parse, value},
    page::Page,
    visitor::Reason,
};
use crate::{
    clock,
    config::{Allowed, Config},
    hub::{Hub, SharedCards, Slot, Ticket},
    operation::cancel::CancelToken,
    socket::{Incoming, Socket},
};

/// The close code for a page without a grant, or whose grant ended. It may come
/// back with another one.
pub const NOT_GRANTED: u16 = 4401;
/// The close code (RFC 6455 §7.4.1) for a page that does not behave.
const POLICY_VIOLATION: u16 = 1008;
/// The close code for the end of the bridge.
const GOING_AWAY: u16 = 1001;

/// A page has to say hello after this.
const HELLO: Duration = Duration::from_secs(2);
/// If this process stood still for longer than this meanwhile, it has as long again: what
/// the page said is read first.
const HEARD: Duration = Duration::from_millis(250);
/// How often a page is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// A page that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// How often it is looked whether a card has been verified for too long.
const SWEEP: Duration = Duration::from_secs(1);
/// A page that takes no message for so long is gone.
const SEND: Duration = Duration::from_secs(10);

/// An operation under way.
struct Running {
    id: u64,
    stop: Arc<CancelToken>,
    task: JoinHandle<Result<Value, CardError>>,
}

struct Session {
    hub: Arc<Hub>,
    page: Arc<Page>,
    /// Its place among the pages of its origin.
    slot: Slot,
    entrance: Entrance,
    /// The version of the protocol that both speak, once the page said hello.
    spoken: u32,
    socket: Socket,
    cards: SharedCards,
    running: Option<Running>,
    /// What is being let go of, with the call that wants it.
    releasing: JoinSet<(u64, Result<Value, CardError>)>,
    grants: Grants,
    /// Until when the page has to have its first grant, once it said hello.
    wants_grant: Option<Instant>,
    /// The ticket of the page before it in its tab, until it has what that one left,
    /// which takes a grant.
    shown: Option<Ticket>,
    /// So long after its first grant it waits for that one to go.
    waits_until: Option<Instant>,
    /// The same afterwards, until the page says something more: whoever leaves amid the
    /// answer has no other.
    redeemed: Option<Ticket>,
    /// With it the tab's next page gets the cards.
    ticket: Option<Ticket>,
    is_watching: bool,
}

/// The page is gone, or has to go: the code and reason of the close frame.
struct Goodbye(Option<Reason>);

/// Speaks with a page of an allowed origin until it is gone.
pub async fn run(
    socket: Socket,
    allowed: Allowed,
    config: &Config,
    hub: Arc<Hub>,
    entrance: Entrance,
) {
    let Some(slot) = hub.slots.take(&allowed.origin, Instant::now()) else {
        tracing::warn!(origin = %allowed.origin, "too many pages of one origin");
        return send_away(socket, TOO_MANY_PAGES).await;
    };
    tracing::info!(origin = %allowed.origin, "a page is here");
    let mut session = Session {
        socket,
        slot,
        entrance,
        spoken: PROTOCOL_VERSION,
        cards: SharedCards::default(),
        running: None,
        releasing: JoinSet::new(),
        grants: Grants::default(),
        wants_grant: None,
        shown: None,
        waits_until: None,
        redeemed: None,
        ticket: None,
        is_watching: false,
        page: Arc::new(Page::new(&hub, config, allowed).await),
        hub,
    };
    let Goodbye(reason) = session.converse().await;
    if let Some((code, reason)) = reason {
        end(&timeout(SEND, session.socket.close(code, reason)).await);
    }
    session.leave().await;
}

impl Session {
    async fn converse(&mut self) -> Goodbye {
        let mut readers = self.hub.readers();
        let hub = Arc::clone(&self.hub);
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hello = Instant::now() + HELLO;
        let mut last_heard = Instant::now();
        loop {
            let step = tokio::select! {
                incoming = self.socket.receive() => {
                    last_heard = Instant::now();
                    self.take(incoming).await
                }
                outcome = finished(&mut self.running) => self.answer(outcome).await,
                Ok(()) = readers.changed(), if self.is_watching => {
                    let now = readers.borrow_and_update().clone();
                    self.send(&RpcNotification::new(Notification::Readers(now))).await
                }
                _ = ping.tick() => {
                    if last_heard.elapsed() > SILENCE {
                        Err(Goodbye(Some((POLICY_VIOLATION, "silent"))))
                    } else if self.grants.is_over(self.now()) {
                        // The clock on the wall went further than the other one.
                        Err(Goodbye(Some((NOT_GRANTED, "the grant ended"))))
                    } else {
                        self.ping().await
                    }
                }
                Some(released) = self.releasing.join_next() => match released {
                    Ok(released) => self.answer(released).await,
                    Err(error) => {
                        tracing::error!(%error, "letting go of a page's cards");
                        Ok(())
                    }
                },
                _ = sweep.tick() => {
                    letting_go::expire(&self.hub, &self.page, &self.cards);
                    Ok(())
                }
                () = sleep_until(hello), if self.wants_grant.is_none() => {
                    let now = Instant::now();
                    if now.saturating_duration_since(hello) > HEARD {
                        hello = now + HEARD;
                        Ok(())
                    } else {
                        Err(Goodbye(Some((POLICY_VIOLATION, "no hello"))))
                    }
                }
                () = self.slot.displaced() => Err(Goodbye(Some(TOO_MANY_PAGES))),
                () = ended(self.grants.ends_at().map(clock::instant).or(self.wants_grant)) => {
                    Err(Goodbye(Some((NOT_GRANTED, "no grant, or it ended"))))
                }
                () = hub.closing() => Err(Goodbye(Some((GOING_AWAY, "bridge ends")))),
            };
            if let Err(goodbye) = step {
                return goodbye;
            }
        }
    }

    async fn take(&mut self, incoming: Incoming) -> Result<(), Goodbye> {
        let text = match incoming {
            Incoming::Text(text) => text,
            Incoming::Unreadable => {
                return self
                    .refuse(Malformed::invalid_request(None, "too long, or no text"))
                    .await;
            }
            Incoming::Ping(payload) => {
                return sent(&timeout(SEND, self.socket.pong(&payload)).await);
            }
            Incoming::Pong => return Ok(()),
            Incoming::Close => return Err(Goodbye(Some((1000, "")))),
            Incoming::Violation(code) => return Err(Goodbye(Some((code, "")))),
        };
        let parsed = parse(&text);
        drop(text);
        self.redeemed = None;
        match parsed {
            Ok((id, call)) => self.call(id, call).await,
            Err(malformed) => self.refuse(malformed).await,
        }
    }

    async fn call(&mut self, id: u64, call: Call) -> Result<(), Goodbye> {
        if let Call::Hello(hello) = call {
            let welcome = self.hello(&hello);
            return self.answer((id, welcome)).await;
        }
        if self.wants_grant.is_none() {
            return self
                .refuse(Malformed::invalid_request(Some(id), "hello comes first"))
                .await;
        }
        let now = self.now();
        let call = match call {
            Call::RequestGrant {} => {
                let request = self.grants.request(now);
                return self
                    .answer((id, request.and_then(|nonce| value(&nonce))))
                    .await;
            }
            Call::PresentGrant { grant } => {
                let granted = self.present(&grant, now).await;
                return self
                    .answer((id, granted.and_then(|until| value(&until))))
                    .await;
            }
            Call::Release {} => {
                self.release(id);
                return Ok(());
            }
            call => call,
        };
        let grant = match self.grants.for_call(&call, now) {
            Ok(grant) => grant,
            Err(error) => return self.answer((id, Err(error))).await,
        };
        if let Err(error) = self.page.pin.admit(&call) {
            return self.answer((id, Err(error))).await;
        }
        let outcome = match call {
            Call::Watch {} => {
                self.is_watching = true;
                value(&*self.hub.readers().borrow())
            }
            Call::Cancel {} => {
                if let Some(running) = &self.running {
                    running.stop.stop();
                }
                value(&Empty {})
            }
            Call::VirtualCards {}
            | Call::VirtualInsert { .. }
            | Call::VirtualRemove { .. }
            | Call::VirtualReaders { .. } => {
                let Some(outcome) = perform::software(&self.hub, call).await else {
                    return self.refuse(Malformed::unknown_method(id)).await;
                };
                outcome
            }
            _ if self.running.is_some() => Err(CardError::Busy),
            call => {
                self.pick_up();
                let stop = Arc::new(CancelToken::default());
                let job = perform::Job {
                    hub: Arc::clone(&self.hub),
                    page: Arc::clone(&self.page),
                    releases: self.cards.releases(),
                    cards: Arc::clone(&self.cards),
                    stop: Arc::clone(&stop),
                    grant,
                };
                let task = tokio::spawn(job.perform(call));
                self.running = Some(Running { id, stop, task });
                return Ok(());
            }
        };
        self.answer((id, outcome)).await
    }

    fn now(&self) -> Moment {
        clock::moment(&self.hub.clock)
    }

    async fn answer(
        &mut self,
        (id, outcome): (u64, Result<Value, CardError>),
    ) -> Result<(), Goodbye> {
        let outcome = match older::answer(self.spoken, outcome) {
            Ok(value) => Outcome::Result(value),
            Err(error) => Outcome::Error(message::rpc_error(error)),
        };
        self.send(&Response {
            jsonrpc: card_protocol::bridge::Version::V2,
            id: Some(id),
            outcome,
        })
        .await
    }

    async fn refuse(&mut self, malformed: Malformed) -> Result<(), Goodbye> {
        tracing::warn!(reason = malformed.error.message, "a message was refused");
        self.send(&Response {
            jsonrpc: card_protocol::bridge::Version::V2,
            id: malformed.id,
            outcome: Outcome::Error(malformed.error),
        })
        .await
    }

    async fn send(&mut self, message: &impl Serialize) -> Result<(), Goodbye> {
        let text = serde_json::to_string(message).map_err(|error| {
            tracing::error!(%error, "a message has no JSON form");
            Goodbye(Some((POLICY_VIOLATION, "")))
        })?;
        sent(&timeout(SEND, self.socket.send(&text)).await)
    }

    async fn ping(&mut self) -> Result<(), Goodbye> {
        sent(&timeout(SEND, self.socket.ping()).await)
    }
}

/// Waits for this time; for ever if there is none.
async fn ended(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The outcome of the operation under way; waits for ever if there is none.
async fn finished(running: &mut Option<Running>) -> (u64, Result<Value, CardError>) {
    let Some(Running { id, task, .. }) = running else {
        return std::future::pending().await;
    };
    let outcome = task.await.unwrap_or_else(|error| {
        tracing::error!(%error, "an operation failed");
        Err(CardError::ReaderError)
    });
    let id = *id;
    *running = None;
    (id, outcome)
}

/// What is sent unasked, with the version that JSON-RPC wants.
#[derive(Serialize)]
struct RpcNotification {
    jsonrpc: card_protocol::bridge::Version,
    #[serde(flatten)]
    notification: Notification,
}

impl RpcNotification {
    const fn new(notification: Notification) -> Self {
        Self {
            jsonrpc: card_protocol::bridge::Version::V2,
            notification,
        }
    }
}

type Timed<T> = Result<std::io::Result<T>, tokio::time::error::Elapsed>;

fn sent(outcome: &Timed<()>) -> Result<(), Goodbye> {
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Goodbye(None)),
    }
}

fn end(outcome: &Timed<()>) {
    if !matches!(outcome, Ok(Ok(()))) {
        tracing::debug!("the page left without a good-bye");
    }
}
