//! The floor of 冻结: one UPDATE and one INSERT for each act, on one bare
//! connection through the same sqlx, synced at every COMMIT.

use std::time::{Duration, Instant};

use sqlx::{Executor as _, SqliteConnection};

use crate::data::{Register, card_id, now};

/// Acts a second with `batch` acts in a commit, and how long each commit with
/// its acts took. Takes the cards from `first` on.
pub(crate) async fn acts_a_second(
    register: &Register,
    first: u32,
    acts: u32,
    batch: u32,
) -> (f64, Vec<Duration>) {
    let mut times = Vec::new();
    let mut connection = register.connection().await;
    let started = Instant::now();
    for begin in (first..first + acts).step_by(usize::try_from(batch).unwrap()) {
        let begun = Instant::now();
        connection
            .execute(sqlx::query("BEGIN IMMEDIATE"))
            .await
            .unwrap();
        for number in begin..(begin + batch).min(first + acts) {
            act(&mut connection, register, number).await;
        }
        connection.execute(sqlx::query("COMMIT")).await.unwrap();
        times.push(begun.elapsed());
    }
    (f64::from(acts) / started.elapsed().as_secs_f64(), times)
}

async fn act(connection: &mut SqliteConnection, register: &Register, number: u32) {
    let at = now().as_microsecond();
    let update = sqlx::query(
        "UPDATE cards SET state = 'frozen', state_since = $1, version = version + 1 \
         WHERE id = $2 AND enterprise_id = $3 AND state = 'normal' AND version = 0",
    )
    .bind(at)
    .bind(card_id(number).0)
    .bind(register.enterprise.0);
    let done = connection.execute(update).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    let event = crate::freeze::event(register.enterprise, number);
    let insert = sqlx::query(
        "INSERT INTO events (at, enterprise_id, actor_card, act, target_card, outcome, body) \
         VALUES ($1, $2, $3, $4, $5, 'done', $6)",
    )
    .bind(at)
    .bind(register.enterprise.0)
    .bind(card_id(0).0)
    .bind(event.act.name())
    .bind(card_id(number).0)
    .bind(crate::freeze::body(&event));
    connection.execute(insert).await.unwrap();
}
