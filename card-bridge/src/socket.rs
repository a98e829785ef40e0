//! The WebSocket (RFC 6455) of one page. Messages may hold a PIN, so they are
//! read into memory that is wiped; that is why the frames are read here, and
//! by no library.

mod frame;

pub use self::frame::read_all;

use card_protocol::bridge::MAX_MESSAGE;
use tokio::{
    io::{AsyncWriteExt as _, WriteHalf},
    net::TcpStream,
    sync::mpsc,
    task::JoinHandle,
};
use zeroize::Zeroizing;

/// Longer messages than [`MAX_MESSAGE`] are refused with an answer; longer
/// ones than this end the connection.
const MAX_DISCARDED: u64 = 1024 * 1024;

/// What came from the page.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A message.
    Text(Zeroizing<String>),
    /// A message of more than [`MAX_MESSAGE`] bytes, or one that is not text.
    Unreadable,
    /// To be answered with the same bytes.
    Ping(Vec<u8>),
    /// The page is still there.
    Pong,
    /// The page closes.
    Close,
    /// The page, or what pretends to be one, broke the protocol: close with
    /// this code (RFC 6455 §7.4.1).
    Violation(u16),
}

/// The connection: what comes in, and a way out.
pub struct Socket {
    incoming: mpsc::Receiver<Incoming>,
    reader: JoinHandle<()>,
    writer: WriteHalf<TcpStream>,
}

impl Socket {
    /// Takes over a connection after its opening handshake.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let (sender, incoming) = mpsc::channel(8);
        Self {
            incoming,
            reader: tokio::spawn(read_all(reader, sender)),
            writer,
        }
    }

    /// The next thing that comes; [`Incoming::Close`] once nothing can come
    /// any more. Safe to cancel.
    pub async fn receive(&mut self) -> Incoming {
        self.incoming.recv().await.unwrap_or(Incoming::Close)
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn send(&mut self, text: &str) -> std::io::Result<()> {
        debug_assert!(text.len() <= MAX_MESSAGE, "all our messages are short");
        self.write(frame::TEXT, text.as_bytes()).await
    }

    /// Asks whether the page is still there.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn ping(&mut self) -> std::io::Result<()> {
        self.write(frame::PING, &[]).await
    }

    /// Answers [`Incoming::Ping`].
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn pong(&mut self, payload: &[u8]) -> std::io::Result<()> {
        self.write(frame::PONG, payload).await
    }

    /// Says good-bye with a code (RFC 6455 §7.4) and a short reason.
    ///
    /// # Errors
    /// When the page is gone already.
    pub async fn close(&mut self, code: u16, reason: &str) -> std::io::Result<()> {
        let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
        self.write(frame::CLOSE, &payload).await?;
        self.writer.shutdown().await
    }

    async fn write(&mut self, opcode: u8, payload: &[u8]) -> std::io::Result<()> {
        let frame = frame::encode(opcode, payload);
        self.writer.write_all(&frame).await?;
        self.writer.flush().await
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
