//! An act on PostgreSQL: four statements. The update waits for a concurrent
//! one of the same card and then looks at its conditions again.

use super::Lease;
use crate::storage::{
    Act, StoreError,
    connection::{Applied, Connection},
    queries::acts::session_stays_alive,
    rows::{
        act::{ACT_VALUES, bind, body, change_of_card},
        event::event_columns,
    },
    value::arguments,
};

/// Takes the act's nonce, changes the card and writes the event.
pub(in crate::storage) async fn apply(
    connection: &mut Lease,
    act: &Act,
) -> Result<Applied, StoreError> {
    let mut connection = Connection::Postgres(connection);
    let taken = connection
        .execute(
            "DELETE FROM nonces WHERE hash = $1 AND kind = 'act' AND session_hash = $2 \
             AND card_id = $3 AND expires_at >= $4",
            arguments![
                act.signed.nonce_hash().as_slice(),
                &act.session,
                act.card,
                act.at
            ],
        )
        .await?;
    if taken == 0 {
        return Ok(Applied {
            nonce_taken: false,
            event: None,
        });
    }
    // The update may wait for another of the same card: who logs out meanwhile ends it, too.
    let is_alive = session_stays_alive(&mut connection, act).await?;
    let event = if is_alive {
        change(&mut connection, act).await?
    } else {
        None
    };
    Ok(Applied {
        nonce_taken: true,
        event,
    })
}

/// Changes the card of an act whose nonce is taken, and writes the event; gives its
/// number, none where the card is not as it was seen.
pub(in crate::storage) async fn change(
    connection: &mut Connection<'_>,
    act: &Act,
) -> Result<Option<i64>, StoreError> {
    let body = body(act)?;
    let mut all = Vec::with_capacity(ACT_VALUES);
    bind(act, &body, &mut all);
    let row = connection
        .fetch(
            concat!(
                "WITH changed AS (",
                change_of_card!(),
                " RETURNING 1) INSERT INTO events (",
                event_columns!(),
                ") SELECT $1, $2, $3, $4, $5, $6, $7 FROM changed RETURNING seq"
            ),
            &all,
        )
        .await?;
    let event: Option<i64> = row.map(|row| row.get("seq")).transpose()?;
    if let Some(event) = event {
        connection
            .execute(
                "UPDATE cards SET state_event = $2 WHERE id = $1",
                arguments![act.card, event],
            )
            .await?;
    }
    Ok(event)
}
