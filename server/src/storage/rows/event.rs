//! An event: the columns that queries look for, and the body.

use card_domain::ClientInfo;
use event_log::{body::Body, leaf::Leaf};

use crate::storage::{
    CertificateDigest, EventRecord, NewEvent, StatementRecord, StoreError, row::Row, value::Value,
};

/// The columns of an event without its sequence number, as [`values`] gives them.
macro_rules! event_columns {
    () => {
        "at, enterprise_id, actor_card, act, target_card, outcome, body"
    };
}
pub(in crate::storage) use event_columns;

/// The `SELECT` of events, up to what follows the table: their sequence numbers
/// and columns.
macro_rules! select_event {
    (from $table:literal, $rest:literal) => {
        concat!(
            "SELECT seq, ",
            $crate::storage::rows::event::event_columns!(),
            " FROM ",
            $table,
            " ",
            $rest
        )
    };
    ($rest:literal) => {
        $crate::storage::rows::event::select_event!(from "events", $rest)
    };
}
pub(in crate::storage) use select_event;

/// How many values [`values`] gives.
pub(in crate::storage) const EVENT_VALUES: usize = 7;

/// The body of a new event.
pub(in crate::storage) fn body(event: &NewEvent) -> Vec<u8> {
    encode(
        event.statement.as_ref(),
        &event.client,
        event.detail.as_deref(),
        event.facts.as_deref(),
    )
}

fn encode(
    statement: Option<&StatementRecord>,
    client: &ClientInfo,
    detail: Option<&str>,
    facts: Option<&str>,
) -> Vec<u8> {
    Body {
        statement: statement.map(|signed| signed.text.as_str()),
        structured: statement.map(|signed| signed.structured.as_str()),
        signature: statement.map(|signed| signed.signature.as_slice()),
        certificate: statement.map(|signed| signed.certificate.0),
        address: &client.address,
        terminal: client.terminal.as_deref(),
        user_agent: &client.user_agent,
        request_id: &client.request_id,
        detail,
        nonce: statement.and_then(|signed| signed.nonce.as_deref()),
        origin: statement.and_then(|signed| signed.origin.as_deref()),
        facts,
    }
    .encode()
}

/// The values of a new event with its body.
pub(in crate::storage) fn values<'a>(
    event: &'a NewEvent,
    body: &'a [u8],
) -> [Value<'a>; EVENT_VALUES] {
    [
        event.at.into(),
        event.enterprise.into(),
        event.actor.into(),
        event.act.name().into(),
        event.target.into(),
        event.outcome.name().into(),
        body.into(),
    ]
}

impl EventRecord {
    /// The body that says what this record says.
    pub(crate) fn body(&self) -> Vec<u8> {
        encode(
            self.statement.as_ref(),
            &self.client,
            self.detail.as_deref(),
            self.facts.as_deref(),
        )
    }
}

/// Reads an event. A body that can't be read is shown as an empty one: nobody
/// wrote it through the store, and whoever checks the event finds that it is not
/// its leaf.
pub(in crate::storage) fn event(row: &Row) -> Result<EventRecord, StoreError> {
    let body = Body::decode(row.get("body")?).unwrap_or_default();
    let statement = match (
        body.statement,
        body.structured,
        body.signature,
        body.certificate,
    ) {
        (Some(text), Some(structured), Some(signature), Some(certificate)) => {
            Some(StatementRecord {
                text: text.to_owned(),
                structured: structured.to_owned(),
                signature: signature.to_owned(),
                certificate: CertificateDigest(certificate),
                nonce: body.nonce.map(str::to_owned),
                origin: body.origin.map(str::to_owned),
            })
        }
        _ => None,
    };
    Ok(EventRecord {
        seq: row.get("seq")?,
        at: row.get("at")?,
        enterprise: row.optional("enterprise_id")?,
        actor: row.optional("actor_card")?,
        act: row.get("act")?,
        target: row.optional("target_card")?,
        outcome: row.get("outcome")?,
        statement,
        client: ClientInfo {
            address: body.address.to_owned(),
            terminal: body.terminal.map(str::to_owned),
            user_agent: body.user_agent.to_owned(),
            request_id: body.request_id.to_owned(),
        },
        detail: body.detail.map(str::to_owned),
        facts: body.facts.map(str::to_owned),
    })
}

/// Reads an event as its leaf.
pub(in crate::storage) fn leaf(row: &Row) -> Result<Leaf<'_>, StoreError> {
    Ok(Leaf {
        seq: row.get("seq")?,
        at: row.get("at")?,
        enterprise: row.optional("enterprise_id")?,
        actor: row.optional("actor_card")?,
        act: row.get("act")?,
        target: row.optional("target_card")?,
        outcome: row.get("outcome")?,
        body: row.get("body")?,
    })
}
