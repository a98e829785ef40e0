//! A card that is none of the product's: its answer to reset and to each command are the
//! test's, down to no answer at all.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    thread::JoinHandle,
};

/// What becomes of a command.
pub(crate) enum Answer {
    /// This is answered.
    Say(Vec<u8>),
    /// Nothing is, ever.
    Silence,
}

/// The card, in the first reader. It is pulled with this.
pub(crate) struct OddCard {
    stream: TcpStream,
    server: Option<JoinHandle<()>>,
}

impl OddCard {
    /// Inserts it, at the port of vpcd's reader.
    pub(crate) fn insert(
        port: u16,
        atr: &'static [u8],
        mut on: impl FnMut(&[u8]) -> Answer + Send + 'static,
    ) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut reader = stream.try_clone().unwrap();
        let server = std::thread::spawn(move || {
            while let Some(message) = receive(&mut reader) {
                let answer = match message[..] {
                    [4] => atr.to_vec(),
                    [_] => continue,
                    _ => match on(&message) {
                        Answer::Say(answer) => answer,
                        Answer::Silence => continue,
                    },
                };
                let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                if reader.write_all(&[&length, &answer[..]].concat()).is_err() {
                    return;
                }
            }
        });
        Self {
            stream,
            server: Some(server),
        }
    }
}

impl Drop for OddCard {
    fn drop(&mut self) {
        // It may be out already.
        let _out = self.stream.shutdown(Shutdown::Both);
        let _ended = self.server.take().unwrap().join();
    }
}

fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).ok()?;
    Some(message)
}
