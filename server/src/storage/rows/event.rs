//! An event.

use card_domain::{CardId, EnterpriseId};

use super::named;
use crate::storage::{
    ClientInfo, EventRecord, NewEvent, Outcome, SignedStatement, StoreError,
    sql::{Columns, Value, needed},
};

/// The columns of an event without its sequence number, as [`values`] gives them.
macro_rules! event_columns {
    () => {
        "at, enterprise_id, actor_card, act, target_card, outcome, \
         statement, structured, signature, certificate, \
         client_address, terminal, user_agent, request_id, detail, nonce, origin, facts"
    };
}
pub(in crate::storage) use event_columns;

/// How many values [`values`] gives.
pub(in crate::storage) const EVENT_VALUES: usize = 18;

/// The values of a new event.
pub(in crate::storage) fn values(event: &NewEvent) -> [Value<'_>; EVENT_VALUES] {
    let statement = event.statement.as_ref();
    let client = &event.client;
    [
        event.at.into(),
        event.enterprise.into(),
        event.actor.into(),
        event.act.into(),
        event.target.into(),
        event.outcome.name().into(),
        statement.map(|signed| signed.text.as_str()).into(),
        statement.map(|signed| signed.structured.as_str()).into(),
        statement.map(|signed| signed.signature.as_slice()).into(),
        statement.map(|signed| signed.certificate.as_slice()).into(),
        client.address.as_str().into(),
        client.terminal.as_deref().into(),
        client.user_agent.as_str().into(),
        client.request_id.as_str().into(),
        event.detail.as_deref().into(),
        statement.and_then(|signed| signed.nonce.as_deref()).into(),
        statement.and_then(|signed| signed.origin.as_deref()).into(),
        event.facts.as_deref().into(),
    ]
}

/// Reads an event: its sequence number, then its columns.
pub(in crate::storage) fn event(row: &impl Columns) -> Result<EventRecord, StoreError> {
    let statement = match (row.text(7)?, row.text(8)?, row.bytes(9)?, row.bytes(10)?) {
        (Some(text), Some(structured), Some(signature), Some(certificate)) => {
            Some(SignedStatement {
                text,
                structured,
                signature,
                certificate,
                nonce: row.text(16)?,
                origin: row.text(17)?,
            })
        }
        _ => None,
    };
    let outcome = needed(row.text(6)?, "events.outcome")?;
    Ok(EventRecord {
        seq: needed(row.int(0)?, "events.seq")?,
        at: needed(row.time(1)?, "events.at")?,
        enterprise: row.uuid(2)?.map(EnterpriseId),
        actor: row.uuid(3)?.map(CardId),
        act: needed(row.text(4)?, "events.act")?,
        target: row.uuid(5)?.map(CardId),
        outcome: named(&outcome, Outcome::from_name, "events.outcome")?,
        statement,
        client: ClientInfo {
            address: needed(row.text(11)?, "events.client_address")?,
            terminal: row.text(12)?,
            user_agent: needed(row.text(13)?, "events.user_agent")?,
            request_id: needed(row.text(14)?, "events.request_id")?,
        },
        detail: row.text(15)?,
        facts: row.text(18)?,
    })
}
