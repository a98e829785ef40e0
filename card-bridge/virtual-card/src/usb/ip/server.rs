//! The key's end of the line: a thread that accepts or dials, one for each connection that
//! came, one for the card. Whoever holds a [`Handle`] plugs the key in and pulls it.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    LOOK, LineError,
    session::Session,
    wire::{self, BUS_ID, BUS_ID_LENGTH, REQUEST_LENGTH, Request},
};
use crate::{
    VirtualCard,
    usb::{
        chip::{Job, Outcome, run},
        options::Options,
    },
};

/// How long a pulled key may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A key that is served. Dropping it pulls the key; the card's file is in use until the
/// program ends.
pub struct Server {
    handle: Handle,
    address: Option<SocketAddr>,
}

/// Who opens the connection. Who asks for the device is the other side in any case.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// The other side does, to this port of the loopback interface (0: any that is free).
    Listen(u16),
    /// We do, to this address, whenever the key is plugged in: for another side that can be
    /// reached and can't reach us.
    Dial(SocketAddr),
}

/// Plugs the key in and pulls it, from any thread.
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

struct Shared {
    options: Options,
    state: Mutex<State>,
    changed: Condvar,
    card: Mutex<Sender<Work>>,
}

struct State {
    is_inserted: bool,
    /// The connection that has the device.
    line: Option<Sender<Event>>,
    /// After so many commands the next connection that has it loses it.
    pulled_after: Option<u32>,
}

/// What a connection has to know.
enum Event {
    Received(Vec<u8>),
    Ended,
    Finished(Outcome),
    Pull,
    PullAmid,
    PullAfter(u32),
    Card(bool),
}

/// Something for the card, and who wants to know what becomes of it.
struct Work(Job, Sender<Event>);

/// Serves the key, which is plugged in from the beginning or not.
///
/// # Errors
/// When the port can't be had.
pub fn serve(
    card: VirtualCard,
    options: Options,
    way: Way,
    is_inserted: bool,
) -> Result<Server, LineError> {
    let (works, inbox) = mpsc::channel();
    let slow = options.slow;
    thread::Builder::new()
        .name("card".to_owned())
        .spawn(move || work(&card, slow, &inbox))?;
    let shared = Arc::new(Shared {
        options,
        state: Mutex::new(State {
            is_inserted,
            line: None,
            pulled_after: None,
        }),
        changed: Condvar::new(),
        card: Mutex::new(works),
    });
    let served = Arc::clone(&shared);
    let connecting = thread::Builder::new().name("usbip".to_owned());
    let address = match way {
        Way::Listen(port) => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            let address = listener.local_addr()?;
            connecting.spawn(move || accept(&listener, &served))?;
            Some(address)
        }
        Way::Dial(address) => {
            connecting.spawn(move || dial(address, &served))?;
            None
        }
    };
    Ok(Server {
        handle: Handle(shared),
        address,
    })
}

impl Server {
    /// Where it listens, if it does.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// For whoever plugs and pulls.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.pull();
    }
}

impl Handle {
    /// Plugs the key in: whoever asks for the device gets it, also who asked before.
    pub fn insert(&self) {
        self.0.state().is_inserted = true;
        self.0.changed.notify_all();
    }

    /// Pulls the key, between two answers. The device is gone when this returns.
    pub fn pull(&self) {
        self.end(Event::Pull);
    }

    /// Pulls the key in the middle of an answer.
    pub fn pull_amid(&self) {
        self.end(Event::PullAmid);
    }

    /// Pulls the key by itself when the card has carried out this many more commands; the
    /// answer to the last one is not said any more. If nobody has the device, they count
    /// from when somebody has.
    pub fn pull_after(&self, commands: u32) {
        let mut state = self.0.state();
        match &state.line {
            Some(line) => {
                let _ = line.send(Event::PullAfter(commands));
            }
            None => state.pulled_after = Some(commands),
        }
    }

    /// Takes the card out of the key, as out of a reader, or puts it back.
    pub fn set_card_present(&self, is_present: bool) {
        self.0.tell(Event::Card(is_present));
    }

    /// Whether it is plugged in, and whether somebody has the device.
    #[must_use]
    pub fn state(&self) -> (bool, bool) {
        let state = self.0.state();
        (state.is_inserted, state.line.is_some())
    }

    fn end(&self, how: Event) {
        let mut state = self.0.state();
        state.is_inserted = false;
        if let Some(line) = &state.line {
            // A line that has just ended does not need to be told.
            let _ = line.send(how);
        }
        let is_there = |state: &mut State| state.line.is_some();
        let waited = self.0.changed.wait_timeout_while(state, PATIENCE, is_there);
        drop(waited);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Both fields are whole at any moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: Event) {
        if let Some(line) = &self.state().line {
            let _ = line.send(event);
        }
    }

    fn ask_card(&self, job: Job, line: &Sender<Event>) {
        let card = self.card.lock().unwrap_or_else(PoisonError::into_inner);
        // The card's thread ends with the program.
        let _ = card.send(Work(job, line.clone()));
    }
}

fn work(card: &VirtualCard, slow: Duration, inbox: &Receiver<Work>) {
    // Nobody sends here: receiving is a wait.
    let (_nobody, silence) = mpsc::channel::<()>();
    for Work(job, line) in inbox {
        if matches!(job, Job::Transmit(_)) && slow > Duration::ZERO {
            let _ = silence.recv_timeout(slow);
        }
        // A connection that ended does not want to know.
        let _ = line.send(Event::Finished(run(card, &job)));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let shared = Arc::clone(shared);
        let served = stream.and_then(|stream| {
            thread::Builder::new()
                .name("line".to_owned())
                .spawn(move || {
                    if let Err(error) = request(stream, &shared) {
                        tracing::warn!(%error, "a connection ended");
                    }
                })
        });
        if let Err(error) = served {
            tracing::warn!(%error, "no connection");
        }
    }
}

fn dial(address: SocketAddr, shared: &Shared) {
    loop {
        let is_out = |state: &mut State| !state.is_inserted;
        let waited = shared.changed.wait_while(shared.state(), is_out);
        drop(waited);
        let done = TcpStream::connect(address)
            .map_err(LineError::from)
            .and_then(|stream| request(stream, shared));
        if let Err(error) = done {
            // Nobody is there yet, or whoever was is gone.
            tracing::debug!(%error, "a connection ended");
            thread::park_timeout(LOOK);
        }
    }
}

/// Before there is a device.
fn request(mut stream: TcpStream, shared: &Shared) -> Result<(), LineError> {
    stream.set_nodelay(true)?;
    let mut head = [0; REQUEST_LENGTH];
    stream.read_exact(&mut head)?;
    match Request::read(head)? {
        Request::List => {
            let (state, options) = (shared.state(), &shared.options);
            let list = wire::list(state.is_inserted.then_some(options));
            drop(state);
            stream.write_all(&list)?;
            Ok(())
        }
        Request::Import => {
            let mut bus_id = [0; BUS_ID_LENGTH];
            stream.read_exact(&mut bus_id)?;
            let end = bus_id.iter().position(|byte| *byte == 0);
            if bus_id.get(..end.unwrap_or(BUS_ID_LENGTH)) != Some(BUS_ID.as_bytes()) {
                stream.write_all(&wire::not_imported())?;
                return Ok(());
            }
            let Some(events) = claim(&stream, shared)? else {
                return Ok(());
            };
            let ended = line(&stream, shared, &events);
            let _ = stream.shutdown(Shutdown::Both);
            shared.state().line = None;
            shared.changed.notify_all();
            ended
        }
    }
}

/// Waits until the key is plugged in and nobody else has it. `None`: whoever asked has gone.
fn claim(stream: &TcpStream, shared: &Shared) -> io::Result<Option<Receiver<Event>>> {
    stream.set_read_timeout(Some(LOOK))?;
    loop {
        let mut state = shared.state();
        if state.is_inserted && state.line.is_none() {
            let (line, events) = mpsc::channel();
            if let Some(commands) = state.pulled_after.take() {
                // It can't have ended yet.
                let _ = line.send(Event::PullAfter(commands));
            }
            state.line = Some(line);
            stream.set_read_timeout(None)?;
            return Ok(Some(events));
        }
        drop(state);
        match stream.peek(&mut [0]) {
            Ok(0) => return Ok(None),
            Ok(_) => return Err(io::ErrorKind::InvalidData.into()),
            Err(error) if is_silence(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// From plugging in to pulling.
fn line(
    mut stream: &TcpStream,
    shared: &Shared,
    events: &Receiver<Event>,
) -> Result<(), LineError> {
    let Some(own) = shared.state().line.clone() else {
        return Ok(());
    };
    stream.write_all(&wire::imported(&shared.options))?;
    let (reading, received) = (stream.try_clone()?, own.clone());
    thread::Builder::new()
        .name("received".to_owned())
        .spawn(move || receive(reading, &received))?;
    let mut session = Session::new(shared.options.clone());
    let mut commands_left = None;
    let mut asked_at: Option<Instant> = None;
    let result = loop {
        let patience = shared.options.patience;
        let wait = asked_at.map_or(PATIENCE, |asked| patience.saturating_sub(asked.elapsed()));
        match events.recv_timeout(wait) {
            Ok(Event::Received(bytes)) => {
                if let Err(error) = session.receive(&bytes) {
                    break Err(error);
                }
            }
            Ok(Event::Finished(outcome)) => {
                let is_command = matches!(outcome, Outcome::Said(_));
                if is_command && let Some(left) = &mut commands_left {
                    *left -= 1;
                    if *left == 0 {
                        shared.state().is_inserted = false;
                        break Ok(());
                    }
                }
                session.finished(outcome);
            }
            Ok(Event::Ended | Event::Pull) | Err(RecvTimeoutError::Disconnected) => break Ok(()),
            Ok(Event::PullAmid) => {
                break stream
                    .write_all(&session.half_an_answer())
                    .map_err(LineError::from);
            }
            Ok(Event::PullAfter(commands)) => commands_left = (commands > 0).then_some(commands),
            Ok(Event::Card(is_present)) => session.set_card_present(is_present),
            Err(RecvTimeoutError::Timeout) => {
                if asked_at.is_some() {
                    session.is_slow();
                    asked_at = Some(Instant::now());
                }
            }
        }
        while let Some(job) = session.take_job() {
            shared.ask_card(job, &own);
        }
        asked_at = match (session.is_waiting(), asked_at) {
            (false, _) => None,
            (true, Some(asked)) => Some(asked),
            (true, None) => Some(Instant::now()),
        };
        let answers = session.take_sent();
        if let Err(error) = stream.write_all(&answers) {
            break Err(error.into());
        }
    };
    // Out of its socket, the card has no power.
    shared.ask_card(Job::PowerOff, &own);
    result
}

fn receive(mut stream: TcpStream, line: &Sender<Event>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let event = match stream.read(&mut buffer) {
            Ok(0) | Err(_) => Event::Ended,
            Ok(length) => Event::Received(buffer.get(..length).unwrap_or_default().to_vec()),
        };
        let is_end = matches!(event, Event::Ended);
        if line.send(event).is_err() || is_end {
            return;
        }
    }
}
