//! An act on PostgreSQL: two statements. The update waits for a concurrent
//! one of the same card and then looks at its conditions again.

use sqlx::PgConnection;

use crate::storage::{
    StoreError,
    records::act::Act,
    rows::{
        event::{event_columns, values},
        state::StateColumns,
    },
    sql::{Applied, Columns, Sql, Value, arguments, needed},
};

pub(super) async fn apply(connection: &mut PgConnection, act: &Act) -> Result<Applied, StoreError> {
    let taken = connection
        .execute(
            "DELETE FROM nonces WHERE hash = $1 AND kind = 'act' AND session_hash = $2 \
             AND card_id = $3 AND expires_at >= $4",
            arguments![&act.nonce, &act.session, act.card, act.at],
        )
        .await?;
    if taken == 0 {
        return Ok(Applied {
            nonce_taken: false,
            event: None,
        });
    }
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
    ];
    all.extend_from_slice(change);
    let row = connection
        .fetch(
            concat!(
                "WITH changed AS (UPDATE cards SET state = $22, state_since = $23, \
                 lost_from = $24, lost_from_since = $25, version = version + 1 \
                 WHERE id = $16 AND enterprise_id = $17 AND state = $18 AND version = $19 \
                 AND EXISTS (SELECT 1 FROM sessions s JOIN cards a ON a.id = s.card_id \
                 WHERE s.token_hash = $20 AND s.enterprise_id = $17 AND s.role = 'legal_person' \
                 AND s.ended_at IS NULL AND s.ends_at > $21 AND a.state = 'normal') \
                 RETURNING 1) INSERT INTO events (",
                event_columns!(),
                ") SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 \
                 FROM changed RETURNING seq"
            ),
            &all,
        )
        .await?;
    Ok(Applied {
        nonce_taken: true,
        event: row
            .map(|row| needed(row.int(0)?, "events.seq"))
            .transpose()?,
    })
}
