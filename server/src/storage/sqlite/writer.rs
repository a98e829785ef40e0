//! The one writer: a task that takes all that waits in its queue, runs it in
//! one transaction and answers after COMMIT. Under load many writes share one
//! sync of the disk; a lone one does not wait for company.

use std::{future::Future, pin::Pin};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{mpsc, oneshot};

use super::batch::{self, Broken};
use crate::storage::{StoreError, database::Operation};

/// Writes that wait at most; further callers wait to get into the queue.
const QUEUE: usize = 4096;

/// Writes in one transaction at most, so that none waits long for the others.
const BATCH: usize = 1024;

/// A write in the queue.
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

enum Message {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// The handle of the writer.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the writer on a connection; `options` make another if that one breaks.
    pub(super) fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(serve(waiting, connection, options));
        Self { queue }
    }

    /// Runs a write; returns after it is durable.
    pub(super) async fn write<O: Operation>(&self, operation: O) -> Result<O::Output, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = Queued {
            operation,
            output: None,
            reply,
        };
        self.queue
            .send(Message::Write(Box::new(job)))
            .await
            .map_err(|_closed| StoreError::Closed)?;
        answer.await.map_err(|_gone| StoreError::Closed)?
    }

    /// Finishes what is in the queue and closes.
    pub(super) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).await.is_ok() {
            // An error is a writer that is gone already.
            answer.await.unwrap_or_default();
        }
    }
}

struct Queued<O: Operation> {
    operation: O,
    output: Option<O::Output>,
    reply: oneshot::Sender<Result<O::Output, StoreError>>,
}

impl<O: Operation> Job for Queued<O> {
    fn run<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>> {
        Box::pin(async move {
            self.output = Some(self.operation.run(connection).await?);
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

async fn serve(
    mut waiting: mpsc::Receiver<Message>,
    connection: SqliteConnection,
    options: SqliteConnectOptions,
) {
    let mut connection = Some(connection);
    let mut messages = Vec::with_capacity(BATCH);
    loop {
        if waiting.recv_many(&mut messages, BATCH).await == 0 {
            break;
        }
        let mut jobs = Vec::with_capacity(messages.len());
        let mut closing = None;
        for message in messages.drain(..) {
            match message {
                Message::Write(job) => jobs.push(job),
                Message::Close(reply) => closing = Some(reply),
            }
        }
        if !jobs.is_empty() {
            connection = run(connection, &options, jobs).await;
        }
        if let Some(reply) = closing {
            waiting.close();
            if let Some(connection) = connection.take()
                && let Err(error) = connection.close().await
            {
                tracing::warn!(%error, "the writer's connection did not close well");
            }
            // Whoever closes may have given up waiting.
            reply.send(()).unwrap_or_default();
            break;
        }
    }
}

/// Runs a batch; gives the connection back unless it broke.
async fn run(
    connection: Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    jobs: Vec<Box<dyn Job>>,
) -> Option<SqliteConnection> {
    let connected = match connection {
        Some(connection) => Ok(connection),
        None => options.connect().await,
    };
    match connected {
        Ok(mut connection) => match batch::run(&mut connection, jobs).await {
            Ok(()) => Some(connection),
            Err(Broken) => None,
        },
        Err(error) => {
            batch::refuse_all(jobs, &error.into());
            None
        }
    }
}
