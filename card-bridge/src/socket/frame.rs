//! Frames (RFC 6455 §5): read as a server reads them, written as a server
//! writes them.

mod utf8;

use card_protocol::bridge::MAX_MESSAGE;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    sync::mpsc,
};
use zeroize::Zeroizing;

use self::utf8::{NotUtf8, Utf8};
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

/// How much of a payload is read at a time. It is looked at as soon as it is there.
const PART: usize = 4 * 1024;

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
pub async fn read_all(mut reader: impl AsyncRead + Unpin, sender: mpsc::Sender<Incoming>) {
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
    /// Whether what was read of it is UTF-8 so far; of a text only.
    text: Utf8,
    /// Bytes of this message that were not kept.
    discarded: u64,
}

/// What stands before a payload (§5.2).
struct Header {
    opcode: u8,
    is_last: bool,
    length: u64,
    mask: Mask,
}

impl Header {
    /// Reads it, and refuses at once what no frame of a client's begins with.
    async fn read(reader: &mut (impl AsyncRead + Unpin)) -> Result<Self, End> {
        let [first, second] = read(reader).await?;
        let opcode = first & 0x0F;
        let is_last = first & FIN != 0;
        // No extension was agreed on, and a client has to mask (§5.1, §5.2).
        if first & 0x70 != 0 || second & MASKED == 0 {
            return Err(End::Violation(PROTOCOL_ERROR));
        }
        let short = second & 0x7F;
        let is_known = match opcode {
            CONTINUATION | TEXT | BINARY => true,
            CLOSE | PING | PONG => is_last && u64::from(short) <= MAX_CONTROL,
            _ => false,
        };
        if !is_known {
            return Err(End::Violation(PROTOCOL_ERROR));
        }
        let length = match short {
            126 => at_least(126, u64::from(u16::from_be_bytes(read(reader).await?)))?,
            127 => at_least(1 << 16, u64::from_be_bytes(read(reader).await?))?,
            short => u64::from(short),
        };
        Ok(Self {
            opcode,
            is_last,
            length,
            mask: Mask::new(read(reader).await?),
        })
    }
}

/// A length has to be written in as few bytes as it can be, and its first bit is 0 (§5.2).
const fn at_least(least: u64, length: u64) -> Result<u64, End> {
    if length < least || length > u64::MAX >> 1 {
        Err(End::Violation(PROTOCOL_ERROR))
    } else {
        Ok(length)
    }
}

async fn read_one(
    reader: &mut (impl AsyncRead + Unpin),
    message: &mut Message,
) -> Result<Option<Incoming>, End> {
    let header = Header::read(reader).await?;
    let Header { opcode, length, .. } = header;
    if opcode & CONTROL != 0 {
        let mut payload = Zeroizing::new(Vec::new());
        unmasked(reader, length, header.mask, |part| {
            payload.extend_from_slice(part);
            Ok(())
        })
        .await?;
        return match opcode {
            CLOSE => close(&payload).map(Some),
            PING => Ok(Some(Incoming::Ping(payload.to_vec()))),
            _ => Ok(Some(Incoming::Pong)),
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
    let is_too_long = usize::try_from(total).map_or(true, |total| total > MAX_MESSAGE);
    if message.discarded > 0 || is_too_long {
        message.discarded += length;
    } else {
        make_room(
            &mut message.payload,
            usize::try_from(total).unwrap_or(MAX_MESSAGE),
        );
    }
    unmasked(reader, length, header.mask, |part| message.take(part)).await?;
    if header.is_last {
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
    /// Takes what was read, as soon as it was.
    fn take(&mut self, part: &[u8]) -> Result<(), End> {
        if self.opcode == Some(TEXT) {
            self.text.take(part).map_err(not_utf8)?;
        }
        if self.discarded == 0 {
            self.payload.extend_from_slice(part);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Incoming, End> {
        if self.opcode == Some(TEXT) {
            self.text.end().map_err(not_utf8)?;
        }
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

const fn not_utf8(_why: NotUtf8) -> End {
    End::Violation(NOT_UTF8)
}

/// Has room for `total` bytes. Its old memory is wiped when it has to grow, which it
/// does by half at least: a message may come in parts of a byte each.
fn make_room(payload: &mut Zeroizing<Vec<u8>>, total: usize) {
    if payload.capacity() >= total {
        return;
    }
    let capacity = total.max(payload.capacity() * 2).min(MAX_MESSAGE);
    let mut grown = Zeroizing::new(Vec::with_capacity(capacity));
    grown.extend_from_slice(payload);
    *payload = grown;
}

/// The mask of a frame, and how far it got (§5.3).
struct Mask {
    mask: std::iter::Cycle<std::array::IntoIter<u8, 4>>,
}

impl Mask {
    fn new(mask: [u8; 4]) -> Self {
        Self {
            mask: mask.into_iter().cycle(),
        }
    }

    fn take_off(&mut self, part: &mut [u8]) {
        for (byte, mask) in part.iter_mut().zip(&mut self.mask) {
            *byte ^= mask;
        }
    }
}

/// Reads `length` masked bytes and hands them on as they come.
async fn unmasked(
    reader: &mut (impl AsyncRead + Unpin),
    length: u64,
    mut mask: Mask,
    mut take: impl FnMut(&[u8]) -> Result<(), End>,
) -> Result<(), End> {
    let mut buffer = Zeroizing::new([0; PART]);
    let mut missing = length;
    while missing > 0 {
        let most = usize::try_from(missing).map_or(PART, |missing| missing.min(PART));
        let room = buffer.get_mut(..most).unwrap_or_default();
        let count = reader.read(room).await?;
        let part = room.get_mut(..count).unwrap_or_default();
        if part.is_empty() {
            return Err(End::Lost);
        }
        mask.take_off(part);
        take(part)?;
        missing = missing.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
    }
    Ok(())
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
