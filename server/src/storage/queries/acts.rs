//! Acts on cards.

use super::{cards, events};
use crate::storage::{
    Act, ActOrNot, ActOutcome, Acts, ActsOutcome, EachOutcome, SqlStore, StoreError,
    connection::{Applied, Connection, Dialect},
    database::WriteQuery,
    error::corrupt,
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

    /// Does acts on several cards under one signature, in one transaction: all that can
    /// be done are done, or, where the process or the database ends amid it, none.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn apply_acts(&self, acts: Acts) -> Result<ActsOutcome, StoreError> {
        self.write(acts).await
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
    fetches(connection, legal_person_at_work!("$1", "$2", "$3"), act).await
}

/// [`session_is_alive`], and it stays so until the transaction ends: SQLite has one writer,
/// on PostgreSQL the rows are held. The card first, as whoever ends its sessions takes it.
pub(in crate::storage) async fn session_stays_alive(
    connection: &mut Connection<'_>,
    act: &Act,
) -> Result<bool, StoreError> {
    let query = match connection.dialect() {
        Dialect::Sqlite => legal_person_at_work!("$1", "$2", "$3"),
        Dialect::Postgres => {
            concat!(
                legal_person_at_work!("$1", "$2", "$3"),
                " FOR SHARE OF a, s"
            )
        }
    };
    fetches(connection, query, act).await
}

async fn fetches(
    connection: &mut Connection<'_>,
    query: &'static str,
    act: &Act,
) -> Result<bool, StoreError> {
    let row = connection
        .fetch(query, arguments![&act.session, act.enterprise, act.at])
        .await?;
    Ok(row.is_some())
}

impl WriteQuery for Acts {
    type Output = ActsOutcome;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<ActsOutcome, StoreError> {
        let Some(ActOrNot { act: first, .. }) = self.0.first() else {
            return Ok(ActsOutcome::Each(Vec::new()));
        };
        let taken = connection
            .execute(
                "DELETE FROM nonces WHERE hash = $1 AND kind = 'act' AND session_hash = $2 \
                 AND card_id IS NULL AND expires_at >= $3",
                arguments![
                    first.signed.nonce_hash().as_slice(),
                    &first.session,
                    first.at
                ],
            )
            .await?;
        if taken == 0 {
            return Ok(ActsOutcome::NonceVoid);
        }
        if !session_stays_alive(connection, first).await? {
            return Ok(ActsOutcome::SessionEnded);
        }
        // In one order everywhere: two that change the same cards wait for each other
        // once, and not both for ever.
        let mut order: Vec<(usize, &ActOrNot)> = self.0.iter().enumerate().collect();
        order.sort_unstable_by_key(|(_, one)| one.act.card.0);
        let mut outcomes = Vec::with_capacity(order.len());
        for (place, one) in order {
            outcomes.push((place, each(connection, one).await?));
        }
        outcomes.sort_unstable_by_key(|(place, _)| *place);
        let outcomes = outcomes.into_iter().map(|(_, outcome)| outcome);
        Ok(ActsOutcome::Each(outcomes.collect()))
    }
}

/// One of several acts, or the record that it was not done.
async fn each(
    connection: &mut Connection<'_>,
    ActOrNot { act, refused }: &ActOrNot,
) -> Result<EachOutcome, StoreError> {
    if let Some(event) = connection.change(act).await? {
        return Ok(EachOutcome::Done { event });
    }
    let now = cards::state_now(connection, act.enterprise, act.card).await?;
    // It was there when it was proposed, and no card is ever deleted.
    let now = now.ok_or_else(|| corrupt("a card of a batch"))?;
    events::insert(connection, refused).await?;
    Ok(EachOutcome::Conflict { now })
}
