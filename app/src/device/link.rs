//! The page's link to the bridge as a state machine without a socket: events
//! go in, commands come out. It looks for the bridge on its ports, greets it,
//! brings it the server's grant and renews that in time, watches the readers,
//! carries the calls of the screens one after the other, and starts over by
//! itself when the bridge goes away. The shell that owns the WebSocket and the
//! timer is in [`super::bridge`].

use std::collections::VecDeque;

use card_protocol::{
    CardError,
    acquaintance::{Acquaintance, Challenge},
    bridge::{Call, Confirm, PORTS, PROTOCOL_VERSION, PinEntry, Readers},
    grant::SignedGrant,
};
use zeroize::Zeroizing;

use self::greeting::Claims;
use super::{
    calls::{Answer, Calls, Received},
    finding::{Finding, Permission},
    status::{AboutBridge, DeviceStatus, View},
};

mod grant;
mod greeting;
mod messages;
mod round;
#[cfg(test)]
mod tests;

/// The WebSocket close code by which the bridge refuses the page's origin.
pub(super) const CLOSED_ORIGIN: u16 = 4403;
/// And the one by which it takes no more pages of it.
pub(super) const CLOSED_FULL: u16 = 4429;

/// How long a port may take to answer. Chromium delays a page's attempts by
/// up to 5 s once many of them have failed, so it must be longer than that.
const ANSWER_MS: u32 = 8_000;

/// What happens to the link. `T` is who waits for an answer. Events of a
/// socket or timer that is replaced carry an old number and are ignored.
#[derive(Debug)]
pub(super) enum Event<T> {
    /// The page is there.
    Start,
    /// A good moment to try now: a click (`by_person`), or the page is seen again.
    Wanted { by_person: bool },
    /// The answer to [`Command::AskPermission`], with what this browser knows its
    /// bridge by.
    Permission {
        round: u64,
        permission: Permission,
        acquaintance: Option<Acquaintance>,
        /// The port at which that one was last.
        home: Option<u16>,
    },
    /// The socket is open; random bytes for whoever is there.
    Opened { socket: u64, challenge: Challenge },
    /// The socket brought a message.
    Message { socket: u64, text: String },
    /// The socket is closed, or never opened.
    Closed { socket: u64, code: u16 },
    /// The answer to [`Command::FetchGrant`]; `None` when the server gave none.
    Granted {
        socket: u64,
        grant: Option<SignedGrant>,
    },
    /// The time of [`Command::Wake`] is over.
    Woken { timer: u64 },
    /// A person says that the bridge is a new one.
    Forget,
    /// Another tab of this browser knows this bridge from now on, or none.
    KnownElsewhere(Option<Acquaintance>),
    /// A screen asks for something.
    Ask { call: Call, waiter: T },
}

/// What the shell has to do.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "only the browser's shell reads all of it")
)]
pub(super) enum Command<T> {
    /// Ask the browser whether the page may reach the bridge, and what it knows it by.
    AskPermission { round: u64 },
    /// Open a socket to this port, in place of the one there is.
    Open { port: u16, socket: u64 },
    /// Ask the server for a grant over the bridge's nonce.
    FetchGrant { nonce: String, socket: u64 },
    /// Send on the socket.
    Send(Zeroizing<String>),
    /// Close the socket.
    Close,
    /// Wake me, in place of an earlier wake.
    Wake { after_ms: u32, timer: u64 },
    /// Keep this ticket for the next page of the tab.
    Keep(String),
    /// Keep this for all pages of this browser.
    Remember(Acquaintance),
    /// Keep it no more.
    Forget,
    /// Keep that the bridge is at this port.
    WasAt(u16),
    /// Give this to who asked.
    Answer(T, Answer),
    /// Show this.
    Show(View),
}

/// Who waits for an answer on the wire.
#[derive(Debug)]
enum Waiter<T> {
    Hello,
    Nonce,
    Grant,
    Watch,
    Screen(T),
}

/// What the bridge said of itself.
#[derive(Clone, Debug)]
struct Greeting {
    version: String,
    /// This page's own ticket.
    ticket: String,
    pin_entry: PinEntry,
    confirm: Confirm,
    /// See [`AboutBridge::held`].
    held: Vec<u16>,
}

#[derive(Debug)]
enum Phase {
    NotStarted,
    /// The browser is being asked.
    Asking,
    /// A port of the round is being tried.
    Trying {
        /// Whether it answered at all.
        is_open: bool,
    },
    /// The bridge answered; it has no grant yet, or the readers are not known.
    Greeted(Greeting),
    /// All is well.
    Up(Greeting, Readers),
    /// Nothing was found; waiting for the next round.
    Resting,
}

/// The link.
#[derive(Debug)]
pub(super) struct Link<T> {
    phase: Phase,
    calls: Calls<Waiter<T>>,
    /// Operations on cards run one at a time, in the order they were asked.
    running: Option<u64>,
    queue: VecDeque<(Call, T)>,
    /// Ports of this round that were not tried yet.
    ports: VecDeque<u16>,
    port: u16,
    /// Shown at the next greeting.
    resume: Option<String>,
    /// By which the page knows its bridge.
    acquaintance: Option<Acquaintance>,
    /// Over which the one that is asked now has to prove itself.
    challenge: Option<Challenge>,
    /// The version in which that one was greeted.
    greets_in: u32,
    claims: Claims,
    /// Where the bridge was last.
    home: Option<u16>,
    /// What this round found so far, and what the one before found.
    found: Finding,
    known: Option<Finding>,
    /// Rounds that failed in a row.
    failures: usize,
    /// Whether a round failed ever.
    has_failed: bool,
    /// Whether a person clicked, so that the browser may ask.
    consent: bool,
    /// Whether the browser is asking the person.
    prompting: bool,
    /// The number of the round over the ports.
    round: u64,
    socket: u64,
    timer: u64,
    /// When the first grant is to be renewed, from the moment that all is well.
    renew_after_ms: u32,
    shown: View,
}

type Commands<T> = Vec<Command<T>>;

impl<T> Link<T> {
    /// Not started; `resume` is the ticket of the page before this one in the tab.
    pub(super) fn new(resume: Option<String>) -> Self {
        Self {
            phase: Phase::NotStarted,
            calls: Calls::new(),
            running: None,
            queue: VecDeque::new(),
            ports: VecDeque::new(),
            port: PORTS[0],
            resume,
            acquaintance: None,
            challenge: None,
            greets_in: PROTOCOL_VERSION,
            claims: Claims::default(),
            home: None,
            found: Finding::Missing,
            known: None,
            failures: 0,
            has_failed: false,
            consent: false,
            prompting: false,
            round: 0,
            socket: 0,
            timer: 0,
            renew_after_ms: 0,
            shown: View::default(),
        }
    }

    /// Takes an event; gives what is to be done, in order.
    pub(super) fn on(&mut self, event: Event<T>) -> Commands<T> {
        let mut commands = Vec::new();
        match event {
            Event::Start => {
                if matches!(self.phase, Phase::NotStarted) {
                    self.begin_round(&mut commands);
                }
            }
            Event::Wanted { by_person } => self.wanted(by_person, &mut commands),
            Event::Permission { round, .. } if round != self.round => {}
            Event::Permission {
                round: _,
                permission,
                acquaintance,
                home,
            } => {
                let is_port = |port: &u16| PORTS.contains(port);
                self.home = self.home.or(home.filter(is_port));
                // A browser that keeps nothing knows it as long as the page lives.
                if acquaintance.is_some() {
                    self.acquaintance = acquaintance;
                }
                self.permission(permission, &mut commands);
            }
            Event::Opened { socket, challenge } => {
                if socket == self.socket && matches!(self.phase, Phase::Trying { .. }) {
                    self.greet(challenge, &mut commands);
                }
            }
            Event::Forget => self.forget(&mut commands),
            Event::KnownElsewhere(it) => self.known_elsewhere(it, &mut commands),
            Event::Granted { socket, grant } => {
                if socket == self.socket {
                    self.present(grant, &mut commands);
                }
            }
            Event::Message { socket, text } => {
                if socket == self.socket {
                    let received = self.calls.receive(&text);
                    self.received(received, &mut commands);
                }
            }
            Event::Closed { socket, code } => {
                if socket == self.socket {
                    self.closed(code, &mut commands);
                }
            }
            Event::Woken { timer } => {
                if timer == self.timer {
                    self.woken(&mut commands);
                }
            }
            Event::Ask { call, waiter } => self.ask(call, waiter, &mut commands),
        }
        let view = self.view();
        if view != self.shown {
            self.shown = view.clone();
            commands.push(Command::Show(view));
        }
        commands
    }

    fn view(&self) -> View {
        match &self.phase {
            Phase::NotStarted => View::default(),
            Phase::Up(greeting, readers) => View {
                status: DeviceStatus::of_readers(readers),
                readers: readers.readers.clone(),
                pin_entry: greeting.pin_entry,
                bridge: AboutBridge {
                    version: Some(greeting.version.clone()),
                    confirm: greeting.confirm,
                    held: greeting.held.clone(),
                },
            },
            _ => View {
                status: self
                    .known
                    .as_ref()
                    .map_or(DeviceStatus::Connecting, Finding::status),
                ..View::default()
            },
        }
    }

    fn wake(&mut self, after_ms: u32, commands: &mut Commands<T>) {
        self.timer += 1;
        commands.push(Command::Wake {
            after_ms,
            timer: self.timer,
        });
    }

    /// Forgets the socket; whoever still waits on it is told.
    fn hang_up(&mut self, commands: &mut Commands<T>) {
        self.socket += 1;
        commands.push(Command::Close);
        self.running = None;
        let waiting = self.calls.abandon().into_iter();
        let screens = waiting.filter_map(|waiter| match waiter {
            Waiter::Screen(waiter) => Some(waiter),
            Waiter::Hello | Waiter::Nonce | Waiter::Grant | Waiter::Watch => None,
        });
        let queued = self.queue.drain(..).map(|(_call, waiter)| waiter);
        for waiter in screens.chain(queued) {
            commands.push(Command::Answer(waiter, Err(CardError::BridgeNotRunning)));
        }
    }

    fn closed(&mut self, code: u16, commands: &mut Commands<T>) {
        match self.phase {
            // It took the place of this page for another one's: not at once again.
            Phase::Greeted(_) if code == CLOSED_FULL => {
                self.hang_up(commands);
                self.end_round(Finding::TooManyPages, commands);
            }
            Phase::Up(..) | Phase::Greeted(_) => self.start_over(commands),
            Phase::Trying { .. } if code == CLOSED_ORIGIN => {
                self.give_up_port(Finding::OriginNotAllowed, commands);
            }
            Phase::Trying { .. } if code == CLOSED_FULL => {
                self.give_up_port(Finding::TooManyPages, commands);
            }
            Phase::Trying { .. } if self.prompting => {
                // The question was answered, or waved away: never ask twice.
                self.consent = false;
                self.hang_up(commands);
                self.begin_round(commands);
            }
            Phase::Trying { .. } => self.give_up_port(Finding::Missing, commands),
            Phase::NotStarted | Phase::Asking | Phase::Resting => {}
        }
    }

    /// The bridge was there and went away.
    fn start_over(&mut self, commands: &mut Commands<T>) {
        self.hang_up(commands);
        self.known = None;
        self.failures = 0;
        self.begin_round(commands);
    }

    fn woken(&mut self, commands: &mut Commands<T>) {
        match self.phase {
            Phase::Resting => self.begin_round(commands),
            Phase::Trying { is_open: true } => self.give_up_port(Finding::Missing, commands),
            Phase::Trying { is_open: false } => self.give_up_port(Finding::OtherUser, commands),
            Phase::Greeted(_) => self.start_over(commands),
            Phase::Up(..) => self.request_grant(commands),
            Phase::NotStarted | Phase::Asking => {}
        }
    }
}
