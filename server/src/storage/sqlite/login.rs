//! A login on SQLite. It is three statements, and a trip to the connection's thread
//! costs as much as they do: so they go in one script. In it, `changes()` is how many
//! rows the statement before changed.

use futures_util::TryStreamExt as _;
use sqlx::{Either, Executor as _, SqliteConnection};

use crate::storage::{
    NewEvent, NewSession, StoreError,
    connection::{LetIn, bound},
    error::corrupt,
    rows::{
        event::{body, event_columns, values},
        session::certificate_that_may_log_in,
    },
    value::arguments,
};

/// The event of a login that confirms a key comes after another one, so it is not here.
const SCRIPT: &str = concat!(
    "UPDATE cards SET last_login_at = $10 WHERE id = $8 AND state = 'normal' \
     AND certificate_id = (",
    certificate_that_may_log_in!("$9", "$8"),
    "); INSERT INTO sessions (token_hash, card_id, enterprise_id, role, \
     created_at, last_seen_at, ends_at) \
     SELECT $11, id, enterprise_id, role, $10, $10, $12 FROM cards \
     WHERE id = $8 AND changes() = 1; INSERT INTO events (",
    event_columns!(),
    ") SELECT $1, $2, $3, $4, $5, $6, $7 WHERE changes() = 1 AND EXISTS \
     (SELECT 1 FROM certificates WHERE sha256 = $9 AND key_confirmed IS NOT NULL)"
);

/// Lets a card in, if it may log in still, and writes the event of that, unless another
/// one comes before it.
pub(in crate::storage) async fn let_in(
    connection: &mut SqliteConnection,
    new: &NewSession,
    event: &NewEvent,
) -> Result<LetIn, StoreError> {
    let body = body(event);
    let mut all = values(event, &body).to_vec();
    all.extend_from_slice(arguments![
        new.card,
        &new.certificate,
        new.created_at,
        &new.token,
        new.ends_at,
    ]);
    let mut results = connection.fetch_many(bound(SCRIPT, &all));
    let mut changed = Vec::with_capacity(3);
    while let Some(result) = results.try_next().await? {
        let Either::Left(done) = result else {
            return Err(corrupt("the results of a login"));
        };
        changed.push((done.rows_affected() == 1).then(|| done.last_insert_rowid()));
    }
    let [card, session, event] = changed[..] else {
        return Err(corrupt("the results of a login"));
    };
    if card.is_some() != session.is_some() {
        return Err(corrupt("the results of a login"));
    }
    Ok(LetIn {
        is_let_in: session.is_some(),
        event,
    })
}
