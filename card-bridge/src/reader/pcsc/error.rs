//! From PC/SC's errors to the closed list. The service's own text is for the
//! log; a page sees the list only.

use card_protocol::CardError;
use pcsc::Error;

/// While connecting to a card or beginning a transaction.
pub(super) fn connecting(error: Error) -> CardError {
    match error {
        Error::NoSmartcard => CardError::NoCard,
        // The service that the connection was to is gone; nothing reached a card.
        Error::CommError | Error::InvalidHandle => CardError::NoReader,
        error => working(error),
    }
}

/// In the middle of an operation.
pub(super) fn working(error: Error) -> CardError {
    let meaning = match error {
        // The last two: another program reset the card right now, and pcscd has
        // not agreed on a protocol with it again. Nothing reached the card.
        Error::SharingViolation | Error::ResetCard | Error::ProtoMismatch => CardError::CardInUse,
        Error::RemovedCard | Error::NoSmartcard => CardError::CardRemoved,
        Error::UnknownReader
        | Error::ReaderUnavailable
        | Error::NoReadersAvailable
        | Error::NoService
        | Error::ServiceStopped
        | Error::Shutdown => CardError::NoReader,
        Error::UnresponsiveCard | Error::UnpoweredCard => CardError::CardMute,
        Error::CardUnsupported | Error::UnsupportedCard => CardError::UnsupportedCard,
        Error::CancelledByUser => CardError::Cancelled,
        _ => CardError::ReaderError,
    };
    tracing::info!(%error, code = meaning.code(), "smart-card service");
    meaning
}
