//! Acts on cards.

use super::cards;
use crate::storage::{
    Act, ActOutcome, SqlStore, StoreError,
    connection::{Applied, Connection},
    database::WriteQuery,
    rows::session::legal_person_at_work,
    value::arguments,
};

impl SqlStore {
    /// Does an act in one transaction: takes the nonce, changes the state if it is
    /// still the one that was seen, ends the card's sessions if it left 正常, writes
    /// the event.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn apply_act(&self, act: Act) -> Result<ActOutcome, StoreError> {
        self.database.act(act).await
    }
}

impl WriteQuery for Act {
    type Output = ActOutcome;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<ActOutcome, StoreError> {
        let applied = connection.apply(self).await?;
        outcome(connection, self, applied).await
    }
}

/// What became of an act; looks for the reason if it was not done.
pub(in crate::storage) async fn outcome(
    connection: &mut Connection<'_>,
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

async fn session_is_alive(connection: &mut Connection<'_>, act: &Act) -> Result<bool, StoreError> {
    let row = connection
        .fetch(
            legal_person_at_work!("$1", "$2", "$3"),
            arguments![&act.session, act.enterprise, act.at],
        )
        .await?;
    Ok(row.is_some())
}
