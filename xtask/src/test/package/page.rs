//! A page, as far as a bridge's door: whether it is let in. It is a page of the bridge's
//! own user, for another one's gets no byte.

use std::{
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use rustix::{process::Uid, thread::set_thread_uid};
use tungstenite::{
    ClientHandshake, HandshakeError, Message, WebSocket, client, client::IntoClientRequest as _,
    http::HeaderValue, protocol::frame::coding::CloseCode,
};

use crate::error::{Error, Result};

/// The bridge's close code for an origin that nobody allowed.
const NOT_ALLOWED: u16 = 4403;

/// How long the bridge may take for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// A page of this origin is answered.
///
/// # Errors
/// When it is not.
pub(super) fn is_served(port: u16, origin: &str) -> Result<()> {
    let mut socket = open(port, origin)?;
    let ping = Message::Ping(b"are you there".as_slice().into());
    socket.send(ping).map_err(said)?;
    loop {
        match socket.read().map_err(said)? {
            Message::Pong(_) => return Ok(()),
            Message::Close(frame) => {
                return Err(Error::Said(format!("{origin} was turned away: {frame:?}")));
            }
            _ => {}
        }
    }
}

/// Has this done as the user of this number, by a thread of that user's.
///
/// # Errors
/// What it says, or when the system does not allow it.
pub(super) fn as_user(user: u32, page: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let visit = move || {
        set_thread_uid(Uid::from_raw(user)).map_err(said)?;
        page()
    };
    let visited = std::thread::spawn(visit).join();
    visited.unwrap_or_else(|_panic| Err(Error::Said(String::from("the page panicked"))))
}

/// Another user's page, this test's own, gets no byte.
///
/// # Errors
/// When it gets one.
pub(super) fn is_not_heard(port: u16, origin: &str) -> Result<()> {
    refused(port, origin, |error| {
        !matches!(error, HandshakeError::Failure(tungstenite::Error::Http(_)))
    })
}

/// A page of a host that has nothing to do with any that is allowed is told nothing.
///
/// # Errors
/// When it is let in, or told something.
pub(super) fn is_told_nothing(port: u16, origin: &str) -> Result<()> {
    refused(port, origin, |error| match error {
        HandshakeError::Failure(tungstenite::Error::Http(response)) => {
            response.status() == 403 && response.body().as_ref().is_none_or(Vec::is_empty)
        }
        _ => false,
    })
}

/// A page of this origin, on a host with an allowed one, is told that it is not allowed.
///
/// # Errors
/// When it is let in, or told something else.
pub(super) fn is_turned_away(port: u16, origin: &str) -> Result<()> {
    let mut socket = open(port, origin)?;
    match socket.read().map_err(said)? {
        Message::Close(Some(frame)) if frame.code == CloseCode::from(NOT_ALLOWED) => Ok(()),
        other => Err(Error::Said(format!("{origin} was told {other:?}"))),
    }
}

fn refused(port: u16, origin: &str, is_right: impl Fn(&Refusal) -> bool) -> Result<()> {
    match knock(port, origin)? {
        Err(error) if is_right(&error) => Ok(()),
        Err(error) => Err(Error::Said(format!("{origin} was told: {error}"))),
        Ok(_) => Err(Error::Said(format!("{origin} was let in"))),
    }
}

fn open(port: u16, origin: &str) -> Result<WebSocket<TcpStream>> {
    knock(port, origin)?.map_err(said)
}

type Refusal = HandshakeError<ClientHandshake<TcpStream>>;

fn knock(port: u16, origin: &str) -> Result<std::result::Result<WebSocket<TcpStream>, Refusal>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(said)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(said)?;
    let mut request = format!("ws://127.0.0.1:{port}/")
        .into_client_request()
        .map_err(said)?;
    let value = HeaderValue::from_str(origin).map_err(said)?;
    request.headers_mut().insert("Origin", value);
    Ok(client(request, stream).map(|(socket, _response)| socket))
}

fn said(error: impl std::fmt::Display) -> Error {
    Error::Said(format!("the installed bridge: {error}"))
}
