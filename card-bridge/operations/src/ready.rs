//! Running an operation on a card that blocks: it is never waited for.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use card_protocol::CardError;

/// What `operation` ends with, whose card answers within the call.
///
/// # Errors
/// Those of the operation; [`CardError::ReaderError`] if its card did not: that is a defect
/// of the card's driver here.
pub fn ready<T>(operation: impl Future<Output = Result<T, CardError>>) -> Result<T, CardError> {
    match pin!(operation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => {
            tracing::error!("an operation waits for a card that does not block");
            Err(CardError::ReaderError)
        }
    }
}
