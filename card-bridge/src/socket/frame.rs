//! Frames (RFC 6455 §5): read as a server reads them, written as a server
//! writes them.

use card_protocol::bridge::MAX_MESSAGE;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    sync::mpsc,
};
use zeroize::Zeroizing;

use super::{Incoming, MAX_DISCARDED};

const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xA;

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const CONTROL: u8 = 0x8;
/// The longest payload of a control frame (§5.5).
const MAX_CONTROL: u64 = 125;

/// The close codes of §7.4.1 that are used here.
const PROTOCOL_ERROR: u16 = 1002;
const NOT_UTF8: u16 = 1007;
const TOO_BIG: u16 = 1009;

/// Why reading ends.
enum End {
    /// The connection is gone, or nobody listens any more.
    Lost,
    Violation(u16),
}

impl From<std::io::Error> for End {
    fn from(_lost: std::io::Error) -> Self {
        Self::Lost
    }
}

/// Reads frames and hands on what they say, until the end.
pub(super) async fn read_all(mut reader: impl AsyncRead + Unpin, sender: mpsc::Sender<Incoming>) {
    let mut message = Message::default();
    loop {
        let incoming = match read_one(&mut reader, &mut message).await {
            Ok(None) => continue,
            Ok(Some(incoming)) => incoming,
            Err(End::Lost) => return,
            Err(End::Violation(code)) => Incoming::Violation(code),
        };
        let is_over = matches!(incoming, Incoming::Close | Incoming::Violation(_));
        if sender.send(incoming).await.is_err() || is_over {
            return;
        }
    }
}

/// The message that is being put together from its frames.
#[derive(Default)]
struct Message {
    /// `None` between messages.
    opcode: Option<u8>,
    payload: Zeroizing<Vec<u8>>,
    /// Bytes of this message that were not kept.
    discarded: u64,
}

async fn read_one(
    reader: &mut (impl AsyncRead + Unpin),
    message: &mut Message,
) -> Result<Option<Incoming>, End> {
    let [first, second] = read(reader).await?;
    let opcode = first & 0x0F;
    let is_last = first & FIN != 0;
    // No extension was agreed on, and a client has to mask (§5.1, §5.2).
    if first & 0x70 != 0 || second & MASKED == 0 {
        return Err(End::Violation(PROTOCOL_ERROR));
    }
    let length = match second & 0x7F {
        126 => u64::from(u16::from_be_bytes(read(reader).await?)),
        127 => u64::from_be_bytes(read(reader).await?),
        short => u64::from(short),
    };
    let mask: [u8; 4] = read(reader).await?;

    if opcode & CONTROL != 0 {
        if length > MAX_CONTROL || !is_last {
            return Err(End::Violation(PROTOCOL_ERROR));
        }
        let mut payload = Zeroizing::new(Vec::new());
        append(reader, &mut payload, length, mask).await?;
        return match opcode {
            CLOSE => close(&payload).map(Some),
            PING => Ok(Some(Incoming::Ping(payload.to_vec()))),
            PONG => Ok(Some(Incoming::Pong)),
            _ => Err(End::Violation(PROTOCOL_ERROR)),
        };
    }

    match (opcode, message.opcode) {
        (TEXT | BINARY, None) => message.opcode = Some(opcode),
        (CONTINUATION, Some(_)) => {}
        _ => return Err(End::Violation(PROTOCOL_ERROR)),
    }
    let kept = u64::try_from(message.payload.len()).unwrap_or(u64::MAX);
    let total = kept
        .saturating_add(message.discarded)
        .saturating_add(length);
    if total > MAX_DISCARDED {
        return Err(End::Violation(TOO_BIG));
    }
    if message.discarded > 0 || usize::try_from(total).is_ok_and(|total| total > MAX_MESSAGE) {
        discard(reader, length).await?;
        message.discarded += length;
    } else {
        append(reader, &mut message.payload, length, mask).await?;
    }
    if is_last {
        std::mem::take(message).finish().map(Some)
    } else {
        Ok(None)
    }
}

/// What a close frame says: nothing, or a code that an endpoint may send with a
/// reason in UTF-8 (§5.5.1, §7.4).
fn close(payload: &[u8]) -> Result<Incoming, End> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return match payload {
            [] => Ok(Incoming::Close),
            _ => Err(End::Violation(PROTOCOL_ERROR)),
        };
    };
    // 1004 to 1006 and 1015 are never sent; what is above 1014 and below 3000 is
    // nobody's yet.
    if !matches!(u16::from_be_bytes(*code), 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(End::Violation(PROTOCOL_ERROR));
    }
    match std::str::from_utf8(reason) {
        Ok(_reason) => Ok(Incoming::Close),
        Err(_no_text) => Err(End::Violation(NOT_UTF8)),
    }
}

impl Message {
    fn finish(mut self) -> Result<Incoming, End> {
        if self.discarded > 0 || self.opcode != Some(TEXT) {
            return Ok(Incoming::Unreadable);
        }
        match String::from_utf8(std::mem::take(&mut *self.payload)) {
            Ok(text) => Ok(Incoming::Text(Zeroizing::new(text))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(End::Violation(NOT_UTF8))
            }
        }
    }
}

/// Reads `length` masked bytes to the end of `payload`. Its old memory is
/// wiped when it has to grow.
async fn append(
    reader: &mut (impl AsyncRead + Unpin),
    payload: &mut Zeroizing<Vec<u8>>,
    length: u64,
    mask: [u8; 4],
) -> Result<(), End> {
    let length = usize::try_from(length).map_err(|_too_big| End::Violation(TOO_BIG))?;
    let start = payload.len();
    if payload.capacity() < start + length {
        let mut grown = Zeroizing::new(Vec::with_capacity(start + length));
        grown.extend_from_slice(payload);
        *payload = grown;
    }
    payload.resize(start + length, 0);
    let part = payload.get_mut(start..).unwrap_or_default();
    reader.read_exact(part).await?;
    for (byte, mask) in part.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= mask;
    }
    Ok(())
}

async fn discard(reader: &mut (impl AsyncRead + Unpin), length: u64) -> Result<(), End> {
    let copied = tokio::io::copy(&mut reader.take(length), &mut tokio::io::sink()).await?;
    if copied == length {
        Ok(())
    } else {
        Err(End::Lost)
    }
}

async fn read<const N: usize>(reader: &mut (impl AsyncRead + Unpin)) -> Result<[u8; N], End> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// One unmasked, final frame.
pub(super) fn encode(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(FIN | opcode);
    if let Ok(length @ 0..=125) = u8::try_from(payload.len()) {
        frame.push(length);
    } else if let Ok(length) = u16::try_from(payload.len()) {
        frame.push(126);
        frame.extend_from_slice(&length.to_be_bytes());
    } else {
        frame.push(127);
        frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    }
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests;
