//! Acts on cards.

use super::cards;
use crate::storage::{
    Act, ActOutcome, StoreError,
    database::Operation,
    sql::{Applied, Sql, arguments},
};

impl Operation for Act {
    type Output = ActOutcome;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<ActOutcome, StoreError> {
        let applied = connection.apply(self).await?;
        outcome(connection, self, applied).await
    }
}

/// What became of an act; looks for the reason if it was not done.
pub(in crate::storage) async fn outcome<C: Sql>(
    connection: &mut C,
    act: &Act,
    applied: Applied,
) -> Result<ActOutcome, StoreError> {
    if let Some(event) = applied.event {
        return Ok(ActOutcome::Done { event });
    }
    if !applied.nonce_taken {
        return Ok(ActOutcome::NonceVoid);
    }
    if !session_is_alive(connection, act).await? {
        return Ok(ActOutcome::SessionEnded);
    }
    let now = cards::state_now(connection, act.enterprise, act.card).await?;
    Ok(now.map_or(ActOutcome::NotFound, |now| ActOutcome::Conflict { now }))
}

async fn session_is_alive<C: Sql>(connection: &mut C, act: &Act) -> Result<bool, StoreError> {
    let row = connection
        .fetch(
            "SELECT 1 FROM sessions s JOIN cards a ON a.id = s.card_id \
             WHERE s.token_hash = $1 AND s.enterprise_id = $2 AND s.role = 'legal_person' \
             AND s.ended_at IS NULL AND s.ends_at > $3 AND a.state = 'normal'",
            arguments![&act.session, act.enterprise, act.at],
        )
        .await?;
    Ok(row.is_some())
}
