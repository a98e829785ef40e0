//! A batch of writes in one transaction.
//!
//! Savepoints cost two statements for each write, and hardly any write fails.
//! So a batch runs without them first; when one fails, everything is rolled
//! back and the batch runs again with a savepoint for each, so that the
//! failing one does not hurt the others.

use sqlx::SqliteConnection;

use super::{
    act,
    job::{Job, Waiting},
    nonces,
};
use crate::storage::{StoreError, connection::Connection};

/// A write and the error that it met, if any.
type Ran = (Waiting, Option<StoreError>);

/// The connection is in an unknown state and must not be used again.
pub(super) struct Broken;

/// Runs a batch and answers every caller.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    mut jobs: Vec<Waiting>,
) -> Result<(), Broken> {
    if let Err(error) = begin(connection).await {
        refuse_all(jobs, &error);
        return Err(Broken);
    }
    match together(connection, &mut jobs).await {
        Ok(()) => {
            let ran = jobs.into_iter().map(|job| (job, None)).collect();
            commit(connection, ran).await
        }
        Err(error) => {
            if execute(connection, "ROLLBACK").await.is_err() {
                refuse_all(jobs, &error);
                return Err(Broken);
            }
            if jobs.len() == 1 {
                refuse_all(jobs, &error);
                return Ok(());
            }
            separately(connection, jobs).await
        }
    }
}

/// Tells every caller that nothing was written.
pub(super) fn refuse_all(jobs: Vec<Waiting>, error: &StoreError) {
    for job in jobs {
        job.refuse(error.clone());
    }
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(), StoreError> {
    Connection::Sqlite(connection)
        .execute(statement, &[])
        .await?;
    Ok(())
}

async fn begin(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    execute(connection, "BEGIN IMMEDIATE").await
}

/// Runs all writes, the acts as one script and the nonces by one statement; stops at the
/// first error. They came at the same time, so their order among themselves is free.
async fn together(
    connection: &mut SqliteConnection,
    jobs: &mut [Waiting],
) -> Result<(), StoreError> {
    let (mut acts, mut nonces) = (Vec::new(), Vec::new());
    for job in jobs {
        match job {
            Waiting::Act(act) => acts.push(act),
            Waiting::Take(nonce) => nonces.push(nonce),
            Waiting::Other(job) => job.run(connection).await?,
        }
    }
    let scripted: Vec<_> = acts.iter().map(|act| &act.write).collect();
    let applied = act::apply(connection, &scripted).await?;
    for (act, applied) in acts.into_iter().zip(applied) {
        act.conclude(connection, applied).await?;
    }
    let hashes: Vec<_> = nonces.iter().map(|nonce| &nonce.write.0).collect();
    let taken = nonces::take(connection, &hashes).await?;
    for (nonce, taken) in nonces.into_iter().zip(taken) {
        nonce.conclude(taken);
    }
    Ok(())
}

/// Runs all writes, each in a savepoint of its own.
async fn separately(connection: &mut SqliteConnection, jobs: Vec<Waiting>) -> Result<(), Broken> {
    if let Err(error) = begin(connection).await {
        refuse_all(jobs, &error);
        return Err(Broken);
    }
    let mut ran: Vec<Ran> = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter();
    while let Some(mut job) = jobs.next() {
        match in_savepoint(connection, job.job()).await {
            Ok(outcome) => ran.push((job, outcome)),
            Err(error) => {
                // The transaction itself is lost, and with it what ran before.
                let lost = ran.into_iter().map(|(job, _outcome)| job);
                refuse_all(lost.chain([job]).chain(jobs).collect(), &error);
                return Err(Broken);
            }
        }
    }
    commit(connection, ran).await
}

/// Runs one write; gives its error, or fails when the savepoint does.
async fn in_savepoint(
    connection: &mut SqliteConnection,
    job: &mut dyn Job,
) -> Result<Option<StoreError>, StoreError> {
    execute(connection, "SAVEPOINT job").await?;
    let outcome = job.run(connection).await.err();
    if outcome.is_some() {
        execute(connection, "ROLLBACK TO job").await?;
    }
    execute(connection, "RELEASE job").await?;
    Ok(outcome)
}

/// Makes the batch durable, then answers every caller.
async fn commit(connection: &mut SqliteConnection, ran: Vec<Ran>) -> Result<(), Broken> {
    if let Err(error) = execute(connection, "COMMIT").await {
        refuse_all(ran.into_iter().map(|(job, _outcome)| job).collect(), &error);
        return match execute(connection, "ROLLBACK").await {
            Ok(()) => Ok(()),
            Err(_) => Err(Broken),
        };
    }
    for (job, outcome) in ran {
        match outcome {
            None => job.acknowledge(),
            Some(error) => job.refuse(error),
        }
    }
    Ok(())
}
