//! Giving the turn away once, so that what is joined with a long computation
//! goes on too. It needs no runtime.

use std::{future, task::Poll};

/// Is ready when it is polled the second time.
pub(super) async fn yield_now() {
    let mut has_yielded = false;
    future::poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
