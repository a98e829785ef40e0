//! A page, as far as a bridge's door: whether it is let in.

use std::{
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use tungstenite::{
    Message, WebSocket, client, client::IntoClientRequest as _, http::HeaderValue,
    protocol::frame::coding::CloseCode,
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

/// A page of this origin is told that it is not allowed.
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

fn open(port: u16, origin: &str) -> Result<WebSocket<TcpStream>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(said)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(said)?;
    let mut request = format!("ws://127.0.0.1:{port}/")
        .into_client_request()
        .map_err(said)?;
    let value = HeaderValue::from_str(origin).map_err(said)?;
    request.headers_mut().insert("Origin", value);
    let (socket, _response) = client(request, stream).map_err(said)?;
    Ok(socket)
}

fn said(error: impl std::fmt::Display) -> Error {
    Error::Said(format!("the installed bridge: {error}"))
}
