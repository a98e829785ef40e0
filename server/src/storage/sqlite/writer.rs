//! The one writer: it takes all that waits in its queue, runs it in one
//! transaction and answers after COMMIT. Under load many writes share one
//! sync of the disk; a lone one does not wait for company.
//!
//! It has a thread of its own. As a task among those of a busy service it
//! would wait in line after each of its statements.

use std::time::{Duration, Instant};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    batch::{self, Broken},
    job::{Queued, Waiting},
};
use crate::{
    metrics::BatchMetrics,
    storage::{
        Act, ActOutcome, Nonce, StoreError, database::WriteQuery, queries::nonces::TakeNonce,
    },
};

/// Writes that wait at most; further callers wait to get into the queue.
const MAX_QUEUE: usize = 4096;

/// How long the answer to a write is waited for: twice as long as the writer itself
/// waits for another process's lock.
const LIMIT: Duration = Duration::from_secs(10);

/// The same where no person waits.
const LONG_LIMIT: Duration = Duration::from_mins(10);

/// How long closing waits for what is under way.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Writes in one transaction at most, so that none waits long for the others.
const MAX_BATCH: usize = 1024;

enum Message {
    Write(Waiting),
    Close(oneshot::Sender<()>),
}

/// The handle of the writer.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
}

impl Writer {
    /// Starts the writer on a connection; `options` make another if that one breaks.
    pub(super) fn start(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        batches: BatchMetrics,
    ) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(MAX_QUEUE);
        let runtime = Handle::current();
        std::thread::Builder::new()
            .name(String::from("store-writer"))
            .spawn(move || runtime.block_on(serve(waiting, connection, options, batches)))?;
        Ok(Self { queue })
    }

    /// Runs a write; returns after it is durable.
    pub(super) async fn write<W: WriteQuery>(&self, write: W) -> Result<W::Output, StoreError> {
        let (job, answer) = Queued::new(write);
        let limit = if W::IS_LONG { LONG_LIMIT } else { LIMIT };
        self.within(limit, Waiting::Other(job), answer).await
    }

    /// Does an act; returns after it is durable.
    pub(super) async fn act(&self, act: Act) -> Result<ActOutcome, StoreError> {
        let (job, answer) = Queued::new(act);
        self.within(LIMIT, Waiting::Act(job), answer).await
    }

    /// Takes a nonce out; returns after that is durable.
    pub(super) async fn take_nonce(&self, take: TakeNonce) -> Result<Option<Nonce>, StoreError> {
        let (job, answer) = Queued::new(take);
        self.within(LIMIT, Waiting::Take(job), answer).await
    }

    /// The answer to a job within its limit. A job whose caller gave up is run all the
    /// same: whether it was is not known then.
    async fn within<T>(
        &self,
        limit: Duration,
        job: Waiting,
        answer: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let answered = async {
            let sent = self.queue.send(Message::Write(job)).await;
            sent.map_err(|_closed| StoreError::Closed)?;
            answer.await.map_err(|_gone| StoreError::Closed)?
        };
        timeout(limit, answered).await.map_err(|_elapsed| {
            tracing::warn!(
                ?limit,
                "the disk is silent: a write is not waited for any more"
            );
            StoreError::Silent
        })?
    }

    /// How many writes wait at this moment.
    pub(super) fn waiting(&self) -> u32 {
        let waiting = self.queue.max_capacity() - self.queue.capacity();
        u32::try_from(waiting).unwrap_or(u32::MAX)
    }

    /// Finishes what is in the queue and closes.
    pub(super) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        let closed = async {
            if self.queue.send(Message::Close(reply)).await.is_ok() {
                // An error is a writer that is gone already.
                answer.await.unwrap_or_default();
            }
        };
        if timeout(CLOSE_LIMIT, closed).await.is_err() {
            tracing::warn!("the disk is silent: what is in the writer's queue is given up");
        }
    }
}

async fn serve(
    mut waiting: mpsc::Receiver<Message>,
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    batches: BatchMetrics,
) {
    let mut connection = Some(connection);
    let mut messages = Vec::with_capacity(MAX_BATCH);
    loop {
        if waiting.recv_many(&mut messages, MAX_BATCH).await == 0 {
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
            let (writes, started) = (jobs.len(), Instant::now());
            connection = run(connection, &options, jobs).await;
            batches.record(writes, started.elapsed());
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
    jobs: Vec<Waiting>,
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
