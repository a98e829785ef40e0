//! The way over the bridge: owns the WebSocket and the timer, feeds their
//! events to the state machine in [`super::link`] and does what it says. All
//! events pass through one queue, so nothing is re-entered from a callback.

use std::time::Duration;

use async_trait::async_trait;
use card_protocol::{CardError, bridge::Call};
use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt as _;
use leptos::{leptos_dom::helpers::set_timeout, task::spawn_local};
use serde_json::Value;

use crate::api::calls;

use super::{
    acquaintance,
    calls::Answer,
    link::{Command, Event, Link},
    permission, resume_ticket,
    socket::Socket,
    status::View,
    way::CardWay,
};

/// Who waits for an answer.
type Waiter = oneshot::Sender<Answer>;

/// Where sockets, timers and screens put their events.
pub(super) type Events = mpsc::UnboundedSender<Event<Waiter>>;

/// The way over the bridge.
pub(super) struct Bridge {
    events: Events,
}

impl Bridge {
    /// Starts looking for the bridge, with the ticket of the page before; `show`
    /// gets what there is to show, whenever it changes.
    pub(super) fn start(resume: Option<String>, show: impl Fn(View) + 'static) -> Self {
        let (events, queue) = mpsc::unbounded();
        put(&events, Event::Start);
        spawn_local(run(Link::new(resume), queue, events.clone(), show));
        let heard = events.clone();
        acquaintance::on_change(move |it| put(&heard, Event::KnownElsewhere(it)));
        Self { events }
    }
}

/// Queues an event. The queue lives as long as the page does.
fn put(events: &Events, event: Event<Waiter>) {
    let _gone_with_the_page = events.unbounded_send(event);
}

async fn run(
    mut link: Link<Waiter>,
    mut queue: mpsc::UnboundedReceiver<Event<Waiter>>,
    events: Events,
    show: impl Fn(View) + 'static,
) {
    let mut socket: Option<Socket> = None;
    while let Some(event) = queue.next().await {
        for command in link.on(event) {
            match command {
                Command::AskPermission { round } => {
                    let events = events.clone();
                    spawn_local(async move {
                        let permission = permission::query().await;
                        // What another tab did meanwhile counts, too.
                        let (acquaintance, home) = acquaintance::read().unzip();
                        let asked = Event::Permission {
                            round,
                            permission,
                            acquaintance,
                            home: home.flatten(),
                        };
                        put(&events, asked);
                    });
                }
                Command::Open {
                    port,
                    socket: number,
                } => {
                    drop(socket.take());
                    socket = Socket::open(port, number, &events);
                    if socket.is_none() {
                        let closed = Event::Closed {
                            socket: number,
                            code: 0,
                        };
                        put(&events, closed);
                    }
                }
                Command::FetchGrant {
                    nonce,
                    socket: number,
                } => {
                    let events = events.clone();
                    spawn_local(async move {
                        let grant = calls::granted(nonce).await;
                        let granted = Event::Granted {
                            socket: number,
                            grant,
                        };
                        put(&events, granted);
                    });
                }
                Command::Send(text) => {
                    if let Some(socket) = &socket {
                        socket.send(&text);
                    }
                }
                Command::Close => drop(socket.take()),
                Command::Wake { after_ms, timer } => {
                    let events = events.clone();
                    set_timeout(
                        move || put(&events, Event::Woken { timer }),
                        Duration::from_millis(after_ms.into()),
                    );
                }
                Command::Answer(waiter, answer) => {
                    let _nobody_waits_any_more = waiter.send(answer);
                }
                Command::Keep(ticket) => resume_ticket::keep(&ticket),
                Command::Remember(it) => {
                    if let Some(kept) = acquaintance::keep(&it) {
                        put(&events, Event::KnownElsewhere(Some(kept)));
                    }
                }
                Command::Forget => acquaintance::forget(),
                Command::WasAt(port) => acquaintance::was_at(port),
                Command::Show(view) => show(view),
            }
        }
    }
}

#[async_trait(?Send)]
impl CardWay for Bridge {
    fn connect(&self, by_person: bool) {
        put(&self.events, Event::Wanted { by_person });
    }

    fn forget(&self) {
        put(&self.events, Event::Forget);
    }

    async fn ask(&self, call: Call) -> Result<Value, CardError> {
        let (waiter, answer) = oneshot::channel();
        put(&self.events, Event::Ask { call, waiter });
        answer.await.map_err(|_gone| CardError::BridgeNotRunning)?
    }
}
