//! Refusals before anything was proven, counted by the hour.

use std::collections::BTreeMap;

use card_domain::{ClientInfo, EventAct, EventOutcome};
use jiff::Timestamp;

use super::events;
use crate::{
    audit::EventFacts,
    storage::{
        NewEvent, NonceHash, StoreError, UnprovenRefusal,
        database::Operation,
        error::corrupt,
        sql::{Columns, Sql, arguments, needed},
    },
};

/// An hour in microseconds, the unit of times in the store.
const HOUR: i64 = 3_600_000_000;

/// When the hour of a time began.
fn hour_of(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(HOUR) * HOUR
}

/// Counts a refusal; takes the nonce out that it used up, if it is one.
pub(in crate::storage) struct CountUnproven {
    pub(in crate::storage) refusal: UnprovenRefusal,
    pub(in crate::storage) spent: Option<NonceHash>,
}

impl Operation for CountUnproven {
    type Output = ();

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<(), StoreError> {
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
pub(in crate::storage) struct CloseUnproven {
    pub(in crate::storage) now: Timestamp,
}

impl Operation for CloseUnproven {
    type Output = u64;

    async fn run<C: Sql>(&self, connection: &mut C) -> Result<u64, StoreError> {
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
            let column = "unproven_refusals.refusals";
            let count = needed(row.int(3)?, column)?;
            let count = u64::try_from(count).map_err(|_negative| corrupt(column))?;
            let act = needed(row.text(1)?, "unproven_refusals.act")?;
            let reason = needed(row.text(2)?, "unproven_refusals.reason")?;
            let hour = needed(row.int(0)?, "unproven_refusals.hour")?;
            hours
                .entry(hour)
                .or_default()
                .entry(act)
                .or_default()
                .insert(reason, count);
        }
        let mut written = 0;
        for (hour, refusals) in hours {
            let hour = Timestamp::from_microsecond(hour)
                .map_err(|_range| corrupt("unproven_refusals.hour"))?;
            let facts = EventFacts {
                unproven: refusals,
                ..EventFacts::default()
            };
            let facts = facts
                .to_json()
                .map_err(|_no_json| corrupt("unproven_refusals"))?;
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
