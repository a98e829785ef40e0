//! The ways to cards in readers. A backend reports its readers and connects to
//! the cards in them; a connection runs transactions, and a card is talked to
//! within a transaction only.

pub(crate) mod common;
#[cfg(feature = "demo")]
pub mod demo;
pub mod pcsc;

use card_protocol::{CardError, StatusWord, bridge::Readers};
use tokio::sync::watch;

/// A set of readers that come and go by themselves.
pub trait ReaderBackend: Send + Sync {
    /// The readers now, and each change of them.
    fn readers(&self) -> watch::Receiver<Readers>;

    /// Connects to the card in a reader, shared with other programs. Blocks.
    ///
    /// # Errors
    /// [`CardError::NoReader`], [`CardError::NoCard`], [`CardError::CardInUse`],
    /// [`CardError::ReaderError`].
    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, CardError>;

    /// The software cards, if this backend's readers take them.
    #[cfg(feature = "demo")]
    fn software_cards(&self) -> Option<&demo::SoftwareReaders> {
        None
    }
}

/// Whether pages may use the reader of this name: it contains a word of `only`,
/// or there are none.
fn is_offered(only: &[String], reader: &str) -> bool {
    only.is_empty() || only.iter().any(|word| reader.contains(word.as_str()))
}

/// What happens to a card when its connection ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Disposition {
    /// It keeps its state, for the other programs that use it.
    Leave,
    /// It is reset: a verified PIN is forgotten.
    Reset,
}

/// A connection to one insertion of one card.
pub trait CardConnection: Send {
    /// Waits until no other program is in the middle of something, then runs
    /// `work` exactly once, with the card to itself. Blocks.
    ///
    /// # Errors
    /// Why `work` was not run: [`CardError::CardRemoved`] when the card of this
    /// connection is gone, or what [`ReaderBackend::connect`] says.
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn CardAccess)) -> Result<(), CardError>;

    /// The same with the card [taken alone](Self::take_alone): nobody else lets go of that
    /// in between.
    ///
    /// # Errors
    /// Those of both; `work` was not run then.
    fn transaction_alone(
        &mut self,
        work: &mut dyn FnMut(&mut dyn CardAccess),
    ) -> Result<(), CardError> {
        self.take_alone()?;
        self.transaction(work)
    }

    /// Takes the card for this connection alone: until it is [reset](Self::reset)
    /// or the connection ends, no other program gets at it. Blocks.
    ///
    /// # Errors
    /// [`CardError::CardInUse`] while another program is connected to the card,
    /// and what [`ReaderBackend::connect`] says.
    fn take_alone(&mut self) -> Result<(), CardError>;

    /// From here on the card is reset when the connection ends, however that
    /// comes about.
    fn reset_at_end(&mut self);

    /// Resets the card now and shares it with other programs again. Blocks.
    ///
    /// # Errors
    /// What [`ReaderBackend::connect`] says.
    fn reset(&mut self) -> Result<(), CardError>;

    /// Ends the connection. A card that is to be reset at the end is reset also
    /// with [`Disposition::Leave`], and also when the connection is dropped.
    fn disconnect(self: Box<Self>, disposition: Disposition);
}

/// A card within a transaction.
pub trait CardAccess {
    /// Sends one APDU and returns the response APDU. Blocks.
    ///
    /// # Errors
    /// [`CardError::CardRemoved`], [`CardError::ReaderError`].
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError>;

    /// Whether the card speaks T=0, where a command with data has no Le.
    fn is_t0(&self) -> bool {
        false
    }

    /// Whether card and reader carry extended lengths.
    fn carries_extended(&self) -> bool {
        false
    }

    /// Whether the card lost its state (its verified PIN) since the previous
    /// transaction of this connection.
    fn was_reset(&self) -> bool;

    /// Lets the reader ask for the PIN on its own pad and verify it (PC/SC
    /// part 10, `FEATURE_VERIFY_PIN_DIRECT`). Blocks.
    ///
    /// # Errors
    /// [`CardError::Cancelled`] when nobody typed a PIN or somebody pressed
    /// cancel, [`CardError::ReaderError`] when the reader has no pad.
    fn verify_on_pin_pad(&mut self) -> Result<StatusWord, CardError> {
        Err(CardError::ReaderError)
    }
}

/// Whether other programs may have the card, too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sharing {
    /// Between two transactions they may.
    Shared,
    /// None is connected to it, and none can be.
    Alone,
}

/// Runs `work` in a transaction and passes its result on. The outer error says
/// that it could not begin, the inner one is that of `work`.
///
/// # Errors
/// See [`CardConnection::transaction`] and [`CardConnection::transaction_alone`].
pub fn in_transaction<T>(
    connection: &mut dyn CardConnection,
    sharing: Sharing,
    work: impl FnOnce(&mut dyn CardAccess) -> Result<T, CardError>,
) -> Result<Result<T, CardError>, CardError> {
    let mut work = Some(work);
    let mut result = None;
    let mut once = |card: &mut dyn CardAccess| {
        if let Some(work) = work.take() {
            result = Some(work(card));
        }
    };
    match sharing {
        Sharing::Shared => connection.transaction(&mut once)?,
        Sharing::Alone => connection.transaction_alone(&mut once)?,
    }
    // A transaction that was not begun is an error, so there is a result.
    Ok(result.unwrap_or(Err(CardError::ReaderError)))
}
