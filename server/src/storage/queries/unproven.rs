//! Refusals before anything was proven, counted by the hour.

use std::collections::BTreeMap;

use card_domain::{ClientInfo, EventAct, EventOutcome};
use event_log::EventFacts;
use jiff::Timestamp;

use super::events;
use crate::storage::{
    NewEvent, NonceHash, SqlStore, StoreError, UnprovenRefusal, connection::Connection,
    database::WriteQuery, error::corrupt, value::arguments,
};

/// An hour in microseconds, the unit of times in the store.
const HOUR: i64 = 3_600_000_000;

/// When the hour of a time began.
fn hour_of(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(HOUR) * HOUR
}

impl SqlStore {
    /// Counts a refusal of somebody who proved nothing, for its hour. `spent` is
    /// the nonce that it used up, which is taken out in the same transaction.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn count_unproven(
        &self,
        refusal: UnprovenRefusal,
        spent: Option<NonceHash>,
    ) -> Result<(), StoreError> {
        self.write(CountUnproven { refusal, spent }).await
    }

    /// Makes of the counts of each hour that was over at `now` one event, in one
    /// transaction. Gives how many events.
    ///
    /// # Errors
    ///
    /// Those of every write. See [`SqlStore`].
    pub async fn close_unproven(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.write(CloseUnproven { now }).await
    }
}

/// Counts a refusal; takes the nonce out that it used up, if it is one.
struct CountUnproven {
    refusal: UnprovenRefusal,
    spent: Option<NonceHash>,
}

impl WriteQuery for CountUnproven {
    type Output = ();

    async fn run(&self, connection: &mut Connection<'_>) -> Result<(), StoreError> {
        if let Some(nonce) = &self.spent {
            // Somebody else may have been quicker: the refusal stands all the same.
            connection
                .execute("DELETE FROM nonces WHERE hash = $1", arguments![nonce])
                .await?;
        }
        let UnprovenRefusal { at, act, reason } = self.refusal;
        let reason = reason.code();
        connection
            .execute(
                "INSERT INTO unproven_refusals (hour, act, reason, refusals) \
                 VALUES ($1, $2, $3, 1) ON CONFLICT (hour, act, reason) \
                 DO UPDATE SET refusals = unproven_refusals.refusals + 1",
                arguments![hour_of(at), act.name(), reason.as_ref()],
            )
            .await?;
        Ok(())
    }
}

/// Makes of each hour that is over one event, which names nobody.
struct CloseUnproven {
    now: Timestamp,
}

impl WriteQuery for CloseUnproven {
    type Output = u64;

    async fn run(&self, connection: &mut Connection<'_>) -> Result<u64, StoreError> {
        // Of two instances that do this at once, one gets the rows.
        let rows = connection
            .fetch_all(
                "DELETE FROM unproven_refusals WHERE hour < $1 \
                 RETURNING hour, act, reason, refusals",
                arguments![hour_of(self.now)],
            )
            .await?;
        let mut hours: BTreeMap<i64, BTreeMap<String, BTreeMap<String, u64>>> = BTreeMap::new();
        for row in rows {
            let count: i64 = row.get("refusals")?;
            let count = u64::try_from(count).map_err(|_negative| corrupt("refusals"))?;
            let (hour, act, reason): (i64, String, String) =
                (row.get("hour")?, row.get("act")?, row.get("reason")?);
            hours
                .entry(hour)
                .or_default()
                .entry(act)
                .or_default()
                .insert(reason, count);
        }
        let mut written = 0;
        for (hour, refusals) in hours {
            let hour = Timestamp::from_microsecond(hour).map_err(|_range| corrupt("hour"))?;
            let facts = EventFacts {
                unproven: refusals,
                ..EventFacts::default()
            };
            let facts = facts.to_json().map_err(|_no_json| corrupt("refusals"))?;
            let event = NewEvent {
                at: self.now,
                enterprise: None,
                actor: None,
                act: EventAct::RefusedUnproven,
                target: None,
                outcome: EventOutcome::Done,
                statement: None,
                client: ClientInfo::default(),
                detail: Some(format!("in the hour from {hour}")),
                facts: Some(facts),
            };
            events::insert(connection, &event).await?;
            written += 1;
        }
        Ok(written)
    }
}
