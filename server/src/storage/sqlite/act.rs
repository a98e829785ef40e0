//! An act on SQLite: three statements in one trip to the connection's
//! thread, since the trip costs more than they do. `changes()` is how many
//! rows the statement before changed, so each waits for the one before it.

use futures_util::TryStreamExt as _;
use sqlx::{Either, Executor as _, SqliteConnection};

use crate::storage::{
    StoreError,
    connection::sqlite_query,
    records::act::Act,
    rows::{
        event::{event_columns, values},
        state::StateColumns,
    },
    sql::{Applied, Columns, Value, arguments, needed},
};

const SCRIPT: &str = concat!(
    "DELETE FROM nonces WHERE hash = $26 AND kind = 'act' AND session_hash = $20 \
     AND card_id = $16 AND expires_at >= $21; \
     UPDATE cards SET state = $22, state_since = $23, \
     lost_from = $24, lost_from_since = $25, version = version + 1 \
     WHERE changes() = 1 AND id = $16 AND enterprise_id = $17 AND state = $18 AND version = $19 \
     AND EXISTS (SELECT 1 FROM sessions s JOIN cards a ON a.id = s.card_id \
     WHERE s.token_hash = $20 AND s.enterprise_id = $17 AND s.role = 'legal_person' \
     AND s.ended_at IS NULL AND s.ends_at > $21 AND a.state = 'normal'); \
     INSERT INTO events (",
    event_columns!(),
    ") SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 \
     WHERE changes() = 1 RETURNING seq"
);

pub(super) async fn apply(
    connection: &mut SqliteConnection,
    act: &Act,
) -> Result<Applied, StoreError> {
    let after = StateColumns::from(act.after);
    let mut all = values(&act.event).to_vec();
    let change: &[Value<'_>] = arguments![
        act.card,
        act.enterprise,
        act.before.name().name(),
        act.version,
        &act.session,
        act.at,
        after.state,
        after.since,
        after.lost_from,
        after.lost_from_since,
        &act.nonce,
    ];
    all.extend_from_slice(change);

    let mut nonce_taken = None;
    let mut event = None;
    let mut results = connection.fetch_many(sqlite_query(SCRIPT, &all));
    while let Some(result) = results.try_next().await? {
        match result {
            Either::Left(done) => {
                // The first statement to finish is the one about the nonce.
                nonce_taken.get_or_insert(done.rows_affected() == 1);
            }
            Either::Right(row) => event = Some(needed(row.int(0)?, "events.seq")?),
        }
    }
    Ok(Applied {
        nonce_taken: nonce_taken.unwrap_or(false),
        event,
    })
}
