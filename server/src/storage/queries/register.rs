//! What decides about a card, and the event that explains it.
//!
//! Whoever changes what decides reads [`explained`] first, under the card's lock:
//! the row must be what its newest event says. After the change [`record`] writes
//! the event that says what it is now, computed from the event before and not from
//! the row, and compares it with the row. So nothing that was put into a row past
//! the server gets into an event.

use card_domain::{CardId, ClientInfo, EventAct, EventOutcome};
use event_log::{
    CardFacts, EventFacts,
    body::Body,
    leaves::Leaves,
    register::{RegisteredCard, RegisteredCertificate, rules},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::events;
use crate::storage::{
    CertificateDigest, Explained, NewEvent, SqlStore, StoreError, Unexplained,
    connection::Connection,
    error::corrupt,
    row::Row,
    rows::{
        event::{leaf, select_event},
        register::{card_facts, select_card_facts, standing},
    },
    value::arguments,
};

/// Events of a card that are looked at in one go for the one that decides.
const EVENTS_BATCH: u32 = 8;

/// How often a card is looked at at most. Row and event are two reads of no common
/// snapshot: a change between them looks like one past the server, and otherwise the
/// next time. What was changed past it looks the same twice.
const MAX_LOOKS: u32 = 20;

/// The condition of the index `events_that_decide`: logins are many, and decide nothing.
/// Nor does a refusal of the card.
macro_rules! may_decide {
    () => {
        "act NOT IN ('login', 'logout', 'unlock_session', 'reveal', 'export') \
         AND act <> 'unexplained'"
    };
}

impl SqlStore {
    /// Whether a card's row is what its newest event says.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn explain(
        &self,
        card: CardId,
    ) -> Result<Result<Explained, Unexplained>, StoreError> {
        let mut reader = self.reader().await?;
        let mut connection = reader.connection();
        let mut found = look(&mut connection, card).await?;
        for _look in 1..MAX_LOOKS {
            if found.is_ok() {
                break;
            }
            let again = look(&mut connection, card).await?;
            if again == found {
                break;
            }
            found = again;
        }
        Ok(found)
    }

    /// The events of a card that may say what decides about it, of those after the
    /// number `after` up to the number `last`, the oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn events_that_decide(
        &self,
        card: CardId,
        after: i64,
        last: i64,
        limit: u32,
    ) -> Result<Leaves, StoreError> {
        let rows = self
            .fetch_all(
                concat!(
                    select_event!("WHERE target_card = $1 AND seq > $2 AND seq <= $3 AND "),
                    may_decide!(),
                    " ORDER BY seq LIMIT $4"
                ),
                arguments![card, after, last, limit],
            )
            .await?;
        let mut leaves = Leaves::default();
        for row in &rows {
            leaves.push(&leaf(row)?);
        }
        Ok(leaves)
    }

    /// Cards of all enterprises with what decides about them, after this one in the
    /// order of their keys, at most `limit`: for the verification.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn registered_cards(
        &self,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<RegisteredCard>, StoreError> {
        let after = after.unwrap_or(Uuid::nil());
        let rows = self
            .fetch_all(
                select_card_facts!("WHERE c.id > $1 ORDER BY c.id LIMIT $2"),
                arguments![after, limit],
            )
            .await?;
        let mut cards = rows
            .iter()
            .map(|row| {
                Ok(RegisteredCard {
                    card: row.get("card_id")?,
                    state_event: row.optional("state_event")?,
                    facts: card_facts(row)?,
                    certificates: Vec::new(),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let Some(last) = cards.last().map(|card| card.card) else {
            return Ok(cards);
        };
        let rows = self
            .fetch_all(
                "SELECT card_id, sha256, der, standing FROM certificates \
                 WHERE card_id > $1 AND card_id <= $2",
                arguments![after, last],
            )
            .await?;
        for row in &rows {
            let card: Uuid = row.get("card_id")?;
            let digest: CertificateDigest = row.get("sha256")?;
            // A card that came between the two reads is left out.
            let found = cards.binary_search_by_key(&card, |card| card.card);
            if let Some(card) = found.ok().and_then(|place| cards.get_mut(place)) {
                card.certificates.push(RegisteredCertificate {
                    sha256: digest.0,
                    der: row.get("der")?,
                    standing: standing(row.get("standing")?),
                });
            }
        }
        Ok(cards)
    }
}

/// What decides about a card, by the event that the row has to agree with.
///
/// # Errors
///
/// [`StoreError::Unexplained`] when it does not.
pub(in crate::storage) async fn explained(
    connection: &mut Connection<'_>,
    card: CardId,
) -> Result<Explained, StoreError> {
    look(connection, card)
        .await?
        .map_err(|why| StoreError::Unexplained { card, why })
}

async fn look(
    connection: &mut Connection<'_>,
    card: CardId,
) -> Result<Result<Explained, Unexplained>, StoreError> {
    let row = connection
        .fetch(
            select_card_facts!(
                also ", v.seq, v.act, v.outcome, v.body",
                join concat!(
                    "LEFT JOIN events v ON v.seq = (SELECT seq FROM events \
                     WHERE target_card = c.id AND ",
                    may_decide!(),
                    " ORDER BY seq DESC LIMIT 1)"
                ),
                "WHERE c.id = $1"
            ),
            arguments![card],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Err(Unexplained::NoCard));
    };
    let Some(last) = row.optional("seq")? else {
        return Ok(Err(Unexplained::NoEvent));
    };
    // The last one may be of an act that was refused, which decides nothing.
    let newest = match Deciding::read(&row)? {
        Some(newest) => Some(newest),
        None => newest(connection, card, last).await?,
    };
    let Some(newest) = newest else {
        return Ok(Err(Unexplained::NoEvent));
    };
    let event = newest.seq;
    let named: Option<i64> = row.optional("state_event")?;
    if named != Some(event) {
        return Ok(Err(Unexplained::NotNewest { newest: event }));
    }
    if newest.lacks_signature {
        return Ok(Err(Unexplained::Unsigned { event }));
    }
    let (facts, registered) = (newest.facts, card_facts(&row)?);
    Ok(match facts.difference(&registered) {
        None => Ok(Explained {
            event,
            facts: CardFacts {
                // An event from before has no names: the next one says them.
                names: facts.names.or(registered.names),
                ..facts
            },
        }),
        Some(column) => Err(Unexplained::Differs { column, event }),
    })
}

async fn row_of(connection: &mut Connection<'_>, card: CardId) -> Result<Option<Row>, StoreError> {
    connection
        .fetch(select_card_facts!("WHERE c.id = $1"), arguments![card])
        .await
}

/// The newest event before this number that says what decides about the card.
async fn newest(
    connection: &mut Connection<'_>,
    card: CardId,
    mut before: i64,
) -> Result<Option<Deciding>, StoreError> {
    loop {
        let rows = connection
            .fetch_all(
                concat!(
                    "SELECT seq, act, outcome, body FROM events \
                     WHERE target_card = $1 AND seq < $2 AND ",
                    may_decide!(),
                    " ORDER BY seq DESC LIMIT $3"
                ),
                arguments![card, before, EVENTS_BATCH],
            )
            .await?;
        for row in &rows {
            before = row.get("seq")?;
            if let Some(found) = Deciding::read(row)? {
                return Ok(Some(found));
            }
        }
        if rows.len() < EVENTS_BATCH as usize {
            return Ok(None);
        }
    }
}

/// An event that says what decides about a card.
struct Deciding {
    seq: i64,
    facts: CardFacts,
    /// Its act takes a signature, and it has none.
    lacks_signature: bool,
}

impl Deciding {
    /// Of a row with the event's `seq`, `act`, `outcome` and `body`.
    fn read(row: &Row) -> Result<Option<Self>, StoreError> {
        // A body that can't be read says nothing.
        let body = Body::decode(row.get("body")?).unwrap_or_default();
        let Some(facts) = EventFacts::read(body.facts).card else {
            return Ok(None);
        };
        let is_signed = body.statement.is_some()
            && body.structured.is_some()
            && body.signature.is_some()
            && body.certificate.is_some();
        let needs_signature = rules::needs_signature(row.get("act")?, row.get("outcome")?);
        Ok(Some(Self {
            seq: row.get("seq")?,
            facts,
            lacks_signature: needs_signature && !is_signed,
        }))
    }
}

/// Writes an event that says what decides about the card now, names it in the row,
/// and makes sure that the row says the same. Gives the event's number.
///
/// # Errors
///
/// [`StoreError::Unexplained`] when the row does not: nothing may be committed then.
pub(in crate::storage) async fn record(
    connection: &mut Connection<'_>,
    card: CardId,
    new: &NewEvent,
    after: &CardFacts,
) -> Result<i64, StoreError> {
    let facts = EventFacts {
        card: Some(after.clone()),
        ..EventFacts::read(new.facts.as_deref())
    };
    let facts = facts.to_json().map_err(|_json| corrupt("facts"))?;
    let new = NewEvent {
        // What explains a card is found by it.
        target: Some(card),
        facts: Some(facts),
        ..new.clone()
    };
    let seq = events::insert(connection, &new).await?;
    connection
        .execute(
            "UPDATE cards SET state_event = $2 WHERE id = $1",
            arguments![card, seq],
        )
        .await?;
    let row = row_of(connection, card).await?.ok_or(corrupt("cards.id"))?;
    match after.difference(&card_facts(&row)?) {
        None => Ok(seq),
        Some(column) => Err(StoreError::Unexplained {
            card,
            why: Unexplained::Differs { column, event: seq },
        }),
    }
}

/// Writes what became of a card: the event of the step, if it has one, which says
/// what decides about the card where its act is one that may change it; else an
/// event of its own, if anything that decides changed.
pub(in crate::storage) async fn record_step(
    connection: &mut Connection<'_>,
    card: CardId,
    event: Option<&NewEvent>,
    before: &Explained,
    after: &CardFacts,
    at: Timestamp,
) -> Result<(), StoreError> {
    if let Some(event) = event
        && rules::may_say(event.act.name())
    {
        record(connection, card, event, after).await?;
        return Ok(());
    }
    if before.facts != *after {
        record(
            connection,
            card,
            &by_itself(EventAct::RegisterUpdate, card, at),
            after,
        )
        .await?;
    }
    if let Some(event) = event {
        events::insert(connection, event).await?;
    }
    Ok(())
}

/// An event of the service itself about a card. It is in no enterprise's history:
/// the facts say whose card it is.
pub(in crate::storage) fn by_itself(act: EventAct, card: CardId, at: Timestamp) -> NewEvent {
    NewEvent {
        at,
        enterprise: None,
        actor: None,
        act,
        target: Some(card),
        outcome: EventOutcome::Done,
        statement: None,
        client: ClientInfo::default(),
        detail: None,
        facts: None,
    }
}
