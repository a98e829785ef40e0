//! A write that waits for its turn, and for its answer.

use std::{future::Future, pin::Pin};

use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use crate::storage::{
    Act, Nonce, StoreError,
    connection::{Applied, Connection},
    database::WriteQuery,
    queries::{acts, nonces::TakeNonce},
};

/// Where the caller waits for what became of its write.
type Answer<W> = oneshot::Receiver<Result<<W as WriteQuery>::Output, StoreError>>;

/// A write of any kind.
pub(super) trait Job: Send {
    /// Runs the write, and keeps its outcome.
    fn run<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

    /// The write is durable: hands its outcome to the caller.
    fn acknowledge(self: Box<Self>);

    /// The write did not happen: tells the caller why.
    fn refuse(self: Box<Self>, error: StoreError);
}

/// A write of one kind.
pub(super) struct Queued<W: WriteQuery> {
    pub(super) write: W,
    output: Option<W::Output>,
    reply: oneshot::Sender<Result<W::Output, StoreError>>,
}

impl<W: WriteQuery> Queued<W> {
    /// The write, and where its answer will be.
    pub(super) fn new(write: W) -> (Box<Self>, Answer<W>) {
        let (reply, answer) = oneshot::channel();
        let queued = Self {
            write,
            output: None,
            reply,
        };
        (Box::new(queued), answer)
    }
}

impl Queued<Act> {
    /// Keeps the outcome of an act that was applied together with others.
    pub(super) async fn conclude(
        &mut self,
        connection: &mut SqliteConnection,
        applied: Applied,
    ) -> Result<(), StoreError> {
        let connection = &mut Connection::Sqlite(connection);
        self.output = Some(acts::outcome(connection, &self.write, applied).await?);
        Ok(())
    }
}

impl Queued<TakeNonce> {
    /// Keeps what became of a nonce that was taken together with others.
    pub(super) fn conclude(&mut self, taken: Option<Nonce>) {
        self.output = Some(taken);
    }
}

impl<W: WriteQuery> Job for Queued<W> {
    fn run<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>> {
        Box::pin(async move {
            let connection = &mut Connection::Sqlite(connection);
            self.output = Some(self.write.run(connection).await?);
            Ok(())
        })
    }

    fn acknowledge(self: Box<Self>) {
        let answer = self.output.ok_or(StoreError::Closed);
        // A caller that went away does not want to know.
        drop(self.reply.send(answer));
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        drop(self.reply.send(Err(error)));
    }
}

/// What waits in the queue. Told apart is what runs together with its like.
pub(super) enum Waiting {
    Act(Box<Queued<Act>>),
    Take(Box<Queued<TakeNonce>>),
    Other(Box<dyn Job>),
}

impl Waiting {
    /// The write as one of any kind.
    pub(super) fn job(&mut self) -> &mut dyn Job {
        match self {
            Self::Act(act) => act.as_mut(),
            Self::Take(take) => take.as_mut(),
            Self::Other(job) => job.as_mut(),
        }
    }

    /// The write is durable.
    pub(super) fn acknowledge(self) {
        match self {
            Self::Act(act) => act.acknowledge(),
            Self::Take(take) => take.acknowledge(),
            Self::Other(job) => job.acknowledge(),
        }
    }

    /// The write did not happen.
    pub(super) fn refuse(self, error: StoreError) {
        match self {
            Self::Act(act) => act.refuse(error),
            Self::Take(take) => take.refuse(error),
            Self::Other(job) => job.refuse(error),
        }
    }
}
